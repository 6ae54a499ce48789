"""What content codings save on real bodies: `python benchmarks/compression.py FOLDER` (Zstandard with `zstandard`).

Each body of the folder over 3 kB is compressed as servers do. gzip at level 6 is what they send today.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module, util
from pathlib import Path

import brotli

LEAST = 3_000  # bytes; smaller bodies fit into one packet
ROUNDS = 3
Coding = Callable[[bytes], bytes]


def codings() -> Iterator[tuple[str, Coding, Coding]]:
    """Yield the codings at the levels that servers use, with what undoes them."""
    for level in (1, 6):
        yield f"gzip {level}", partial(gzip.compress, compresslevel=level), gzip.decompress
    for quality in (4, 5, 11):
        yield f"brotli {quality}", partial(brotli.compress, quality=quality), brotli.decompress
    if util.find_spec("zstandard"):
        zstandard = import_module("zstandard")
        for level in (3, 9):
            packer = zstandard.ZstdCompressor(level=level)
            yield f"zstd {level}", packer.compress, zstandard.ZstdDecompressor().decompress


def main() -> None:
    """Print a line a coding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    bodies = [path.read_bytes() for path in sorted(asked.folder.rglob("*")) if path.is_file()]
    bodies = [body for body in bodies if len(body) > LEAST]
    usual = sum(len(gzip.compress(body, compresslevel=6)) for body in bodies)
    whole = sum(map(len, bodies))
    print(f"{len(bodies):,} bodies of {whole / 1e6:.1f} MB; gzip 6 sends {usual / 1e6:.2f} MB")
    for name, packed, unpacked in codings():
        sent = [packed(body) for body in bodies]
        started = time.process_time()
        for _ in range(ROUNDS):
            for one in sent:
                unpacked(one)
        spent = (time.process_time() - started) / ROUNDS
        change = sum(map(len, sent)) / usual - 1
        print(f"{name:<10}{100 * change:+7.1f} %{1e3 * spent / (whole / 1e6):8.2f} ms a MB to undo")


if __name__ == "__main__":
    main()
