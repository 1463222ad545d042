"""Entries: what one accepted order leaves in the log, how its leaf hides it, and the way back.

A sale is two halves, each under its own salt: the payer's receipt opens one, the shop's the
other, the public log neither. `make` writes an entry, `order_of` reads the order out of it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from app.chain.body import Malformed, decode, encode, expect
from app.errors import Refusal
from app.message import kinds
from app.message.canon import read_length
from app.message.kinds import ROW, ROW_BACK
from app.money import orders
from app.money.orders import Act, Row, Sale, Signed
from app.money.orders_offline import OfflineCode
from app.money.orders_office import RecallList
from app.money.state import ROW_RETURNED, Decision, Register, State
from app.money.tree import leaf_hash

CLEAR, HIDDEN, TWO_SIDED = 0, 1, 2      # forms of leaf data
PAYER, PAYEE, WHOLE = b"hagc/half/payer/1\0", b"hagc/half/payee/1\0", b"hagc/half/hidden/1\0"
REFUND, VOID = kinds.BY_NAME["refund"].number, kinds.BY_NAME["void"].number
WAYS_BACK = frozenset((REFUND, VOID))
SALES = frozenset(kinds.BY_NAME[name].number for name in ("code", "payment", "offline-code"))
_WIDE = 24                  # a number's first byte (RFC 8949 §3) from here on: 1, 2, 4 or 8 more follow
IN_CLEAR = frozenset(
    kinds.BY_NAME[name].number for name in "grant shop till officer operational-key programme policy totals served rulebook recall-list".split()
)

Open = Callable[[bytes, bytes], Signed]     # (raw message, key) -> its signature checked; raises Refusal


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf and what it commits to. Which of the last four are empty depends on the form."""
    number: int             # the leaf's index
    time_s: int
    kind: int               # of the message (a sale: of the payer's), or 48 genesis, 49 block, 50 and 54 row
    form: int               # CLEAR, HIDDEN, TWO_SIDED
    leaf: bytes             # 32, leaf hash
    a: bytes                # body in clear, hidden half, or payer half
    b: bytes                # payee half
    salt_a: bytes           # 32, or empty
    salt_b: bytes           # 32, or empty


# --- hashing ------------------------------------------------------------------------------

def commitment(label: bytes, salt: bytes, half: bytes) -> bytes:
    """SHA-256(label ‖ 00 ‖ salt ‖ half): tells nothing to who lacks the salt (32)."""
    return sha256(label + salt + half).digest()


def leaf_data(entry: Entry) -> bytes:
    """What the public log shows of an entry: a form byte and a body or commitments."""
    if entry.form == CLEAR:
        return b"\x00" + entry.a
    if entry.form == HIDDEN:
        return b"\x01" + commitment(WHOLE, entry.salt_a, entry.a)
    return b"\x02" + commitment(PAYER, entry.salt_a, entry.a) + commitment(PAYEE, entry.salt_b, entry.b)


def open_half(label: bytes, half: bytes, salt: bytes, other: bytes, leaf: bytes) -> list:
    """A sale's half as its owner may check it: the fields, if `half` under `salt` and the `other`
    side's commitment (32) give the leaf hash. label: PAYER or PAYEE. Malformed if they don't."""
    mine = commitment(label, salt, half)
    data = mine + other if label == PAYER else other + mine
    if leaf_hash(b"\x02" + data) != leaf:
        raise Malformed("this half is not what the log committed to")
    return decode(half)


# --- making -------------------------------------------------------------------------------

def make(state: State, order: Sale | Act | Row, decision: Decision, place: tuple[int, int], salts: bytes) -> Entry:
    """The entry of an accepted order. place: (entry number, time_s); salts: 64 fresh random bytes."""
    if type(order) is Sale:
        return _sale(state, order, decision, place, salts)
    if type(order) is Row:
        return _row(state, order, decision, place, salts)
    kind = kinds.of(order.message.body).number
    if kind in WAYS_BACK:
        return _way_back(order, kind, decision, (place, salts))
    approvals = [[approval.raw, approval.key] for approval in order.approvals]
    start = [*place, kind, order.message.raw, order.message.key, approvals]
    if kind in IN_CLEAR:
        return in_clear(place, kind, encode(start))
    return _hidden(place, kind, encode([*start, list(order.given)]), salts)


def in_clear(place: tuple[int, int], kind: int, body: bytes) -> Entry:
    """An entry that anyone may read: genesis, blocks, registers of the city's own."""
    return Entry(*place, kind, CLEAR, leaf_hash(b"\x00" + body), body, b"", b"", b"")


def _hidden(place: tuple[int, int], kind: int, half: bytes, salts: bytes) -> Entry:
    salt = salts[:32]
    leaf = leaf_hash(b"\x01" + sha256(WHOLE + salt + half).digest())
    return Entry(*place, kind, HIDDEN, leaf, half, b"", salt, b"")


