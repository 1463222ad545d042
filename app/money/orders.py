"""What people ask for: one frozen object a kind of message, and the orders made of them.

The fields of a message stand here in the order in which they are signed (after the kind);
the first is always the signer. Units last: `_won` whole won, `_at_s` Unix seconds.
`app.message` turns bytes into these; `apply` decides on them.
"""

from dataclasses import dataclass

# --- at the counter of a shop ----------------------------------------------------------

CAP, EXACT = 0, 1


@dataclass(frozen=True, slots=True)
class Code:
    """Shown by a resident's phone: whoever scans may take up to, or exactly, `amount_won`."""
    alias: bytes            # 8
    mode: int               # CAP or EXACT
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Charge:
    """The till's claim on one code."""
    till: int
    shop: int
    code_id: bytes          # 32, id of the Code
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int
    reference: bytes = b""  # 0..19 of ASCII 0-9 A-Z -
    cashier: int = 0        # as a request's


@dataclass(frozen=True, slots=True)
class Notice:
    """A public institution's request on paper, with a long life."""
    till: int
    shop: int
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int
    reference: bytes        # 0..19 of ASCII 0-9 A-Z -


@dataclass(frozen=True, slots=True)
class Request(Notice):
    """Shown by the till: pay this amount to this shop."""
    cashier: int = 0        # number in the shop's own list; 0: the owner


@dataclass(frozen=True, slots=True)
class Payment:
    """A resident's yes to one request or notice."""
    alias: bytes            # 8
    request_hash: bytes     # 16, first half of the request's id
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money back to the payer of entry `entry`, into the lots it came from."""
    till: int
    shop: int
    entry: int
    amount_won: int
    nonce: bytes            # 8
    expires_at_s: int
    cashier: int = 0


@dataclass(frozen=True, slots=True)
class Void:
    """The till that took a payment minutes ago gives all of it back, without the owner's PIN."""
    till: int
    shop: int
    entry: int
    nonce: bytes            # 8
    expires_at_s: int
    cashier: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The operator's word that the message `subject` was settled as entry `entry`."""
    operational: int
    epoch: int
    entry: int
    subject: bytes          # 16, first half of the id of the message it answers
    leaf: bytes             # 32, leaf hash of the entry
    amount_won: int
    at_s: int


# --- residents -------------------------------------------------------------------------

HARD, SOFT, CARD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class AccountOpen:
    """A new wallet. The signer is the new key itself."""
    key: bytes              # 32
    grade: int              # HARD; SOFT: the page can read the secret; CARD: the city holds it
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class AliasBatch:
    """A wallet asks for `count` fresh aliases of the key behind `alias`."""
    alias: bytes            # 8
    count: int
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Session:
    """Proves the holder of a key to the server for reading; never an entry."""
    signer: bytes | int     # alias (8) of a wallet, or number of a till
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Join:
    """Shown by a wallet at the town office: link me. Never an entry."""
    alias: bytes            # 8
    nonce: bytes            # 8
    expires_at_s: int


# --- officers and roots ----------------------------------------------------------------

OFFICERS, ROOTS = 0, 1


@dataclass(frozen=True, slots=True)
class Approval:
    """A second signature: on the id of what it approves."""
    signer: int             # officer number, or index of the root key in genesis
    board: int              # OFFICERS or ROOTS
    approved: bytes         # 32
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Grant:
    """Pay `count` people `total_won` out of one programme: exactly the rows under `root`."""
    officer: int
    programme: int
    list_id: bytes          # 16, chosen by the maker; pays once, for ever
    root: bytes             # 32, RFC 6962 root over the salted rows
    count: int
    total_won: int
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Link:
    """This account belongs to this person. `person` is a random token of the people register."""
    officer: int
    account: bytes          # 8
    person: bytes           # 16; empty: no longer linked
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class KeyAdd:
    officer: int
    account: bytes          # 8
    key: bytes              # 32
    grade: int
    nonce: bytes            # 8
    expires_at_s: int
    replaces: bytes = b""   # key (32) of the same account that is revoked by it
    day_won: int = 0        # what this key may spend in 24 hours; 0: no limit of its own


