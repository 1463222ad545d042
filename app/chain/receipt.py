"""Receipts: the operator's signed word that a message was settled, checked by a phone or a till without network."""

from dataclasses import dataclass

from app.chain.body import Malformed
from app.chain.entry import Entry
from app.errors import Refusal
from app.message import cose
from app.message.keys import Signer
from app.money.orders import Receipt


@dataclass(frozen=True, slots=True)
class Issuer:
    """The receipt key of one log. A receipt is never stored: signing again gives the same bytes."""
    operational: int        # number of the receipt key in the log
    epoch: int
    key: Signer
    chain_id: bytes         # 32

    def receipt(self, entry: Entry, subject_id: bytes, amount_won: int = 0) -> bytes:
        """The receipt for the message with id `subject_id` (32), settled as `entry`; 0 won where no money moved."""
        body = Receipt(
            self.operational, self.epoch, entry.number, subject_id[:16], entry.leaf, amount_won, entry.time_s
        )
        return cose.sign(body, self.key, self.chain_id)


def check(raw: bytes, key: bytes, chain_id: bytes, subject_id: bytes) -> Receipt:
    """The receipt, if `key` (32) signed it on this chain for the message `subject_id`.

    Refusal as cose.parse and cose.verify; Malformed if it is about something else.
    """
    body = cose.verify(cose.parse(raw), key, chain_id).body
    if type(body) is not Receipt:
        raise Refusal("NOT_A_MESSAGE")
    if body.subject != subject_id[:16]:
        raise Malformed("a receipt for another message")
    return body
