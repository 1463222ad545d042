"""Who signed, and may they: each signer is looked up in its register as it stands now.

The signature itself was verified before, under `Signed.key`; here that key must be the one
that the register holds for the alias, till, officer, root or server key that the message names.
"""

from app.errors import WORDS, Refusal
from app.money.orders import OFFICERS, ROOTS, Act, Approval, Signed
from app.money.rules import Rules
from app.money.state import Key, Register, State, TillRecord

ALIAS, KEY, TILL = Register.ALIAS, Register.KEY, Register.TILL


def require(holds: object, word: str, **facts: int | str) -> None:
    if not holds:
        raise Refusal(word, **facts)


def in_time(now_s: int, rules: Rules, *bodies: object) -> None:
    """EXPIRED (fact: expires_at_s), then TOO_FAR_AHEAD, of any of them."""
    for body in bodies:
        if now_s > body.expires_at_s:
            raise Refusal("EXPIRED", expires_at_s=body.expires_at_s)
    for body in bodies:
        if body.expires_at_s - now_s > rules.life_s(body):
            raise Refusal("TOO_FAR_AHEAD")


def fresh(state: State, act: Act, now_s: int, rules: Rules) -> None:
    """ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD: of the message, then of its approvals."""
    message = act.message
    require(state.entry_of(message.body.expires_at_s, message.id) is None, "ALREADY_DONE")
    in_time(now_s, rules, message.body, *(approval.body for approval in act.approvals))


def used_up(act: Act) -> tuple[tuple[int, bytes], ...]:
    """The ids that an accepted act uses up for ever: its own and its approvals'."""
    return tuple((signed.body.expires_at_s, signed.id) for signed in (act.message, *act.approvals))


# --- residents and tills ---------------------------------------------------------------

def resident_key(state: State, signed: Signed, alias: bytes) -> Key:
    """UNKNOWN_KEY: no such alias, or another key signed. REVOKED_KEY."""
    known = state.get(ALIAS, alias)
    if known is None or known.key != signed.key:
        raise Refusal("UNKNOWN_KEY")
    key = state.get(KEY, known.key)
    if key.revoked:
        raise Refusal("REVOKED_KEY")
    return key


def till_fault(till: TillRecord | None, signed_by: bytes, key: bytes, may: bool) -> str | None:
    """The lowest word that stands against a till's message, or None.

    REVOKED_KEY   the till has other keys now
    NO_RIGHT      the till lacks the right, or its refund key signed what the till key must, or the reverse
    UNKNOWN_TILL
    TILL_REVOKED  it has no right left at all
    """
    if till is None:
        return "UNKNOWN_TILL"
    if signed_by not in (till.key, till.refund_key):
        return "REVOKED_KEY"
    if not till.rights:
        return "TILL_REVOKED"
    return None if may and signed_by == key else "NO_RIGHT"


# --- officers, roots, the server's own keys --------------------------------------------

def officers(state: State, act: Act, now_s: int, rules: Rules, second: int | None = None) -> None:
    """The officer who signed, and the second one where the rules ask for two. `second`: roles, one of which
    the second officer must have where this very act needs one though its kind does not.

    REVOKED_KEY        the officer has another key now
    UNKNOWN_OFFICER
    OFFICER_NOT_VALID  before or after their time, or dismissed
    NO_RIGHT           none of the roles that this act asks for
    SAME_OFFICER       one officer, or one key, twice; or one person under two numbers
    APPROVALS_MISSING  a second officer's is missing, or one is on something else
    """
    kind = type(act.message.body)
    second = rules.checkers.get(kind, second)
    require(second is not None or not act.approvals, "BAD_FIELD")
    faults = [officer_fault(state, act.message, act.message.body.officer, rules.signers[kind], now_s)]
    faults += [officer_fault(state, signed, signed.body.signer, second, now_s) for signed in _approvals(act, OFFICERS)]
    _raise_lowest(faults)
    _apart(act, act.message.body.officer)
    require(not rules.persons_apart or not one_person(state, *_numbers(act)), "SAME_OFFICER")
    require(_approved(act, OFFICERS) >= (second is not None), "APPROVALS_MISSING")


