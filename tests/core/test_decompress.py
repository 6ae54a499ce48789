"""Bodies are decompressed within their size limit, by the format of their bytes."""

from __future__ import annotations

import gzip
import time
import zlib

import brotli
import pytest

from monitor.polling.http.body_limits import MAX_RATIO, UndecodableBody
from monitor.polling.http.decompress import Decompressor
from monitor.polling.http.outcome import FailureKind

CAP = 100_000
WORD = "Überraschung: «café» costs 5 €"
DOCUMENT = f"<rss><channel><title>{WORD}</title></channel></rss>"


def inflated(body: bytes, coding: str, *, step: int = 1000, max_bytes: int = CAP) -> bytes:
    """Decompress a body that arrives in pieces."""
    inflater = Decompressor(coding, max_bytes=max_bytes)
    for start in range(0, len(body), step):
        inflater.feed(body[start : start + step])
    return inflater.finish()


def raw_deflate(body: bytes) -> bytes:
    """Return deflate without its zlib wrapper, as some servers send it."""
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(body) + squeeze.flush()


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("", DOCUMENT.encode()),
        ("identity", DOCUMENT.encode()),
        ("gzip", gzip.compress(DOCUMENT.encode(), mtime=0)),
        ("X-GZIP", gzip.compress(DOCUMENT.encode(), mtime=0)),
        ("deflate", zlib.compress(DOCUMENT.encode())),
        ("deflate", raw_deflate(DOCUMENT.encode())),
        ("gzip", DOCUMENT.encode()),
        ("br", brotli.compress(DOCUMENT.encode())),
        ("BR", brotli.compress(DOCUMENT.encode(), quality=1, lgwin=16)),
        ("br", gzip.compress(DOCUMENT.encode(), mtime=0)),
        ("", gzip.compress(DOCUMENT.encode(), mtime=0)),
        (
            "gzip",
            gzip.compress(DOCUMENT.encode()[:10], mtime=0) + gzip.compress(DOCUMENT.encode()[10:], mtime=0),
        ),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_body_is_decoded_as_sent_and_as_mislabelled(coding: str, sent: bytes, step: int) -> None:
    """All codings, several members and wrong labels are decoded, in pieces of any size."""
    assert inflated(sent, coding, step=step) == DOCUMENT.encode()


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b"a" * 50_000_000, mtime=0),
        zlib.compress(b"a" * 50_000_000),
        brotli.compress(b"a" * 50_000_000, quality=1),
        b"a" * (CAP + 1),
        gzip.compress(b"a" * 60_000, mtime=0) * 2,
    ],
)
def test_a_body_over_the_cap_is_refused_at_the_cap(bomb: bytes) -> None:
    """The limit applies to the wire and to the decoded body, and reading stops there."""
    started = time.process_time()
    with pytest.raises(UndecodableBody) as refusal:
        inflated(bomb, coding_of(bomb), step=65_536)
    assert refusal.value.kind is FailureKind.TOO_LARGE
    assert time.process_time() - started < 0.5


def coding_of(bomb: bytes) -> str:
    """Return the label of a bomb by its first bytes."""
    return {b"\x78": "deflate", b"\x1f": "gzip", b"a": "gzip"}.get(bomb[:1], "br")


@pytest.mark.parametrize("size", [CAP, CAP + 1])
@pytest.mark.parametrize("step", [1, 3, 1_000])
def test_a_brotli_body_may_have_just_the_cap(size: int, step: int) -> None:
    """A body of exactly the limit is accepted, in pieces of any size, and one more byte is refused."""
    sent = brotli.compress(bytes(size))
    if size == CAP:
        assert inflated(sent, "br", step=step) == bytes(CAP)
    else:
        with pytest.raises(UndecodableBody, match="larger"):
            inflated(sent, "br", step=step)


def test_a_brotli_body_that_is_cut_or_damaged_is_named() -> None:
    """Half a body is truncated; damage and trailing bytes are decoding errors."""
    sent = brotli.compress(DOCUMENT.encode())
    for body, kind in (
        (sent[:-5], FailureKind.TRUNCATED),
        (b"\x11" * 20, FailureKind.DECODE),
        (sent + sent, FailureKind.DECODE),
    ):
        with pytest.raises(UndecodableBody) as refusal:
            inflated(body, "br")
        assert refusal.value.kind is kind


BOMB = b"<rss>" + b" " * 4_000_000 + b"</rss>"  # under the cap of 5 MB that feeds have by default


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", gzip.compress(BOMB, mtime=0)),
        ("deflate", zlib.compress(BOMB)),
        ("br", brotli.compress(BOMB, quality=1)),
    ],
)
@pytest.mark.parametrize("step", [100, 65_536])
def test_a_bomb_under_the_cap_is_refused_by_its_ratio(coding: str, sent: bytes, step: int) -> None:
    """A body that decompresses to hundreds of times its size is refused below `max_bytes` too."""
    with pytest.raises(UndecodableBody, match=f"more than {MAX_RATIO} times") as refusal:
        inflated(sent, coding, step=step, max_bytes=5_000_000)
    assert refusal.value.kind is FailureKind.DECODE


