"""The public registers: shops, tills, officers, the server's keys, programmes, the day's totals, the files served.

Each message holds the whole record; the last entry holds. A number is the next free one or
one that exists.
"""

from app.errors import Refusal
from app.money.amount import MAX_WON, is_won
from app.money.lots import SHOP_BYTES, shop_numbers
from app.money.orders import ASK, CLOSED, INSTITUTION, NOTICE_KEY, OPEN, RECEIPT_KEY, RETURN, SHOP, Act, Programme
from app.money.rules import Rules
from app.money.signers import fresh, officers, require, roots, server_key, used_up
from app.money.state import (
    ISSUER, NEVER_S, Count, Decision, Lot, OfficerRecord, OperationalRecord, ProgrammeRecord, Register, ServedRecord,
    ShopRecord, State, TillKey, TillRecord,
)

ALL_RIGHTS, ALL_ROLES = 7, 31
MOST_DAYS = 3660            # of a programme's spend_days
_FIXED = "opens_at_s", "spend_until_s", "categories", "person_won", "spend_days", "shops"     # once it has opened


def shop(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A shop or public institution is registered, changed or closed.

    BAD_FIELD
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    neither the next free number nor one that exists    facts: next
    """
    body = act.message.body
    require(body.standing in (CLOSED, OPEN) and body.sort in (SHOP, INSTITUTION), "BAD_FIELD")
    require(1 <= body.category <= 255 and _name(body.name, 1, 60) and _name(body.district, 0, 30), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    count = _numbered(state, Register.SHOP, body.shop)
    record = ShopRecord(body.standing, body.sort, body.category, body.name, body.district, *_since(state, act, now_s, rules))
    return Decision(records=((Register.SHOP, body.shop, record), *count), ids=used_up(act))


def _since(state: State, act: Act, now_s: int, rules: Rules) -> tuple[int, ...]:
    """(closed since, of this category since, the category before): what a code is judged by that was taken then. An entry
    that changes something else keeps them."""
    body, before = act.message.body, state.get(Register.SHOP, act.message.body.shop)
    if not rules.as_of_taking:
        return ()
    was_closed = before is not None and before.standing == CLOSED
    closed_s = 0 if body.standing == OPEN else before.closed_s if was_closed else now_s
    if before is None:
        return closed_s, 0, 0
    same = before.category == body.category
    return closed_s, *((before.category_s, before.category_before) if same else (now_s, before.category))


def till(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A till is paired with a shop, gets other keys or rights, or none.

    BAD_FIELD       the right to return needs a refund key, which is another key
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT
    WRONG_SHOP      a till stays in its shop
    UNKNOWN_SHOP
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    neither the next free number nor one that exists    facts: next
    KEY_TAKEN       a resident's key, or another till's
    """
    body = act.message.body
    require(0 <= body.rights <= ALL_RIGHTS and body.key and body.key != body.refund_key, "BAD_FIELD")
    require(body.refund_key or not body.rights & RETURN, "BAD_FIELD")
    officers(state, act, now_s, rules)
    before = state.get(Register.TILL, body.till)
    require(before is None or before.shop == body.shop, "WRONG_SHOP")
    require(state.get(Register.SHOP, body.shop) is not None, "UNKNOWN_SHOP")
    fresh(state, act, now_s, rules)
    count = _numbered(state, Register.TILL, body.till)
    keys = [key for key in (body.key, body.refund_key) if key]
    for key in keys:
        require(state.get(Register.KEY, key) is None, "KEY_TAKEN")
    record = TillRecord(body.shop, body.rights, body.key, body.refund_key)
    return Decision(records=((Register.TILL, body.till, record), *count, *_till_keys(state, act, keys)), ids=used_up(act))


def _till_keys(state: State, act: Act, keys: list[bytes]) -> tuple[tuple[Register, bytes, TillKey], ...]:
    """The till's keys become its own for ever. A till that can only ask is the server's: it shares one key with its like."""
    body = act.message.body
    if body.rights == ASK:
        return ()
    for key in keys:
        before = state.get(Register.TILL_KEY, key)
        require(before is None or before.till == body.till, "KEY_TAKEN")
    return tuple((Register.TILL_KEY, key, TillKey(body.till)) for key in keys)


def officer(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """The root certifies an officer, gives other roles or another key, or dismisses (roles 0).

    BAD_FIELD       also roles that one officer may not have together
    UNKNOWN_KEY, SAME_OFFICER, APPROVALS_MISSING    the root keys, as many as the genesis asks for
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    neither the next free number nor one that exists    facts: next
    KEY_TAKEN       another officer's, a root's, one of the server's, a resident's
    """
    body = act.message.body
    require(0 <= body.roles <= ALL_ROLES and body.valid_from_s < body.valid_until_s, "BAD_FIELD")
    require(not any(body.roles & some and body.roles & others for some, others in rules.apart), "BAD_FIELD")
    roots(state, act)
    fresh(state, act, now_s, rules)
    count = _numbered(state, Register.OFFICER, body.officer)
    _own_key(state, body.key, (Register.OFFICER, body.officer))
    record = OfficerRecord(body.key, body.roles, body.valid_from_s, body.valid_until_s)
    return Decision(records=((Register.OFFICER, body.officer, record), *count), ids=used_up(act))


def operational_key(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """The root certifies a key that the server holds, or ends it (a window that is over).

    BAD_FIELD
    UNKNOWN_KEY, SAME_OFFICER, APPROVALS_MISSING    the root keys, as many as the genesis asks for
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    neither the next free number nor one that exists    facts: next
    KEY_TAKEN       every key of the server has one purpose and is nobody else's
    """
    body = act.message.body
    require(RECEIPT_KEY <= body.role <= NOTICE_KEY and body.valid_from_s < body.valid_until_s, "BAD_FIELD")
    roots(state, act)
    fresh(state, act, now_s, rules)
    count = _numbered(state, Register.OPERATIONAL, body.number)
    _own_key(state, body.key, (Register.OPERATIONAL, body.number))
    record = OperationalRecord(body.role, body.key, body.valid_from_s, body.valid_until_s)
    return Decision(records=((Register.OPERATIONAL, body.number, record), *count), ids=used_up(act))


# --- programmes ------------------------------------------------------------------------

def programme(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Opens a programme with its budget, or changes one.

    The coin never changes. Once it has opened only the name, the budget and the close do.

    BAD_FIELD            dates not in order; categories or shops not ascending; no such coin; too many days
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    PROGRAMME_FIXED
    BUDGET_UNDER_ISSUED  facts: issued_won
    NUMBER_TAKEN         neither the next free number nor one that exists    facts: next
    """
    body = act.message.body
    require(is_won(body.budget_won) and 1 <= body.coin <= state.coins and _name(body.name, 1, 60), "BAD_FIELD")
    require(body.opens_at_s < body.closes_at_s <= body.spend_until_s < NEVER_S, "BAD_FIELD")
    require(list(body.categories) == sorted(set(body.categories) - {0}), "BAD_FIELD")
    require(0 <= body.person_won <= MAX_WON and 0 <= body.spend_days <= MOST_DAYS, "BAD_FIELD")
    shops = shop_numbers(body.shops)
    require(len(body.shops) == SHOP_BYTES * len(shops) and shops == sorted(set(shops) - {0}), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    before = state.get(Register.PROGRAMME, body.programme)
    if before is None:
        count = _numbered(state, Register.PROGRAMME, body.programme)
        lot = Lot(state.next_lot, ISSUER, body.programme, body.programme, NEVER_S, 0, -body.budget_won)
        records = ((Register.PROGRAMME, body.programme, _record(body, lot.id)), *count)
        return Decision(lots=(lot,), records=records, ids=used_up(act))
    require(_may_change(before, body, now_s, rules), "PROGRAMME_FIXED")
    issued_won = -state.lot(before.lot).balance_won
    require(body.budget_won >= issued_won, "BUDGET_UNDER_ISSUED", issued_won=issued_won)
    return Decision(
        floors=((before.lot, -body.budget_won),),
        records=((Register.PROGRAMME, body.programme, _record(body, before.lot)),),
        ids=used_up(act),
    )


def _record(body: Programme, lot: int) -> ProgrammeRecord:
    return ProgrammeRecord(
        body.coin, body.budget_won, body.opens_at_s, body.closes_at_s, body.spend_until_s, body.categories, body.name,
        lot, body.person_won, body.spend_days, body.shops,
    )


def _may_change(before: ProgrammeRecord, body: Programme, now_s: int, rules: Rules) -> bool:
    if body.coin != before.coin:
        return False
    closes = body.closes_at_s >= before.closes_at_s or (rules.early_close and body.closes_at_s >= now_s)
    same = closes and all(getattr(body, name) == getattr(before, name) for name in _FIXED)
    return same or now_s < before.opens_at_s


# --- the day's totals ------------------------------------------------------------------

def totals(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """The day's figures of one coin stand in clear in the log; they move nothing. Once a day and coin.

    BAD_FIELD       no such coin, or a figure out of range
    UNKNOWN_KEY, REVOKED_KEY, NO_RIGHT      signed by the server's notice key
    ALREADY_DONE    the message, or another for this day and coin
    EXPIRED, TOO_FAR_AHEAD
    """
    body = act.message.body
    figures = (body.issued_won, body.redeemed_won, body.expired_won, body.outstanding_won)
    require(1 <= body.coin <= state.coins and all(0 <= won <= MAX_WON for won in figures), "BAD_FIELD")
    server_key(state, act, now_s, rules)
    that_day = totals_id(body.day, body.coin)
    require(state.entry_of(*that_day) is None, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    return Decision(ids=(*used_up(act), that_day))


def totals_id(day: int, coin: int) -> tuple[int, bytes]:
    """What the totals of a day and coin use up, beside their message's id."""
    return day, b"hagc/totals/" + coin.to_bytes(8, "big")


# --- the files that browsers load ------------------------------------------------------

def served(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Which files browsers are served from now on stands in clear in the log, when it is another list than before.

    BAD_FIELD       no SHA-256
    UNKNOWN_KEY, REVOKED_KEY, NO_RIGHT      signed by the server's notice key
    ALREADY_DONE    the message, or this list is the last one
    EXPIRED, TOO_FAR_AHEAD
    """
    body = act.message.body
    require(len(body.digest) == 32, "BAD_FIELD")
    server_key(state, act, now_s, rules)
    record = ServedRecord(body.digest)
    require(state.get(Register.SERVED, 0) != record, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    return Decision(records=((Register.SERVED, 0, record),), ids=used_up(act))


# --- numbers, names, keys --------------------------------------------------------------

def _numbered(state: State, register: Register, number: int) -> tuple[tuple[Register, Register, Count], ...]:
    """What to count when `number` is new; nothing when it exists; else NUMBER_TAKEN."""
    count = state.get(Register.COUNT, register)
    following = count.taken + 1 if count else 1
    require(1 <= number <= following, "NUMBER_TAKEN", next=following)
    return ((Register.COUNT, register, Count(number)),) if number == following else ()


def _name(name: bytes, shortest: int, longest: int) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return shortest <= len(name) <= longest


def _own_key(state: State, key: bytes, but: tuple[Register, int]) -> None:
    """KEY_TAKEN when `key` is a root's, an officer's, the server's or a resident's, leaving out `but`."""
    if key in state.root_keys or state.get(Register.KEY, key) is not None:
        raise Refusal("KEY_TAKEN")
    for register in (Register.OFFICER, Register.OPERATIONAL):
        count = state.get(Register.COUNT, register)
        for number in range(1, count.taken + 1 if count else 1):
            if (register, number) != but and state.get(register, number).key == key:
                raise Refusal("KEY_TAKEN")
