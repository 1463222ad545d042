"""The monthly look through the access record: who saw whose data how often and why, what stands out, and who signed it off.

What is marked is no offence: it is where a second person should ask.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from app.desk.office import Office
from app.errors import Refusal
from app.message import canon
from app.money.orders import ADMINISTRATOR, AUDITOR
from app.people import access, blanks, cards, register, reviews, signin
from app.people.access import Access
from app.people.people import People
from app.people.reviews import Review

ROLES = AUDITOR | ADMINISTRATOR
OFFICE_HOURS = 8, 19        # on weekdays; who works later is asked once a month
MANY_AN_HOUR = 20           # of one officer: nobody serves so many people at a counter
BY_MANY = 3                 # officers who looked at the same person
EVERY = 10_000              # lines of one person, in two years
MARKS = HOURS, OWN, MANY, CROWD, BOTH, AGAIN = "hours", "own", "many", "crowd", "both", "again"


@dataclass(frozen=True, slots=True)
class Line:
    access: Access
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """One officer's month."""
    officer: int
    lines: int
    people: int             # different ones
    marks: Counter


@dataclass(frozen=True, slots=True)
class Report:
    month: str
    from_s: int
    until_s: int
    over: bool              # the month is, so that it can be signed off
    lines: list[Line]       # oldest first
    officers: list[Sum]     # who looked most often first
    digest: bytes           # 32, over all lines
    signed: Review | None

    @property
    def marked(self) -> list[Line]:
        return [line for line in self.lines if line.marks]


def month_before(office: Office) -> str:
    """The last month that is over."""
    first = datetime.fromtimestamp(office.now_s(), office.city.zone).date().replace(day=1)
    return f"{first - timedelta(1):%Y-%m}"


def report(office: Office, month: str) -> Report:
    """FIELD_WRONG for what is no month."""
    from_s, until_s = _span(office, month)
    found = access.between(office.people, from_s, until_s)
    marks = _marks(office, found)
    lines = [Line(each, tuple(mark for mark in MARKS if each.number in marks[mark])) for each in found]
    return Report(month, from_s, until_s, until_s <= office.now_s(), lines, _sums(lines), _digest(found), reviews.of(office.people, month))


def sign_off(office: Office, officer: int, month: str, seen: str, remark: str) -> None:
    """Says for good that the month was looked through. `seen`: the digest of the page that was looked at.

    FIELD_WRONG (month) before the month is over; OWN_RECORD when the officer's own looks are in it; DOOR_ANEW when their way to
    sign in was made anew since it began; ALREADY_DONE; FORM_EXPIRED when the page showed other lines."""
    found = report(office, month)
    if not found.over:
        raise Refusal("FIELD_WRONG", field="month")
    if any(line.access.officer == officer for line in found.lines):
        raise Refusal("OWN_RECORD")
    if _anew(office, officer, found.from_s):
        raise Refusal("DOOR_ANEW")
    if seen != found.digest.hex():
        raise Refusal("FORM_EXPIRED")
    reviews.sign(office.people, Review(month, officer, office.now_s(), len(found.lines), found.digest, remark))


def owed(office: Office, officer: int) -> str:
    """The last month that is over, when it holds looks of others alone and nobody has signed it off; else empty."""
    month = month_before(office)
    if reviews.of(office.people, month) is not None:
        return ""
    from_s, until_s = _span(office, month)
    lines = access.between(office.people, from_s, until_s)
    others = lines and all(each.officer != officer for each in lines)
    return month if others and not _anew(office, officer, from_s) else ""


def _anew(office: Office, officer: int, from_s: int) -> bool:
    """Whether somebody gave out a new way to sign in as this officer since: who made it may have kept it, and would sign off their own
    looks."""
    return any(each.what == access.AGAIN and each.at_s >= from_s
               for each in access.of_person(office.people, access.of_officer(officer), EVERY))


def _span(office: Office, month: str) -> tuple[int, int]:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Refusal("FIELD_WRONG", field="month") from None
    if len(month) != 7 or not 1970 < first.year < 9999:
        raise Refusal("FIELD_WRONG", field="month")
    after = first + timedelta(monthrange(first.year, first.month)[1])
    return tuple(int(datetime.combine(day, time(), office.city.zone).timestamp()) for day in (first, after))


# --- what stands out -----------------------------------------------------------------------

def _marks(office: Office, found: Sequence[Access]) -> dict[str, set[int]]:
    """mark → numbers of the lines that carry it."""
    names = {each.number: each.name for each in signin.officers(office.people)}
    looked: dict[bytes, set[int]] = {}
    for each in found:
        looked.setdefault(each.person, set()).add(each.officer)
    return {
        HOURS: {each.number for each in found if not _at_work(datetime.fromtimestamp(each.at_s, office.city.zone))},
        OWN: {each.number for each in found if register.is_named(office.people, each.person, names.get(each.officer, ""))},
        MANY: _many(found),
        CROWD: {each.number for each in found if len(looked[each.person]) >= BY_MANY},
        BOTH: {each.number for each in found if _has_both(office.people, each)},
        AGAIN: {each.number for each in found if each.what == access.AGAIN},    # who made it could sign in as that officer
    }


def _at_work(at: datetime) -> bool:
    return at.weekday() < 5 and OFFICE_HOURS[0] <= at.hour < OFFICE_HOURS[1]


def _many(found: Sequence[Access]) -> set[int]:
    """Lines within any 60 minutes in which one officer looked so often."""
    by_officer: dict[int, list[Access]] = {}
    for each in found:
        by_officer.setdefault(each.officer, []).append(each)
    marked: set[int] = set()
    for lines in by_officer.values():
        start = 0
        for end, each in enumerate(lines):
            while each.at_s - lines[start].at_s >= 3600:
                start += 1
            if end - start + 1 >= MANY_AN_HOUR:
                marked.update(line.number for line in lines[start:end + 1])
    return marked


def _has_both(people: People, one: Access) -> bool:
    """Whether by this line its officer came to have printed a person's card and another PIN slip for it: with both one pays."""
    if one.what not in (cards.SHEET, cards.AGAIN):
        return False
    places, other = [one.person], {cards.AGAIN}
    if one.what == cards.AGAIN:
        batches = {card.batch for card in cards.of_person(people, one.person)} - {0}
        places, other = [one.person, *map(access.of_batch, batches)], {cards.SHEET, blanks.SHEET}
    before = (each for place in places for each in access.of_person(people, place, EVERY) if each.number < one.number)
    return any(each.officer == one.officer and each.what in other for each in before)


def _sums(lines: Sequence[Line]) -> list[Sum]:
    by_officer: dict[int, list[Line]] = {}
    for line in lines:
        by_officer.setdefault(line.access.officer, []).append(line)
    sums = [Sum(officer, len(theirs), len({line.access.person for line in theirs}), Counter(mark for line in theirs for mark in line.marks))
            for officer, theirs in by_officer.items()]
    return sorted(sums, key=lambda one: (-one.lines, one.officer))


def _digest(found: Sequence[Access]) -> bytes:
    digest = sha256()
    for each in found:
        digest.update(canon.encode([each.number, each.at_s, each.officer, each.person, each.what.encode(), each.why.encode()]))
    return digest.digest()
