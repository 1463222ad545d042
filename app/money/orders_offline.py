"""What people sign around a sale where neither side has a network, and the city's figures for it.

As in `orders`: the fields in the order in which they are signed, the signer first.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfflineKey:
    """A wallet asks, while it has a network: certify this fresh key of mine."""
    alias: bytes            # 8
    key: bytes              # 32
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """The operator's word to a till without a network: codes of this key are good, up to so much. Never an entry."""
    operational: int
    key: bytes              # 32
    cap_won: int            # of all codes together
    from_s: int
    until_s: int


@dataclass(frozen=True, slots=True)
class OfflineCode:
    """As a code, but signed by the certified key, and shown with its certificate."""
    number: bytes           # first 8 bytes of the key
    mode: int               # orders.CAP or EXACT
    amount_won: int
    count: int              # 1.., one more with each code of this key
    nonce: bytes            # 8
    shown_until_s: int      # a till takes it until then
    expires_at_s: int       # and deposits it until then


@dataclass(frozen=True, slots=True)
class Deposit:
    """The till's claim on a code that it took without a network."""
    till: int
    shop: int
    code_id: bytes          # 32
    amount_won: int
    taken_at_s: int
    nonce: bytes            # 8
    expires_at_s: int
    reference: bytes        # 0..19 of ASCII 0-9 A-Z -
    cashier: int            # as a request's


@dataclass(frozen=True, slots=True)
class OfflineAgain:
    """Two officers give an account its right to prepare sales without a network back."""
    officer: int
    account: bytes          # 8
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The operator's word that the message `subject` will never be settled. Never an entry."""
    operational: int
    subject: bytes          # 16, first half of the message's id
    number: int             # of the word of refusal
    at_s: int
    ends_at_s: int = 0      # the message's expires_at_s: by id and end it was looked for. 0: not said, which closes nothing


@dataclass(frozen=True, slots=True)
class Policy:
    """A figure of the city from one moment until another: subjects stand in `policy`."""
    officer: int
    subject: int
    figure: int
    from_s: int
    until_s: int
    nonce: bytes            # 8
    expires_at_s: int
    target: int = 0         # number of the shop or programme that it is about; 0: the whole city
