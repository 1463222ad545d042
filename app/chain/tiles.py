"""The log as files that any monitor can fetch: C2SP tlog-tiles, so that tools others wrote follow it.

    /checkpoint   /tile/<level>/<number>[.p/<width>]   /tile/entries/<number>[.p/<width>]
"""

import re
from collections.abc import Iterable

from app.chain.merkle import STEP, WIDTH, Hashes

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
ENTRIES = -1                # the level under which leaf data is served


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """The path of one tile; level ENTRIES: of a bundle of leaf data.

    >>> tile_path(0, 1234067)
    'tile/0/x001/x234/067'
    >>> tile_path(1, 0, 17)
    'tile/1/000.p/17'
    """
    digits = f"{number:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{'entries' if level == ENTRIES else level}/{name}" + (f".p/{width}" if width < WIDTH else "")


def read_path(path: str) -> tuple[int, int, int] | None:
    """(level, number, width), or None if `path` is not exactly one that tile_path makes."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = ENTRIES if found[1] == "entries" else int(found[1])
    number, width = int(found[2].replace("x", "").replace("/", "")), int(found[3] or WIDTH)
    return (level, number, width) if tile_path(level, number, width) == path else None


def span(level: int, number: int, width: int, size: int) -> tuple[int, int] | None:
    """First and past-the-last hash of a tile at its level, or None if a log of `size` leaves lacks it."""
    start = number * WIDTH
    end = start + width
    return (start, end) if end <= size >> (STEP * max(level, 0)) else None


def tile(hashes: Hashes, level: int, number: int, width: int, size: int) -> bytes | None:
    """`width` hashes (32 each) of complete subtrees of 256**level leaves; None: not (yet) in the log."""
    found = span(level, number, width, size)
    return b"".join(hashes(level, *found)) if found else None


def bundle(leaf_data: Iterable[bytes]) -> bytes:
    """Leaf data of consecutive entries, each after its length (2 bytes, big-endian)."""
    return b"".join(len(data).to_bytes(2, "big") + data for data in leaf_data)


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """(level, number, width) of every tile of a log of `size` leaves, partial ones last of their level."""
    level = 0
    while size >> (STEP * level):
        count = size >> (STEP * level)
        yield from ((level, number, WIDTH) for number in range(count // WIDTH))
        if count % WIDTH:
            yield level, count // WIDTH, count % WIDTH
        level += 1
