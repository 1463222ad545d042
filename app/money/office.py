"""Who may act, and under which rules: what an office decides about itself."""

from app.money.orders import Act
from app.money.orders_office import Standing
from app.money.rules import RULES, Rules, in_force
from app.money.signers import fresh, officers, person_of, require, roots, used_up
from app.money.state import Decision, Register, RulebookRecord, StandingRecord, State

PERSON_BYTES = 16


def standing(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """Two officers suspend a third at once, let them act again, or say who they are among the people.

    The roots' word on keys and roles stays as it is: this can only take away, and give that back.

    BAD_FIELD
    REVOKED_KEY, UNKNOWN_OFFICER, OFFICER_NOT_VALID, NO_RIGHT, SAME_OFFICER, APPROVALS_MISSING
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    OWN_CASE        one of the two is the subject
    PERSON_NAMED    another officer is said to be this person     facts: officer
    NOT_FOUND       there is no such officer
    """
    body = act.message.body
    require(body.suspended in (0, 1) and len(body.person) in (0, PERSON_BYTES), "BAD_FIELD")
    officers(state, act, now_s, rules)
    fresh(state, act, now_s, rules)
    require(body.subject not in (body.officer, *(signed.body.signer for signed in act.approvals)), "OWN_CASE")
    other = named_before(state, body, now_s, rules)
    require(other is None, "PERSON_NAMED", officer=other)
    require(state.get(Register.OFFICER, body.subject) is not None, "NOT_FOUND", field="officer")
    record = StandingRecord(body.suspended, body.person)
    return Decision(records=((Register.STANDING, body.subject, record),), ids=used_up(act))


def named_before(state: State, body: Standing, now_s: int, rules: Rules) -> int | None:
    """The number of another officer, whose time has not ended, who is the person that a standing newly names. What it only
    repeats is let pass: an officer who was named so before must be suspended all the same."""
    if not rules.persons_apart or not body.person or body.person == person_of(state, body.subject):
        return None
    count = state.get(Register.COUNT, Register.OFFICER)
    for number in range(1, count.taken + 1 if count else 1):
        officer = state.get(Register.OFFICER, number)
        acts = officer.roles and now_s < officer.valid_until_s
        if number != body.subject and acts and person_of(state, number) == body.person:
            return number
    return None


def rulebook(state: State, act: Act, now_s: int, rules: Rules) -> Decision:
    """The roots put a later rule set in force. What was entered before stays decided under its own.

    BAD_FIELD       no rule set of this program, or none that is later
    UNKNOWN_KEY, SAME_OFFICER, APPROVALS_MISSING    the root keys, as many as the genesis asks for
    ALREADY_DONE, EXPIRED, TOO_FAR_AHEAD
    """
    body = act.message.body
    require(body.version in RULES and body.version > in_force(state).version, "BAD_FIELD")
    roots(state, act)
    fresh(state, act, now_s, rules)
    return Decision(records=((Register.RULEBOOK, 0, RulebookRecord(body.version)),), ids=used_up(act))
