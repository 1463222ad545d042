"""A monitor of any tiled transparency log, written from the C2SP texts (tlog-tiles, tlog-checkpoint, signed-note,
tlog-proof) and RFC 6962 alone: it knows nothing of this project and imports nothing of it.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from nacl.signing import VerifyKey

Fetch = Callable[[str], bytes]      # a path below the log's prefix -> what is served there


@dataclass(frozen=True)
class Head:
    origin: str
    size: int
    root: bytes


class Broken(Exception):
    """The log shows something that can't be."""


def check(true: bool, what: str) -> None:
    if not true:
        raise Broken(what)


class Key:
    """<name>+<key id in hex>+<base64 of 01 and the key>"""

    def __init__(self, text: str):
        self.name, key_id, encoded = text.split("+", 2)
        kind_and_key = base64.b64decode(encoded)
        check(kind_and_key[:1] == b"\x01" and len(kind_and_key) == 33, "not an Ed25519 key")
        self.id = sha256(self.name.encode() + b"\n" + kind_and_key).digest()[:4]
        check(self.id.hex() == key_id, "the key's id is not its own")
        self.key = VerifyKey(kind_and_key[1:])

    def open(self, note: str) -> Head:
        """signed-note: text, blank line, lines of an em dash, a name and base64(id, signature)."""
        text, _, lines = note.rpartition("\n\n")
        text += "\n"
        for line in lines.splitlines():
            dash, name, encoded = line.split(" ")
            blob = base64.b64decode(encoded)
            if dash == "\u2014" and name == self.name and blob[:4] == self.id:
                self.key.verify(text.encode(), blob[4:])
                origin, size, root = text.splitlines()[:3]
                check(size == str(int(size)), "a size with leading zeros")
                return Head(origin, int(size), base64.b64decode(root))
        raise Broken("no signature of this key")


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def tree(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 over leaf hashes (or roots of equal complete subtrees)."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + tree(hashes[:middle]) + tree(hashes[middle:])).digest()


def path(hashes: list[bytes], index: int) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(hashes) == 1:
        return []
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    if index < middle:
        return [*path(hashes[:middle], index), tree(hashes[middle:])]
    return [*path(hashes[middle:], index - middle), tree(hashes[:middle])]


def name(number: int) -> str:
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *first, last = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in first), last])


class Monitor:
    """Follows a log: remembers the last checkpoint that held and every full tile."""

    def __init__(self, fetch: Fetch, key: Key):
        self.fetch, self.key = fetch, key
        self.seen: Head | None = None
        self.full: dict[tuple[str, int], bytes] = {}

    def follow(self) -> Head:
        """The newest checkpoint, if its tree is that of its tiles and a continuation of the last one."""
        head = self.key.open(self.fetch("checkpoint").decode())
        leaves = self.leaves(head.size)
        check(tree(leaves) == head.root, "the tiles are not the tree that was signed")
        if self.seen is not None:
            check(head.origin == self.seen.origin and head.size >= self.seen.size, "the log went back")
            check(tree(leaves[:self.seen.size]) == self.seen.root, "history was rewritten")
        self._check_upper_levels(leaves)
        self.seen = head
        return head

    def leaves(self, size: int) -> list[bytes]:
        return [hash_ for number in range(-(-size // 256)) for hash_ in split(self._tile("0", number, size), 32)]

    def entries(self, size: int) -> list[bytes]:
        """Every entry's leaf data, each checked against its hash in the tree."""
        found = []
        for number in range(-(-size // 256)):
            data = self._tile("entries", number, size)
            while data:
                length = int.from_bytes(data[:2], "big")
                check(len(data) >= 2 + length, "a bundle that ends inside an entry")
                found.append(data[2:2 + length])
                data = data[2 + length:]
        check([leaf_hash(one) for one in found] == self.leaves(size), "entries are not those of the tree")
        return found

    def prove(self, text: str, leaf: bytes) -> int:
        """tlog-proof: the index at which `leaf` stands, if the proof holds against its own checkpoint."""
        head_lines, _, note = text.partition("\n\n")
        first, index, *hashes = head_lines.split("\n")
        check(first == "c2sp.org/tlog-proof@v1" and index.startswith("index "), "not a tlog-proof")
        head, place = self.key.open(note), int(index[6:])
        wanted = [base64.b64encode(one).decode() for one in path(self.leaves(head.size), place)]
        check(hashes == wanted and self.leaves(head.size)[place] == leaf, "the proof is not of this leaf")
        check(root_from(leaf, place, head.size, [base64.b64decode(one) for one in hashes]) == head.root, "no such root")
        return place

    def _check_upper_levels(self, leaves: list[bytes]) -> None:
        """Each hash of a level is the root of a full tile below."""
        level, below = 1, leaves
        while len(below) >= 256:
            above = [tree(below[at:at + 256]) for at in range(0, len(below) - 255, 256)]
            shown = [hash_ for number in range(-(-len(above) // 256))
                     for hash_ in split(self._tile(str(level), number, len(above)), 32)]
            check(above == shown, f"level {level} is not the roots of the level below")
            level, below = level + 1, above

    def _tile(self, level: str, number: int, size: int) -> bytes:
        width = min(256, size - 256 * number)
        if (level, number) in self.full:
            return self.full[level, number]
        got = self.fetch(f"tile/{level}/{name(number)}" + (f".p/{width}" if width < 256 else ""))
        check(level == "entries" or len(got) == 32 * width, "a tile of another width")
        if width == 256:
            self.full[level, number] = got
        return got


def root_from(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1.1 backwards, by splitting the range from above."""
    if size == 1:
        return leaf
    middle = 1 << (size - 1).bit_length() - 1
    last, rest = hashes[-1], hashes[:-1]
    if index < middle:
        return sha256(b"\x01" + root_from(leaf, index, middle, rest) + last).digest()
    return sha256(b"\x01" + last + root_from(leaf, index - middle, size - middle, rest)).digest()


def split(data: bytes, size: int) -> list[bytes]:
    return [data[at:at + size] for at in range(0, len(data), size)]
