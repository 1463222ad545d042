"""Residents' accounts, their devices' keys, the aliases of a key, and whose account it is."""

from dataclasses import replace

from app.money import policy
from app.money.lots import resident_lot
from app.money.orders import CARD, HARD, SOFT, Act
from app.money.rules import Rules
from app.money.signers import fresh, not_their_own, officers, require, resident_key, used_up
from app.money.state import (
    CLAIM, RESIDENT, Account, Alias, Count, Decision, Key, Leg, Lot, Person, Register, State,
)

ADDRESS_BYTES = ALIAS_BYTES = 8
ACCOUNT, KEY, ALIAS, PERSON = Register.ACCOUNT, Register.KEY, Register.ALIAS, Register.PERSON


def account_open(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A new wallet opens an account with its first key.

    given: the address (8) and the first aliases (8 each), drawn by the server.

    BAD_FIELD       no such grade; approvals where none are asked for; given things of another shape
    UNKNOWN_KEY     another key signed
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    the address or an alias was drawn before
    KEY_TAKEN       the key has an account
    """
    body = act.message.body
    require(body.grade in (HARD, SOFT, CARD) and not act.approvals and len(act.given) == 2, "BAD_FIELD")
    address, aliases = act.given[0], _aliases(act.given[1])
    require(len(address) == ADDRESS_BYTES and 0 < len(aliases) <= rules.max_aliases, "BAD_FIELD")
    require(act.message.key == body.key, "UNKNOWN_KEY")
    fresh(state, act, now_s, rules)
    require(state.get(ACCOUNT, address) is None, "NUMBER_TAKEN")
    named = _named(state, aliases, body.key)
    require(state.get(KEY, body.key) is None, "KEY_TAKEN")
    count = state.get(Register.COUNT, ACCOUNT)
    number = count.taken + 1 if count else 1
    return Decision(
        records=(
            (ACCOUNT, address, Account(number, 0, b"")),
            (KEY, body.key, Key(address, body.grade, 0)),
            *named,
            (Register.COUNT, ACCOUNT, Count(number)),
        ),
        ids=used_up(act),
    )


def alias_batch(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A wallet stocks up: fresh one-time names of the key behind `alias`. What is written stays for ever, so it
    is for people only: a key that anybody made has its first names, and may use the last one again.

    given: the aliases (8 each), drawn by the server.

    BAD_FIELD       none, too many, or not as many as asked; approvals
    UNKNOWN_KEY, REVOKED_KEY
    NO_RIGHT        the account is no person's
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN    an alias was drawn before
    """
    body = act.message.body
    require(0 < body.count <= rules.max_aliases and not act.approvals and len(act.given) == 1, "BAD_FIELD")
    aliases = _aliases(act.given[0])
    require(len(aliases) == body.count, "BAD_FIELD")
    key = resident_key(state, act.message, body.alias)
    require(state.get(ACCOUNT, key.account).person, "NO_RIGHT")
    fresh(state, act, now_s, rules)
    return Decision(records=_named(state, aliases, act.message.key), ids=used_up(act))


def _aliases(joined: bytes) -> list[bytes]:
    """Cuts what stands one behind the other; [] when that leaves a rest."""
    if len(joined) % ALIAS_BYTES:
        return []
    return [joined[i:i + ALIAS_BYTES] for i in range(0, len(joined), ALIAS_BYTES)]


def _named(state: State, aliases: list[bytes], key: bytes) -> tuple[tuple[Register, bytes, Alias], ...]:
    require(len(set(aliases)) == len(aliases), "NUMBER_TAKEN")
    for alias in aliases:
        require(state.get(ALIAS, alias) is None, "NUMBER_TAKEN")
    return tuple((ALIAS, alias, Alias(key)) for alias in aliases)


# --- the town office -------------------------------------------------------------------

def link(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A person's account; with an empty person, the account is nobody's again (its money stays). What was reserved for
    the person comes with it.

    Who had an account before gets another only by two officers: else one alone could turn a
    person's next grants to a wallet of their own.

    BAD_FIELD
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    UNKNOWN_ACCOUNT
    ALREADY_DONE      or the account that shall be nobody's is
    EXPIRED, TOO_FAR_AHEAD
    PERSON_LINKED     this person has an account
    ACCOUNT_LINKED    this account has a person
    OWN_CASE          the person is an officer who signed; the same of an account that shall be nobody's, under later rules
    """
    body = act.message.body
    require(len(body.person) in (0, 16), "BAD_FIELD")
    person = state.get(PERSON, body.person) if body.person else None
    before = person is not None and not person.account
    officers(state, act, now_s, rules, rules.relinkers if before else None)
    account = state.get(ACCOUNT, body.account)
    require(account is not None, "UNKNOWN_ACCOUNT")
    require(body.person or account.person, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    records = ((ACCOUNT, body.account, replace(account, person=body.person)),)
    if not body.person:
        if not rules.own_freeze:        # else a stopped wallet could be made nobody's, and let go by its own holder
            not_their_own(state, act, account.person)
        left = Person(b"", body.account if rules.waiting_counts else b"")
        return Decision(records=(*records, (PERSON, account.person, left)), ids=used_up(act))
    require(person is None or not person.account, "PERSON_LINKED")
    require(not account.person, "ACCOUNT_LINKED")
    not_their_own(state, act, body.person)
    legs, opened = _claimed(state, body.person, account.number, now_s)
    return Decision(
        legs=legs, lots=opened, records=(*records, (PERSON, body.person, Person(body.account))), ids=used_up(act),
        account=account.number if legs else None,
    )


def _claimed(state: State, person: bytes, account: int, now_s: int) -> tuple[tuple[Leg, ...], tuple[Lot, ...]]:
    """What waits for a person, into lots of the same programme and expiry; what has expired waits for the sweep."""
    reserved = state.get(Register.RESERVED, person)
    legs, opened = [], []
    for lot in state.lots_of(RESIDENT, reserved.number) if reserved else ():
        if not lot.balance_won or lot.expires_at_s <= now_s:
            continue
        into = resident_lot(state, account, lot.programme, lot.expires_at_s)
        if into is None:
            into = Lot(state.next_lot + len(opened), RESIDENT, account, lot.programme, lot.expires_at_s, 0, 0)
            opened.append(into)
        legs.append(Leg(CLAIM, lot.id, into.id, lot.balance_won))
    return tuple(legs), tuple(opened)


def key_add(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers bind another device to an account: the way back in after a lost phone, a caregiver's phone with a
    limit a day, a paper card. In place of a lost key, that one is revoked by the same entry, if it was not before.

    The new phone has usually opened an account of its own to be able to speak at all: its key
    moves, with its aliases, when that account is empty and nobody's. A key that has no account
    gets its first aliases here (given: 8 each).

    BAD_FIELD        no such grade; given things of another shape
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    UNKNOWN_ACCOUNT
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    NUMBER_TAKEN     an alias was drawn before
    KEY_TAKEN        the key was revoked, or its account is this one, somebody's, or holds money; the replaced key is
                     not this account's, or by earlier rules was revoked before
    OWN_CASE         the account is an officer's who signed
    """
    body = act.message.body
    aliases = [alias for given in act.given for alias in _aliases(given)]
    require(body.grade in (HARD, SOFT, CARD) and len(aliases) <= rules.max_aliases, "BAD_FIELD")
    require(len(body.replaces) in (0, 32) and body.replaces != body.key, "BAD_FIELD")
    require(sum(map(len, act.given)) == ALIAS_BYTES * len(aliases), "BAD_FIELD")
    officers(state, act, now_s, rules)
    account = state.get(ACCOUNT, body.account)
    require(account is not None, "UNKNOWN_ACCOUNT")
    fresh(state, act, now_s, rules)
    named = _named(state, aliases, body.key)
    key, lost = state.get(KEY, body.key), state.get(KEY, body.replaces) if body.replaces else None
    require(key is None or _may_move(state, key, body.account), "KEY_TAKEN")
    require(not body.replaces or _may_be_replaced(lost, body.account, rules), "KEY_TAKEN")
    not_their_own(state, act, account.person)
    bound = Key(body.account, body.grade, 0, body.day_won, now_s if lost or rules.new_key_waits else 0)
    ended = ((KEY, body.replaces, _revoked(state, lost, now_s, rules)),) if lost and not lost.revoked else ()
    return Decision(records=((KEY, body.key, bound), *ended, *named), ids=used_up(act))


def _may_move(state: State, key: Key, to: bytes) -> bool:
    account = state.get(ACCOUNT, key.account)
    empty = not any(lot.balance_won for lot in state.lots_of(RESIDENT, account.number))
    return not key.revoked and key.account != to and not account.person and empty


def _may_be_replaced(lost: Key | None, account: bytes, rules: Rules) -> bool:
    return lost is not None and lost.account == account and (rules.replaces_revoked or not lost.revoked)


def key_revoke(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """A lost or stolen device's key can't sign any more, for ever; the account and its money stay.

    UNKNOWN_KEY       no resident has this key
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT
    ALREADY_DONE      or the key was revoked before
    EXPIRED, TOO_FAR_AHEAD
    """
    body = act.message.body
    key = state.get(KEY, body.key)
    require(key is not None, "UNKNOWN_KEY")
    officers(state, act, now_s, rules)
    require(not key.revoked, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    return Decision(records=((KEY, body.key, _revoked(state, key, now_s, rules)),), ids=used_up(act))


def _revoked(state: State, key: Key, now_s: int, rules: Rules) -> Key:
    """Lost since the account was frozen for it, if it is."""
    account = state.get(ACCOUNT, key.account)
    since_s = account.frozen_s if account.frozen else now_s
    return replace(key, revoked=1, revoked_s=since_s if rules.as_of_taking else 0)


def freeze(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Nothing is paid out of a frozen account but what a shop took without a network before; refunds still come in.
    Lifted the same way.

    BAD_FIELD
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT
    UNKNOWN_ACCOUNT
    ALREADY_DONE      or the account is so already
    EXPIRED, TOO_FAR_AHEAD
    OWN_CASE          the account is the officer's who signed
    """
    body = act.message.body
    require(body.frozen in (0, 1), "BAD_FIELD")
    officers(state, act, now_s, rules)
    account = state.get(ACCOUNT, body.account)
    require(account is not None, "UNKNOWN_ACCOUNT")
    require(account.frozen != body.frozen, "ALREADY_DONE")
    fresh(state, act, now_s, rules)
    not_their_own(state, act, b"" if rules.own_freeze else account.person)
    return Decision(
        records=((ACCOUNT, body.account, replace(account, frozen=body.frozen, **_frozen_when(account, now_s, rules))),),
        ids=used_up(act), account=account.number,
    )


def _frozen_when(account: Account, now_s: int, rules: Rules) -> dict[str, int]:
    """The span that a code of then is looked for in; spans that one certificate can reach together are one."""
    if not rules.as_of_taking:
        return {}
    if account.frozen:
        return {"thawed_s": now_s}
    again = account.frozen_s and now_s - account.thawed_s < policy.LONGEST_LIFE_S + rules.deposit_s
    return {} if again else {"frozen_s": now_s, "thawed_s": 0}