def _two_sided(place: tuple[int, int], kind: int, payer: bytes, payee: bytes, salts: bytes) -> Entry:
    salt_a, salt_b = salts[:32], salts[32:64]
    leaf = sha256(
        b"\x00\x02" + sha256(PAYER + salt_a + payer).digest() + sha256(PAYEE + salt_b + payee).digest()
    ).digest()
    return Entry(*place, kind, TWO_SIDED, leaf, payer, payee, salt_a, salt_b)


def _sale(state: State, order: Sale, decision: Decision, place: tuple[int, int], salts: bytes) -> Entry:
    payer, payee = order.payer, order.payee
    kind, claim = kinds.of(payer.body).number, payee.body
    certified = state.get(Register.OFFLINE_KEY, payer.body.number) if type(payer.body) is OfflineCode else None
    account = state.get(Register.KEY, certified.holder if certified else payer.key).account
    used = [[leg.debit, leg.amount_won] for leg in decision.legs]
    return _two_sided(
        place, kind,
        encode([*place, kind, payer.raw, payer.key, account, claim.amount_won, used]),
        encode([*place, kind, payee.raw, payee.key, claim.shop, claim.till, claim.amount_won]),
        salts,
    )


def _way_back(order: Act, kind: int, decision: Decision, at: tuple[tuple[int, int], bytes]) -> Entry:
    """The payer signed nothing: the lots that the money went back to say whose it is."""
    place, salts = at
    signed, body = order.message, order.message.body
    back = [[leg.credit, leg.amount_won] for leg in decision.legs]
    amount_won = sum(leg.amount_won for leg in decision.legs)
    return _two_sided(
        place, kind,
        encode([*place, kind, b"", b"", b"", amount_won, back]),
        encode([*place, kind, signed.raw, signed.key, body.shop, body.till, amount_won]),
        salts,
    )


def _row(state: State, order: Row, decision: Decision, place: tuple[int, int], salts: bytes) -> Entry:
    kind = ROW_BACK if state.get(Register.LIST, order.list_id).back else ROW
    leg = decision.legs[0] if decision.legs else None       # a second one returns what the rows left of the list's sum
    lot = 0 if leg is None else leg.debit if kind == ROW_BACK else leg.credit
    person = state.get(Register.PERSON, order.person)       # None: it waits until they have an account
    account = person.account if person and leg is not None and leg.flow != ROW_RETURNED else b""
    half = [*place, kind, order.list_id, order.row, order.person, order.amount_won, order.salt, account, lot]
    return _hidden(place, kind, encode(half), salts)


# --- the way back -------------------------------------------------------------------------

def order_of(entry: Entry, open_message: Open, row_leaves: Callable[[bytes], bytes]) -> Sale | Act | Row:
    """The order that this entry says was accepted, its messages opened from their exact bytes.

    row_leaves(list id) gives the leaves (32 each) of a grant's list: they are kept beside the log, under
    the root that the grant signs. Malformed if the body can't be one; whatever open_message raises.
    The caller makes the entry again from the order and compares: that checks every other field.
    """
    if entry.form == TWO_SIDED:
        return _two_sided_order(entry, open_message)
    fields = decode(entry.a)
    if entry.kind in (ROW, ROW_BACK):
        _, _, _, list_id, row, person, amount_won, salt, _, _ = expect(fields, "uuubububbu")
        return Row(list_id, row, person, amount_won, salt)
    _, _, _, raw, key, approvals, *given = expect(fields, "uuubba" if entry.form == CLEAR else "uuubbaa")
    message = open_message(raw, key)
    signed = tuple(open_message(*expect(pair, "bb")) for pair in approvals)
    if any(type(each.body) is not orders.Approval for each in signed):
        raise Malformed("an approval that is none")
    if type(message.body) in (orders.Grant, RecallList):
        return Act(message, signed, (row_leaves(message.body.list_id),))
    return Act(message, signed, tuple(expect(given[0], "b" * len(given[0]))) if given else ())


def _two_sided_order(entry: Entry, open_message: Open) -> Sale | Act:
    claim = open_message(*_signed_in(entry.b))
    if entry.kind in WAYS_BACK:
        return Act(claim)
    return Sale(open_message(*_signed_in(entry.a)), claim)


def _signed_in(half: bytes) -> tuple[bytes, bytes]:
    """The message and the key of a half, which stand behind three numbers. The rest is not read: making the half
    again shows what it should be, at half the time."""
    try:
        at = 1
        for _ in range(3):
            width = half[at] - _WIDE
            at += 1 if width < 0 else 1 + (1 << width & 15)
        length, first = read_length(half, at)
        key_length, key_first = read_length(half, first + length)
    except (IndexError, Refusal):
        raise Malformed("not a half of an entry") from None
    return half[first:first + length], half[key_first:key_first + key_length]