@dataclass(frozen=True, slots=True)
class KeyRevoke:
    officer: int
    key: bytes              # 32
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Freeze:
    officer: int
    account: bytes          # 8
    frozen: int             # 1 freeze, 0 lift
    nonce: bytes            # 8
    expires_at_s: int


(CLOSED, OPEN), (SHOP, INSTITUTION) = (0, 1), (1, 2)


@dataclass(frozen=True, slots=True)
class Shop:
    """Registers shop `shop`, or changes it: the last entry holds."""
    officer: int
    shop: int               # next free number, or one that exists
    standing: int           # CLOSED or OPEN
    sort: int               # SHOP or INSTITUTION
    category: int           # 1..255, from the city file
    name: bytes             # utf-8, 1..60
    district: bytes         # utf-8, 0..30 (동)
    nonce: bytes            # 8
    expires_at_s: int


RECEIVE, RETURN, ASK = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Till:
    """Pairs a till, or changes its rights: 0 = revoked. The refund key signs refunds, the till key all else."""
    officer: int
    till: int
    shop: int
    rights: int             # sum of RECEIVE, RETURN, ASK
    key: bytes              # 32
    refund_key: bytes       # 32, or empty
    nonce: bytes            # 8
    expires_at_s: int


MAKER, CHECKER, REGISTRAR, AUDITOR, ADMINISTRATOR = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class Officer:
    """The offline root certifies an officer's key."""
    root: int               # index of the root key in genesis
    officer: int
    key: bytes              # 32
    roles: int              # sum of MAKER … ADMINISTRATOR; 0 = dismissed
    valid_from_s: int
    valid_until_s: int
    nonce: bytes            # 8
    expires_at_s: int


RECEIPT_KEY, CHECKPOINT_KEY, SWEEP_KEY, NOTICE_KEY = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class OperationalKey:
    """The offline root certifies a key that the server holds."""
    root: int
    number: int
    role: int               # RECEIPT_KEY … NOTICE_KEY
    key: bytes              # 32
    valid_from_s: int
    valid_until_s: int
    nonce: bytes            # 8
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Programme:
    """Opens programme `programme`, or changes its budget and dates."""
    officer: int
    programme: int
    coin: int               # 1.., from the city file
    budget_won: int
    opens_at_s: int
    closes_at_s: int        # no grant after this
    spend_until_s: int      # coins are spendable before this
    categories: bytes       # allowed categories, one byte each, ascending; empty: everywhere
    name: bytes             # utf-8, 1..60
    nonce: bytes            # 8
    expires_at_s: int
    person_won: int = 0     # the most for one person; 0: as lists say
    spend_days: int = 0     # coins expire so many days after they were paid out; 0: on spend_until_s
    shops: bytes = b""      # only these, 4 bytes each, ascending; empty: every shop of the categories


# --- the server's own
@dataclass(frozen=True, slots=True)
class Expire:
    """What is left in an expired lot goes back to its programme."""
    operational: int
    lot: int
    amount_won: int
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The day's figures of one coin, in clear."""
    operational: int
    day: int                # days since 1970-01-01 in the city's time
    coin: int
    issued_won: int
    redeemed_won: int
    expired_won: int
    outstanding_won: int
    expires_at_s: int


# --- orders: what apply decides on -----------------------------------------------------

@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature was verified under `key`. Made only by app.message."""
    body: object
    id: bytes               # 32
    key: bytes              # 32
    raw: bytes              # the exact bytes received


@dataclass(frozen=True, slots=True)
class Sale:
    """Code + charge, or payment + request/notice."""
    payer: Signed
    payee: Signed


@dataclass(frozen=True, slots=True)
class Act:
    """Any other message, with the approvals it needs and what the chain itself gives:
    AccountOpen (address 8, aliases 8·n), AliasBatch (aliases 8·n), KeyAdd (nothing, or aliases 8·n),
    Grant and RecallList (row leaves 32·count)."""
    message: Signed
    approvals: tuple[Signed, ...] = ()
    given: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an approved list, in its order."""
    list_id: bytes
    row: int
    person: bytes
    amount_won: int
    salt: bytes             # 32
