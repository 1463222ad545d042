"""What officers and roots sign to run the office: which rules hold, who may act, what is taken back.

As in `orders`: the fields in the order in which they are signed, the signer first.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recall:
    """Unspent money goes back from one lot to its programme."""
    officer: int
    holder: bytes           # address (8) of the account, or person (16) for whom it is reserved
    lot: int
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class RecallList:
    """The same from many people: a row each, as in a grant."""
    officer: int
    programme: int
    list_id: bytes          # 16, chosen by the maker; takes back once, for ever
    root: bytes             # 32, RFC 6962 root over the salted rows
    count: int
    total_won: int          # at most
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an officer may act, beside what the roots say, and who that officer is among the people."""
    officer: int
    subject: int            # the officer it is about
    suspended: int          # 1: signs nothing any more
    person: bytes           # 16; empty: not in the people register
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    """From this entry on everything is decided under rule set `version`."""
    root: int               # index of the root key in genesis
    version: int
    nonce: bytes            # 8
    expires_at_s: int
