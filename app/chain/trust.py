"""Which keys speak for a city, worked out from its chain id alone.

    chain id = SHA-256(genesis) -> root keys and threshold -> a certificate that enough roots signed -> the key

So a device that pinned the chain id takes nobody's word for a new receipt key, the server's neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.chain.block import Genesis, chain_id
from app.chain.body import Malformed, decode, encode, expect
from app.errors import Refusal
from app.message import cose
from app.money import signers
from app.money.orders import Act, Approval, OperationalKey, Signed
from app.money.state import State


@dataclass(frozen=True, slots=True)
class Proof:
    """All that it takes to believe one key of the server."""
    genesis: bytes
    message: bytes                  # operational-key, signed by one root
    approvals: tuple[bytes, ...]    # by further roots

    def to_bytes(self) -> bytes:
        return encode([self.genesis, self.message, list(self.approvals)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Proof":
        """Malformed if `data` is none."""
        genesis, message, approvals = expect(decode(data), "bba")
        return cls(genesis, message, tuple(expect(approvals, "b" * len(approvals))))


def certified(proof: Proof, pinned: bytes) -> OperationalKey:
    """The key that the roots of the chain `pinned` (32) certified. Its dates are the caller's to judge, and which
    of two certificates for one number stands: the one that expires later was made later.

    Malformed        no genesis, or a message of another kind
    OTHER_CHAIN      the genesis of another chain
    UNKNOWN_KEY, SAME_OFFICER, APPROVALS_MISSING    as in money: as many roots as the genesis asks for
    and the words of cose.parse and cose.verify
    """
    if chain_id(proof.genesis) != pinned:
        raise Refusal("OTHER_CHAIN")
    genesis = Genesis.from_bytes(proof.genesis)
    message = _signed(proof.message, genesis.roots, OperationalKey, pinned)
    approvals = tuple(_signed(raw, genesis.roots, Approval, pinned) for raw in proof.approvals)
    signers.roots(State(genesis.roots, genesis.threshold), Act(message, approvals))
    return message.body


def standing(known: Iterable[OperationalKey], role: int, now_s: int) -> dict[int, OperationalKey]:
    """Of each number the certificate that speaks now. One can't be made long before its roots let it expire, so of two
    for one number the one stands that expires later: shown again, an old one brings no old key back."""
    newest: dict[int, OperationalKey] = {}
    for one in sorted(known, key=lambda one: (one.expires_at_s, one.valid_from_s)):
        newest[one.number] = one
    return {number: one for number, one in newest.items()
            if one.role == role and one.valid_from_s <= now_s < one.valid_until_s}


def _signed(raw: bytes, roots: Sequence[bytes], kind: type, chain: bytes) -> Signed:
    parsed = cose.parse(raw)
    if type(parsed.body) is not kind:
        raise Malformed(f"not of the kind {kind.__name__}")
    index = parsed.body.root if kind is OperationalKey else parsed.body.signer
    if index >= len(roots):
        raise Refusal("UNKNOWN_KEY")
    return cose.verify(parsed, roots[index], chain)
