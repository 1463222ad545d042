"""Whose receipts this till takes: keys that enough of the city's roots certified, on the chain pinned at pairing.

The city may put a new receipt key in the place of an old one at any time. A till learns it from whatever server it
reaches, checks it against the chain id, and keeps the proof in its journal beside the receipts that need it.
"""

from app.chain import receipt as receipts
from app.chain import trust
from app.chain.body import Malformed
from app.chain.trust import Proof
from app.errors import Refusal
from app.message import cose
from app.money.orders import RECEIPT_KEY, OperationalKey, Receipt
from app.money.orders_offline import Refused as SignedNo
from pos import server as line
from pos.journal import Journal
from pos.server import Unclear


class NotProven(Exception):
    """The operator's answer is no receipt for this very sale, so the sale is not paid."""


class Trust:
    """The receipt keys of one chain, as far as this till has seen them proven."""

    def __init__(self, chain_id: bytes, journal: Journal):
        self.chain_id, self.journal = chain_id, journal
        self._known: dict[bytes, OperationalKey] = {}
        for kept in journal.proofs():       # checked again: whoever wrote into the file proves nothing by it
            self._take(kept)

    def learn(self, told: dict, at_s: int) -> bool:
        """Takes over what GET /api/city proves, on disk when this returns; whether there was anything new."""
        found = False
        for proof in told_proofs(told):
            if proof not in self._known and self._take(proof):
                self.journal.keep_proof(proof, at_s)
                found = True
        return found

    @property
    def knows_a_key(self) -> bool:
        return any(one.role == RECEIPT_KEY for one in self._known.values())

    def known(self) -> list[tuple[Proof, OperationalKey]]:
        """All keys that were proven, with their proofs."""
        return [(Proof.from_bytes(proof), key) for proof, key in self._known.items()]

    def key(self, role: int, number: int, now_s: int) -> bytes:
        """The key (32) that stands under this number and role now. UNKNOWN_KEY."""
        now = trust.standing(self._known.values(), role, now_s)
        if number not in now:
            raise Refusal("UNKNOWN_KEY")
        return now[number].key

    def check(self, raw: bytes, message_id: bytes, now_s: int | None) -> Receipt:
        """The receipt, if it is one for `message_id`. NotProven if not.

        now_s: for a receipt that arrives, the key must be the one that stands under its number, and not be ended. None
        for one that was taken before and is read again: then any key counts that the number ever had.
        """
        keys = self._keys(_named_key(raw), now_s)
        why: Exception | str = "no receipt of a key that stands certified by the city's roots"
        for key in keys:
            try:
                return receipts.check(raw, key, self.chain_id, message_id)
            except (Refusal, Malformed) as error:
                why = error
        raise NotProven(str(why))

    def check_no(self, raw: bytes, message: tuple[int, bytes], now_s: int) -> int:
        """The number of the word with which the operator signed that this message is never settled. NotProven if not.
        message: its end and its id (32)."""
        try:
            parsed = cose.parse(raw)
            if type(parsed.body) is not SignedNo or (parsed.body.ends_at_s, parsed.body.subject) != (message[0], message[1][:16]):
                raise NotProven("no refusal of this message")
            cose.verify(parsed, self.key(RECEIPT_KEY, parsed.body.operational, now_s), self.chain_id)
        except Refusal as refusal:
            raise NotProven(str(refusal)) from None
        return parsed.body.number

    def _keys(self, number: int, now_s: int | None) -> list[bytes]:
        if now_s is not None:
            now = trust.standing(self._known.values(), RECEIPT_KEY, now_s)
            return [now[number].key] if number in now else []
        return [one.key for one in self._known.values() if one.number == number and one.role == RECEIPT_KEY]

    def _take(self, proof: bytes) -> bool:
        try:
            key = trust.certified(Proof.from_bytes(proof), self.chain_id)
        except (Refusal, Malformed):
            return False
        self._known = self._known | {proof: key}        # whole, for who reads it from another thread
        return True


def told_proofs(told: dict) -> list[bytes]:
    """What an answer of GET /api/city holds of proofs, each as its bytes; nothing is checked yet."""
    try:
        genesis = bytes.fromhex(told["genesis"])
        return [
            Proof(genesis, line.to_bytes(one["message"]), tuple(map(line.to_bytes, one["approvals"]))).to_bytes()
            for one in told["operational"]
        ]
    except (KeyError, TypeError, ValueError, Unclear, Refusal):
        return []


def _named_key(raw: bytes) -> int:
    """The number of the key that a receipt says it was signed with."""
    try:
        body = cose.parse(raw).body
    except Refusal as refusal:
        raise NotProven(str(refusal)) from None
    if type(body) is not Receipt:
        raise NotProven("no receipt")
    return body.operational