def not_their_own(state: State, act: Act, person: bytes) -> None:
    """OWN_CASE: an officer who signed is this person (16; empty: nobody)."""
    require(not person or person not in {person_of(state, number) for number in _numbers(act)}, "OWN_CASE")


def _numbers(act: Act) -> list[int]:
    """Of the officers who signed."""
    return [act.message.body.officer, *(signed.body.signer for signed in _approvals(act, OFFICERS))]


def one_person(state: State, *officers: int) -> bool:
    """Whether two of these officers are known to be the same person."""
    known = [person for number in officers if (person := person_of(state, number))]
    return len(set(known)) < len(known)


def person_of(state: State, officer: int) -> bytes:
    """Who an officer is in the people register (16); empty when nobody said so."""
    standing = state.get(Register.STANDING, officer)
    return standing.person if standing else b""


def officer_fault(state: State, signed: Signed, number: int, roles: int, now_s: int) -> str | None:
    """The word that stands against the signature of officer `number`, who must have one of `roles`; or None."""
    officer = state.get(Register.OFFICER, number)
    if officer is None:
        return "UNKNOWN_OFFICER"
    if officer.key != signed.key:
        return "REVOKED_KEY"
    if not officer.roles or not officer.valid_from_s <= now_s < officer.valid_until_s:
        return "OFFICER_NOT_VALID"
    standing = state.get(Register.STANDING, number)
    if standing is not None and standing.suspended:
        return "OFFICER_NOT_VALID"
    return None if officer.roles & roles else "NO_RIGHT"


def roots(state: State, act: Act) -> None:
    """As many root keys as the genesis asks for.

    UNKNOWN_KEY        no such root, or another key signed
    SAME_OFFICER       one root twice
    APPROVALS_MISSING  fewer than the threshold, or one is on something else
    """
    signers = [(act.message.body.root, act.message)]
    signers += [(signed.body.signer, signed) for signed in _approvals(act, ROOTS)]
    for index, signed in signers:
        require(index < len(state.root_keys) and state.root_keys[index] == signed.key, "UNKNOWN_KEY")
    _apart(act, act.message.body.root)
    require(1 + _approved(act, ROOTS) >= state.threshold, "APPROVALS_MISSING")


def server_key(state: State, act: Act, now_s: int, rules: Rules) -> None:
    """One of the server's own keys, for its one purpose.

    UNKNOWN_KEY   no such number
    REVOKED_KEY   the number has another key now, or it is before or after its time
    NO_RIGHT      a key for something else
    """
    body = act.message.body
    require(not act.approvals, "BAD_FIELD")
    record = state.get(Register.OPERATIONAL, body.operational)
    require(record is not None, "UNKNOWN_KEY")
    in_force = record.valid_from_s <= now_s < record.valid_until_s
    require(record.key == act.message.key and in_force, "REVOKED_KEY")
    require(record.role == rules.operational[type(body)], "NO_RIGHT")


def _approvals(act: Act, board: int) -> list[Signed]:
    return [signed for signed in act.approvals if type(signed.body) is Approval and signed.body.board == board]


def _approved(act: Act, board: int) -> int:
    """How many approvals there are; none at all when one of them is not on this message."""
    good = [signed for signed in _approvals(act, board) if signed.body.approved == act.message.id]
    return len(good) if len(good) == len(act.approvals) else -1


def _apart(act: Act, signer: int) -> None:
    numbers = [signer, *(getattr(signed.body, "signer", None) for signed in act.approvals)]
    keys = {signed.key for signed in (act.message, *act.approvals)}
    require(len(set(numbers)) == len(numbers) == len(keys), "SAME_OFFICER")


def _raise_lowest(faults: list[str | None]) -> None:
    found = [word for word in faults if word is not None]
    if found:
        raise Refusal(min(found, key=lambda word: WORDS[word].number))
