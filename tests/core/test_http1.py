"""HTTP/1.1 as bytes: where an answer ends is beyond doubt, or it is refused."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.http.http1 import BrokenHttp, Head, body_end, read_head, request_head
from monitor.polling.http.outcome import FailureKind


def whole(head: bytes, *sent: bytes) -> bytes:
    """Return the body that comes in these pieces, the connection closed after them."""
    end = body_end(read_head(head))
    body = b"".join(end.take(piece) for piece in sent)
    if not end.ended:
        end.close()
    return body


def head(*headers: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers])


def test_a_head_is_read_as_it_was_sent() -> None:
    """Order, case and bytes of the headers stay; folded lines are joined."""
    read = read_head(b"HTTP/1.0 301 Moved\nLocation:  /x \nX-Long: one\n two\nSet-Cookie:")
    headers = [(b"Location", b"/x"), (b"X-Long", b"one two"), (b"Set-Cookie", b"")]
    assert read == Head(301, headers, keeps=False)


@pytest.mark.parametrize(
    "raw",
    [b"", b"SSH-2.0", b"HTTP/2 200", b"HTTP/1.1 2000 x", head(b"no colon"), head(b"a b: c"), head(b" x: y")],
)
def test_what_is_no_head_is_refused(raw: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(BrokenHttp) as refused:
        read_head(raw)
    assert refused.value.kind is FailureKind.PROTOCOL


def test_a_connection_is_kept_unless_said_otherwise() -> None:
    """HTTP/1.1 without `close`."""
    assert read_head(head()).keeps
    assert not read_head(head(b"connection: Keep-Alive, Close")).keeps


def test_a_body_ends_where_its_head_says() -> None:
    """By length, by chunks, by the end of the connection, or at once for 204 and 304."""
    assert whole(head(b"Content-Length: 4, 4"), b"ab", b"cd") == b"abcd"
    assert whole(head(), b"ab", b"cd") == b"abcd"
    assert whole(head(b"Content-Length: 9", status=b"304 x")) == b""
    chunks = b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n"
    assert whole(head(b"Transfer-Encoding: chunked"), chunks) == b"abc"


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ([b"Content-Length: 4", b"Content-Length: 5"], b"abcde"),
        ([b"Content-Length: +4"], b"abcd"),
        ([b"Content-Length: 2"], b"abcd"),
        ([b"Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"-1\r\n"),
        ([b"Transfer-Encoding: chunked"], b"1\r\nab\r\n0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"0\r\n\r\nmore"),
        ([b"Transfer-Encoding: chunked"], b"1" * 300),
        ([b"Transfer-Encoding: chunked"], b"0\r\n" + b"a: b\r\n" * 5_000),
    ],
)
def test_a_doubtful_end_is_refused(headers: list[bytes], sent: bytes) -> None:
    """Contradictions, sizes that are none, bytes behind the end, lines without end."""
    with pytest.raises(BrokenHttp) as refused:
        whole(head(*headers), sent)
    assert refused.value.kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("headers", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_a_body_that_breaks_off_is_named(headers: bytes) -> None:
    """The connection ended first."""
    with pytest.raises(BrokenHttp) as refused:
        whole(head(headers), b"5\r\nab")
    assert refused.value.kind is FailureKind.TRUNCATED


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    cuts=st.lists(st.integers(0, 300), max_size=9),
)
def test_chunks_read_the_same_however_they_arrive(chunks: list[bytes], cuts: list[int]) -> None:
    """The wire may cut anywhere."""
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    marks = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[begin:end] for begin, end in pairwise(marks)]
    assert whole(head(b"Transfer-Encoding: chunked"), *pieces) == b"".join(chunks)


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_head_or_refused(raw: bytes) -> None:
    """Reading is total."""
    with suppress(BrokenHttp):
        assert isinstance(read_head(b"HTTP/1.1 200 OK\r\n" + raw), Head)


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [(b"/a b", b"x", b"y"), (b"/", b"x:", b"y"), (b"/", b"x", b"y\r\nz: 1"), (b"/", b"", b"")],
)
def test_what_would_be_another_request_is_not_sent(target: bytes, name: bytes, value: bytes) -> None:
    """No line end, blank or NUL gets onto the wire where it does not belong."""
    with pytest.raises(BrokenHttp):
        request_head(b"GET", target, [(name, value)])


def test_a_request_is_written_as_it_is() -> None:
    """Names keep their case, values their bytes."""
    written = request_head(b"GET", b"/x?y", [(b"Host", b"a"), (b"If-None-Match", b' W/"\xe9" ')])
    assert written == b'GET /x?y HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/"\xe9"\r\n\r\n'
