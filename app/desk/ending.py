"""Money that ends soon, and whose: what a slip says, and whom officers call or write to. Those without a phone hear of it no
other way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register
from app.people import access, calls, cards, joins
from app.people.calls import Call

DAY_S = 86_400
WARN_DAYS, SOON_DAYS = 14, 3
NONE, CARD, WALLET = "none", "card", "wallet"       # how a person has their money; NONE: it waits for them
AT_ONCE = 200       # letters of one file


@dataclass(frozen=True, slots=True)
class End:
    """What ends on one day of the city's clocks, the last on which it is good."""
    day: date
    left_days: int      # after today
    amount_won: int
    expires_at_s: int   # the latest of that day


@dataclass(frozen=True, slots=True)
class Ending:
    """One person and what of theirs ends soon, soonest first."""
    person: bytes       # 16
    kind: str
    ends: tuple[End, ...]
    call: Call | None   # of this time: none that was before

    @property
    def amount_won(self) -> int:
        return sum(end.amount_won for end in self.ends)


@dataclass(frozen=True, slots=True, repr=False)
class Warned:
    """A letter to one person. No repr: whoever reads a code can use it."""
    person: bytes
    name: str
    reference: str
    code: str           # to join with; empty for who has wallet or card
    until_s: int        # the code's
    ending: Ending


def by_day(office: Office, held: Iterable[tuple[int, int]]) -> tuple[End, ...]:
    """(expires_at_s, won) of one person's money, as days, soonest first."""
    zone, days = office.city.zone, {}
    today = datetime.fromtimestamp(office.now_s(), zone).date()
    for expires_at_s, won in sorted(held):
        day = datetime.fromtimestamp(expires_at_s - 1, zone).date()
        before = days.get(day)
        days[day] = End(day, (day - today).days, won + (before.amount_won if before else 0), expires_at_s)
    return tuple(days.values())


def count(office: Office, days: int) -> int:
    """How many people's money ends within so many days."""
    now_s = office.now_s()
    return office.store.ending_count(now_s, now_s + days * DAY_S)


def people(office: Office, days: int) -> list[Ending]:
    """Whose money ends within so many days, who ends first before; those whom no person in the register stands for are left out."""
    now_s = office.now_s()
    held: dict[bytes, list[tuple[int, int]]] = {}
    without: set[bytes] = set()
    for owner, expires_at_s, won in office.store.ending(now_s, now_s + days * DAY_S):
        person, waits = _person(office, owner)
        if person:
            held.setdefault(person, []).append((expires_at_s, won))
            without |= {person} if waits else set()
    with_card, called = cards.holders(office.people), calls.newest(office.people)
    found = []
    for person, each in held.items():
        kind = NONE if person in without else CARD if person in with_card and _card_lives(office, person) else WALLET
        found.append(_ending(office, (person, each), kind, called.get(person), days))
    return found


def _person(office: Office, owner: int) -> tuple[bytes, bool]:
    """Who an account number stands for, or empty; whether the money waits for them."""
    holder = office.store.holder_of(owner)
    if len(holder) == 16:
        return holder, True
    account = office.store.get(Register.ACCOUNT, holder) if holder else None
    return (account.person, False) if account else (b"", False)


def _card_lives(office: Office, person: bytes) -> bool:
    """Whether one of a person's cards still pays: a phone may have taken its place."""
    keys = (office.store.get(Register.KEY, card.key) for card in cards.of_person(office.people, person))
    return any(key is not None and not key.revoked for key in keys)


def _ending(office: Office, whose: tuple[bytes, list[tuple[int, int]]], kind: str, call: Call | None, days: int) -> Ending:
    person, held = whose
    ends = by_day(office, held)
    return Ending(person, kind, ends, call if call and call.at_s >= since_s(ends, days) else None)


def since_s(ends: tuple[End, ...], days: int) -> int:
    """From when on a call was one about these `days`: at two weeks and at three days people are called again."""
    return ends[0].expires_at_s - days * DAY_S


def letters(office: Office, officer: int, chosen: list[Ending], why: str) -> list[Warned]:
    """What is printed for these people, at most AT_ONCE; who has neither wallet nor card gets a code, which ends the one before.
    Each is on the access record. LIST_EMPTY, REASON_MISSING."""
    why = access.reason(why)
    if not chosen:
        raise Refusal("LIST_EMPTY")
    chosen = chosen[:AT_ONCE]
    coded = [each.person for each in chosen if each.kind == NONE]
    codes = {letter.person: letter for letter in joins.letters(office.people, officer, coded, why)}
    names = joins.addresses(office.people, officer, [each.person for each in chosen if each.kind != NONE], why)
    made = []
    for each in chosen:
        letter = codes.get(each.person)
        if letter:
            made.append(Warned(each.person, letter.name, letter.reference, letter.code, letter.until_s, each))
        elif each.person in names:
            made.append(Warned(each.person, *names[each.person], "", 0, each))
    return made