def test_the_ratio_applies_to_large_bodies_only() -> None:
    """Nearly equal items may compress a hundredfold."""
    small = b"<rss>" + b" " * 900_000 + b"</rss>"
    items = (f"<item><guid>{number}</guid><title>Update</title></item>" for number in range(60_000))
    large = ("<rss>" + "".join(items) + "</rss>").encode()
    for body in (small, large):
        assert inflated(gzip.compress(body, mtime=0), "gzip", max_bytes=5_000_000) == body


@pytest.mark.parametrize("coding", ["gzip, gzip", "br, br", "br, gzip", "zstd", "compress", "deflate,gzip"])
def test_unrequested_codings_are_refused(coding: str) -> None:
    """Stacked and unknown codings are named errors."""
    with pytest.raises(UndecodableBody) as refusal:
        inflated(b"\x1b\x00\x8b", coding)
    assert refusal.value.kind is FailureKind.DECODE
    twice = gzip.compress(gzip.compress(DOCUMENT.encode()))
    with pytest.raises(UndecodableBody):
        inflated(twice, "gzip, gzip")


@pytest.mark.parametrize(
    "coding", ["utf8", "aws-chunked", "binary", "iso-8859-1", "br", "zstd", "deflate", "gzip, gzip"]
)
def test_plain_text_is_read_under_any_coding_label(coding: str) -> None:
    """The bytes decide, and a charset or a wrong label in Content-Encoding is ignored."""
    assert inflated(DOCUMENT.encode(), coding) == DOCUMENT.encode()


@pytest.mark.parametrize(
    "coding", ["identity, gzip", "gzip, gzip", "aws-chunked,gzip", "deflate, gzip", "utf-8"]
)
def test_one_gzip_body_is_read_under_several_labels(coding: str) -> None:
    """A repeated header, or one with an invalid coding beside gzip, is accepted."""
    assert inflated(gzip.compress(DOCUMENT.encode()), coding) == DOCUMENT.encode()
    assert inflated(zlib.compress(DOCUMENT.encode()), "deflate, deflate") == DOCUMENT.encode()


def test_a_gzip_body_in_very_many_parts_is_refused() -> None:
    """Each member costs time although it is empty."""
    started = time.process_time()
    with pytest.raises(UndecodableBody) as refusal:
        inflated(gzip.compress(b"") * 4_000, "gzip", step=65_536)
    assert refusal.value.kind is FailureKind.DECODE
    assert time.process_time() - started < 0.5
    assert (
        inflated((gzip.compress(b"") * 900) + gzip.compress(DOCUMENT.encode()), "gzip") == DOCUMENT.encode()
    )


def test_only_large_compressed_pieces_are_long() -> None:
    """They are decompressed outside the event loop; plain ones need no work."""
    compressed, plain = Decompressor("gzip", max_bytes=CAP), Decompressor("gzip", max_bytes=CAP)
    compressed.feed(gzip.compress(b"x")[:10])
    plain.feed(b"<rss>")
    assert [one.is_long(b"x" * size) for one in (compressed, plain) for size in (100, 65_536)] == [
        False, True, False, False,
    ]  # fmt: skip


def test_a_cut_and_a_broken_stream_are_told_apart() -> None:
    """Half a gzip body is truncated; garbage after its head is a decoding error."""
    whole = gzip.compress(DOCUMENT.encode() * 50, mtime=0)
    with pytest.raises(UndecodableBody) as cut_off:
        inflated(whole[: len(whole) // 2], "gzip")
    with pytest.raises(UndecodableBody) as broken:
        inflated(whole[:10] + b"\xff" * 90, "gzip")
    assert cut_off.value.kind is FailureKind.TRUNCATED
    assert broken.value.kind is FailureKind.DECODE


@pytest.mark.parametrize("packed", [False, True])
def test_the_beginning_of_a_page_is_enough(packed: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    """Reading stops at the first end mark or at the limit, and does not wait for the rest."""
    page = b"<head><title>T</title></HEAD><body>" + b"x" * 5_000
    body = gzip.compress(page) if packed else page
    decompressor = Decompressor("", max_bytes=1_000_000)
    assert decompressor.beginning(3_000, b"</head") is None
    decompressor.feed(body)
    assert decompressor.beginning(3_000, b"</head") == page[:3_000]
    assert decompressor.beginning(9_000, b"</nothing") is None
