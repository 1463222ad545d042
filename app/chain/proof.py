"""One entry's proof as a text file that any tlog-proof tool can check without asking us (C2SP tlog-proof)."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.chain import checkpoint
from app.chain.body import Malformed
from app.chain.checkpoint import Checkpoint
from app.chain.merkle import verify_inclusion

HEAD = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proof:
    """Entry `index` stands in the log that `checkpoint` covers."""
    index: int
    hashes: tuple[bytes, ...]   # 32 each, the leaf's sibling first
    checkpoint: Checkpoint
    extra: bytes = b""          # not authenticated


def write(proof: Proof) -> str:
    extra = [f"extra {base64.b64encode(proof.extra).decode()}"] if proof.extra else []
    hashes = [base64.b64encode(node).decode() for node in proof.hashes]
    return "\n".join([HEAD, *extra, f"index {proof.index}", *hashes, "", proof.checkpoint.note])


def read(text: str) -> Proof:
    """Reads without judging; Malformed if it is not a tlog-proof."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != HEAD:
        raise Malformed("not a tlog-proof")
    extra = checkpoint.from_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    hashes = _hashes(lines)
    if index is None:
        raise Malformed("tlog-proof: no index")
    return Proof(int(index[1]), hashes, checkpoint.parse(note), extra)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    hashes = tuple(checkpoint.from_base64(line) for line in lines[:MAX_HASHES])
    if len(lines) > MAX_HASHES or any(len(node) != 32 for node in hashes):
        raise Malformed("tlog-proof: not hashes")
    return hashes


def verify(text: str, leaf: bytes, origin: str, key: bytes) -> Proof:
    """The proof, if it puts the leaf hash (32) under a checkpoint of this log and key; Malformed if not."""
    proof = read(text)
    signed = checkpoint.verify(proof.checkpoint.note, origin, key)
    if not verify_inclusion(leaf, proof.index, signed.size, proof.hashes, signed.root):
        raise Malformed("tlog-proof: the entry is not in this tree")
    return proof
