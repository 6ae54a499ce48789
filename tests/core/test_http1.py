"""HTTP/1.1 as bytes: an answer whose end is ambiguous is refused."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.http.http1 import BrokenHttp, Exchange, Head
from monitor.polling.http.outcome import FailureKind


def asked() -> Exchange:
    return Exchange(b"GET", b"/", [(b"Host", b"a")])


def read_head(raw: bytes) -> Head:
    return asked().parse_head(raw)


def answered(head: bytes, *sent: bytes) -> Exchange:
    """Return the exchange whose answer came in these pieces, and check that it has ended."""
    exchange = asked()
    exchange.parse_head(head)
    for piece in sent:
        exchange.take(piece)
    assert exchange.ended
    return exchange


def whole(head: bytes, *sent: bytes) -> bytes:
    """Return the body sent in these pieces before the connection closed."""
    exchange = asked()
    exchange.parse_head(head)
    body = b"".join(exchange.take(piece) for piece in sent)
    if not exchange.ended:
        exchange.close()
    return body


def head(*headers: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers])


def test_a_head_is_read_as_it_was_sent() -> None:
    """Order, case and bytes of the headers stay; folded lines are joined."""
    read = read_head(b'HTTP/1.0 301 Moved\nLocation:  /x \nX-Long: one\n two\nETag: W/"\xe9"\nSet-Cookie:')
    headers = [(b"Location", b"/x"), (b"X-Long", b"one two"), (b"ETag", b'W/"\xe9"'), (b"Set-Cookie", b"")]
    assert read == Head(301, headers)


def test_a_long_head_is_read() -> None:
    """Cookies and policies of some servers take many kilobytes."""
    assert len(read_head(head(*[b"X-Policy: " + b"y" * 1_000] * 60)).headers) == 60


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0", b"HTTP/1.1 2000 x", b"HTTP/1.1 20 x", b"\x00\x01\x02"])
def test_an_invalid_head_is_refused(raw: bytes) -> None:
    """An invalid status line or header section is an error, without guesses."""
    with pytest.raises(BrokenHttp) as refused:
        read_head(raw)
    assert refused.value.kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("line", [b"no colon", b"a b: c", b" x: y", b"X: a\x00b", b"X: a\rb", b": y", b""])
def test_a_broken_header_line_is_ignored_and_ends_the_connection(line: bytes) -> None:
    """The rest of the answer is read, and the connection is not reused."""
    exchange = answered(head(line, b"ETag: 1", b"Content-Length: 2"), b"ab")
    assert not exchange.can_reuse
    assert read_head(head(line, b"ETag: 1")).headers == [(b"ETag", b"1")]


@pytest.mark.parametrize(
    "line",
    [b"Content-Length : 2", b" content-length: 2", b"Transfer-Encoding chunked", b"Transfer-Encoding\t: x"],
)
def test_a_broken_framing_header_is_refused(line: bytes) -> None:
    """Ignoring a broken Content-Length or Transfer-Encoding would mean guessing where the body ends."""
    with pytest.raises(BrokenHttp) as refused:
        read_head(head(line))
    assert refused.value.kind is FailureKind.PROTOCOL


def test_a_folded_line_is_not_joined_to_a_length() -> None:
    """A folded line continues other headers, but after a length it is ignored and ends the connection."""
    exchange = answered(head(b"Content-Length: 2", b" X: y"), b"ab")
    assert not exchange.can_reuse
    assert read_head(head(b"ETag: 1", b" 2")).headers == [(b"ETag", b"1 2")]


def test_a_connection_is_kept_unless_closed() -> None:
    """HTTP/1.1 without `Connection: close` keeps the connection."""
    assert answered(head(status=b"304 x")).can_reuse
    assert answered(head(b"Content-Length: 2"), b"ab").can_reuse
    assert not answered(head(b"connection: Keep-Alive, Close", status=b"304 x")).can_reuse
    assert not answered(b"HTTP/1.0 304 x").can_reuse


def test_a_body_ends_where_its_head_says() -> None:
    """A body ends by length, by chunks, at the end of the connection, or at once for 204 and 304."""
    assert whole(head(b"Content-Length: 4, 4"), b"ab", b"cd") == b"abcd"
    assert whole(head(), b"ab", b"cd") == b"abcd"
    assert whole(head(b"Content-Length: 9", status=b"304 x")) == b""
    chunks = b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n"
    assert whole(head(b"Transfer-Encoding: chunked"), chunks) == b"abc"


@pytest.mark.parametrize(
    ("header", "sent"),
    [(b"Content-Length: 2", b"abmore"), (b"Transfer-Encoding: chunked", b"2\r\nab\r\n0\r\n\r\nmore")],
)
def test_bytes_after_the_end_are_ignored(header: bytes, sent: bytes) -> None:
    """They belong to no body, and the connection is not reused."""
    assert whole(head(header), sent) == b"ab"
    assert not answered(head(header), sent).can_reuse


def test_an_interim_answer_is_followed_by_the_real_one() -> None:
    """Informational answers such as early hints are skipped."""
    exchange = asked()
    assert exchange.parse_head(head(b"Link: x", status=b"103 Early Hints")).is_interim
    assert not exchange.ended
    assert exchange.parse_head(head(b"Content-Length: 2")).status == 200
    assert exchange.take(b"ab") == b"ab"
    assert exchange.can_reuse


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ([b"Content-Length: 4", b"Content-Length: 5"], b"abcde"),
        ([b"Content-Length: +4"], b"abcd"),
        ([b"Transfer-Encoding: chunked, gzip"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding: brotli, chunked"], b"0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"-1\r\n"),
        ([b"Transfer-Encoding: chunked"], b"1\r\nab\r\n0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"1" * 300 + b"\r\n"),
        ([b"Transfer-Encoding: chunked"], b"1;" + b"x" * 10_000),
        ([b"Transfer-Encoding: chunked"], b"0\r\n" + b"a: b\r\n" * 5_000),
    ],
)
def test_ambiguous_framing_is_refused(headers: list[bytes], sent: bytes) -> None:
    """Contradicting lengths, invalid sizes and lines without an end are errors."""
    with pytest.raises(BrokenHttp) as refused:
        whole(head(*headers), sent)
    assert refused.value.kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("headers", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_a_truncated_body_is_an_error(headers: bytes) -> None:
    """The error says that the connection ended before the body."""
    with pytest.raises(BrokenHttp) as refused:
        whole(head(headers), b"5\r\nab")
    assert refused.value.kind is FailureKind.TRUNCATED


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    cuts=st.lists(st.integers(0, 300), max_size=9),
)
def test_chunks_read_the_same_however_they_arrive(chunks: list[bytes], cuts: list[int]) -> None:
    """The split of the bytes over reads does not change the body."""
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    marks = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[begin:end] for begin, end in pairwise(marks)]
    assert whole(head(b"Transfer-Encoding: chunked"), *pieces) == b"".join(chunks)


@given(
    raw=st.binary(max_size=200), status=st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 101 x\r\n", b""])
)
def test_any_bytes_are_a_head_or_refused(raw: bytes, status: bytes) -> None:
    """Any bytes give a head or a named error."""
    with suppress(BrokenHttp):
        assert isinstance(read_head(status + raw), Head)


@given(
    pieces=st.lists(st.binary(max_size=60), max_size=5),
    header=st.sampled_from([b"Transfer-Encoding: chunked", b"X: y"]),
)
def test_any_bytes_are_a_body_or_refused(pieces: list[bytes], header: bytes) -> None:
    """Any bytes give a body or a named error."""
    with suppress(BrokenHttp):
        assert isinstance(whole(head(header), *pieces), bytes)


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        (b"/a b", b"x", b"y"),
        (b"/", b"x:", b"y"),
        (b"/", b"x", b"y\r\nz: 1"),
        (b"/", b"", b""),
        (b"/a b", b"Accept", b"y"),
        (b"/ HTTP/1.1\r\nz: 1", b"Accept", b"y"),
        (b"/", b"If-None-Match", b"y\r\nz: 1"),
        (b"/", b"If-None-Match", b"y\nz: 1"),
        (b"/", b"If-None-Match", b"y\r"),
        (b"/", b"If-None-Match", b"\x00"),
        (b"/", b"Host", b"b"),
    ],
)
def test_request_injection_is_refused(target: bytes, name: bytes, value: bytes) -> None:
    """Line breaks, blanks and NUL are refused where they would change the request."""
    with pytest.raises(BrokenHttp):
        Exchange(b"GET", target, [(b"Host", b"a"), (name, value)])


def test_a_request_is_written_as_it_is() -> None:
    """Header names keep their case and values their bytes."""
    asks = Exchange(b"GET", b"/x?y", [(b"Host", b"a"), (b"If-None-Match", b' W/"\xe9" ')])
    assert asks.request == b'GET /x?y HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/"\xe9"\r\n\r\n'


OF_304 = st.sampled_from(
    [
        b'ETag: W/"\xe9"', b"Date:  today ", b"Connection: keep-alive", b"connection:close", b"Connection: x, close",
        b"Content-Length: 0", b"Content-Length: 12", b"Content-Length: x", b"Content-Length:", b"Upgrade: h2c",
        b"Transfer-Encoding: chunked", b"Cache-Control: max-age=5", b"no header", b" folded", b"",
    ]
)  # fmt: skip


@given(
    lines=st.lists(OF_304, max_size=5),
    status=st.sampled_from([b"HTTP/1.1 304", b"HTTP/1.0 304 Not Modified"]),
)
def test_every_304_is_read_as_h11_reads_it(lines: list[bytes], status: bytes) -> None:
    """Status, headers, end and re-use of the connection are the same for a plain request and for one that h11 wrote."""
    raw = b"\r\n".join([status, *lines])
    assert outcome_of(asked(), raw) == outcome_of(
        Exchange(b"GET", b"/", [(b"Host", b"a"), (b"X", b"y")]), raw
    )


def outcome_of(exchange: Exchange, raw: bytes) -> object:
    try:
        read = exchange.parse_head(raw)
    except BrokenHttp as error:
        return error.words
    return read.status, list(read.headers), exchange.ended, exchange.can_reuse


def test_a_request_is_one_write() -> None:
    """Head and body are sent in one write."""
    sends = Exchange(b"POST", b"/", [(b"Host", b"a"), (b"Content-Length", b"3")], [b"ab", b"c"])
    assert sends.request.endswith(b"Content-Length: 3\r\n\r\nabc")


@pytest.mark.parametrize(
    "status",
    [
        b"HTTP/1.1  200 OK",
        b"HTTP/2 200",
        b"HTTP/2.0 200 OK",
        b"http/1.1 200 OK",
        b"ICY 200 OK",
        b"HTTP/1.1\t200 OK",
    ],
)
def test_an_odd_status_line_is_read(status: bytes) -> None:
    """Its number is what counts; the connection is not used again."""
    exchange = answered(status + b"\r\nContent-Length: 2", b"ab")
    assert not exchange.can_reuse
    assert read_head(status).status == 200


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length:",
        b"Transfer-Encoding: identity",
        b"content-length: ",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding:",
    ],
)
def test_framing_that_says_nothing_is_left_out(line: bytes) -> None:
    """The body goes on to the end of the connection."""
    assert whole(head(line), b"ab", b"cd") == b"abcd"


@pytest.mark.parametrize("codings", [b"gzip, chunked", b"x-gzip,chunked", b"GZIP , chunked"])
def test_gzip_as_a_transfer_coding_is_left_to_the_body(codings: bytes) -> None:
    """The chunks are undone, and the body, which shows its coding, is returned as it was sent."""
    assert whole(head(b"Transfer-Encoding: " + codings), b"2\r\n\x1f\x8b\r\n0\r\n\r\n") == b"\x1f\x8b"
    assert not answered(head(b"Transfer-Encoding: " + codings), b"0\r\n\r\n").can_reuse
