"""곧 끝나는 돈: whose money ends within two weeks or three days, to be called or written to. Those without a phone first of all.

The reason is typed once for many calls; each number that is shown, with how much ends, is on the access record, and whose
number one officer has before them no other one calls. The list itself says of whom and when, and no amounts.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import ending
from app.desk.ending import Ending, Kept
from app.errors import Refusal
from app.money.orders import AUDITOR, REGISTRAR
from app.people import calls, register
from app.people.addresses import Addresses
from app.people.register import Masked
from app.web import ending_pdf
from app.web.console import tables, typed
from app.web.console.frame import Frame, Officer, file
from app.web.console.letters import posted_to
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.letter_pdf import Letters
from app.web.site import Services

PATH = "/console/people/ending"
DAYS = ending.WARN_DAYS, ending.SOON_DAYS
KINDS = ending.NONE, ending.CARD, ending.WALLET
TO_CALL, CALLED = "open", "called"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a person as everybody at the office may see them, and what of theirs ends."""
    one: Masked
    ending: Ending


def routes(services: Services) -> Blueprint:
    frame, kept = Frame(services), Kept(services.office)
    blueprint = frame.blueprint("ending")
    _calls(blueprint, frame, kept)
    _letters(blueprint, frame, kept)
    return blueprint


def _calls(blueprint: Blueprint, frame: Frame, kept: Kept) -> None:
    @blueprint.get(PATH)
    def page() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        officer.must(REGISTRAR | AUDITOR)
        if tables.wanted():
            return _file(frame, reader, _chosen(kept))
        return frame.page("ending.html", officer, "people", **_context(frame, kept, reader, ""))

    @blueprint.post(PATH)
    def call() -> str | Response:
        """A number is shown in this answer alone, or what became of the call is written down."""
        officer, reader, why = frame.posted(REGISTRAR), Reader(frame), request.form.get("why", "")
        try:
            shown = _done(frame, officer, why)
        except Refusal as refusal:
            return frame.again(refusal, "ending.html", officer, "people", **_context(frame, kept, reader, why))
        return frame.page("ending.html", officer, "people", **_context(frame, kept, reader, why, shown))


def _done(frame: Frame, officer: Officer, why: str) -> register.Person | None:
    """What the pressed button asks: the person whose number is shown, or None."""
    people = frame.office.people
    if request.form.get("undo"):
        calls.undo(people, officer.number, typed.from_hex(request.form["undo"], 16))
        return None
    for name, state in ((calls.CALLED, calls.CALLED), (calls.UNREACHED, calls.UNREACHED)):
        if request.form.get(name):
            person = typed.from_hex(request.form[name], 16)
            calls.mark(people, officer.number, person, state, _since_s(frame, person))
            return None
    if not request.form.get("look"):
        return None         # Enter in the reason: the list again
    person = typed.from_hex(request.form["look"], 16)
    return calls.look(people, officer.number, person, why, _since_s(frame, person))


def _since_s(frame: Frame, person: bytes) -> int:
    """NOT_FOUND for somebody of whom nothing ends."""
    ends = ending.ends_of(frame.office, person, _days())
    if not ends:
        raise Refusal("NOT_FOUND", field="person")
    return ending.since_s(ends, _days())


# --- whom ------------------------------------------------------------------------------------

def _days() -> int:
    return next((days for days in DAYS if request.args.get("days") == str(days)), DAYS[0])


def _chosen(kept: Kept) -> list[Ending]:
    """As the address filters."""
    who, called = request.args.get("who", ""), request.args.get("call", "")
    found = kept.people(_days())
    found = [each for each in found if who in ("", each.kind)]
    return [each for each in found if called == "" or (called == CALLED) == _is_called(each)]


def _is_called(one: Ending) -> bool:
    return one.call is not None and one.call.state == calls.CALLED


def _file(frame: Frame, reader: Reader, chosen: list[Ending]) -> Response:
    """TOO_LARGE before anybody's name is read."""
    if len(chosen) > tables.MOST_ROWS:
        raise Refusal("TOO_LARGE", most=tables.MOST_ROWS)
    return _listed(frame, reader).file(_lines(frame, chosen), reader)


def _lines(frame: Frame, chosen: list[Ending]) -> list[Line]:
    """Who is still in the register."""
    found = []
    for each in chosen:
        try:
            found.append(Line(register.get(frame.office.people, each.person), each))
        except Refusal:
            continue        # erased
    return found


def _context(frame: Frame, kept: Kept, reader: Reader, why: str, shown: register.Person | None = None) -> dict:
    found = _listed(frame, reader).page(_chosen(kept))
    now_s = frame.office.now_s()
    return {
        "page_of": found, "lines": _lines(frame, list(found.rows)), "days": _days(), "all_days": DAYS, "kinds": KINDS, "why": why,
        "shown": shown, "reader": reader, "held": lambda call: calls.is_held(call, now_s), "soon": ending.SOON_DAYS,
        "letters_at": f"{PATH}/letters?{request.query_string.decode()}",
    }


def _listed(frame: Frame, reader: Reader) -> Listing:
    names = frame.names()

    def of(one: Ending | Line) -> Ending:
        return one.ending if isinstance(one, Line) else one

    def said(line: Line) -> str:
        """What was done so far: the call, the letter."""
        call, letter = line.ending.call, line.ending.letter
        done = [(call.state, call.officer, call.at_s)] if call else []
        done += [("written", letter.officer, letter.at_s)] if letter else []
        return " / ".join(f"{reader.say(f'ending.{word}')} · {names(officer)} · {reader.moment(at_s)}" for word, officer, at_s in done)

    return Listing("ending", [
        Column("reference", "fields.reference", lambda line: line.one.reference),
        Column("name", "fields.name", lambda line: line.one.name),
        Column("phone", "fields.phone", lambda line: line.one.phone),
        Column("kind", "office.ending.kind", lambda line: reader.say(f"ending.kind_{line.ending.kind}"), lambda one: of(one).kind),
        Column("day", "office.ending.day", lambda line: line.ending.ends[0].day.isoformat(), lambda one: of(one).ends[0].expires_at_s),
        Column("left", "office.ending.left", lambda line: line.ending.ends[0].left_days),
        Column("call", "office.ending.call", said),
    ], key=lambda one: of(one).person.hex())


# --- letters ---------------------------------------------------------------------------------

NEXT = "next"


def _letters(blueprint: Blueprint, frame: Frame, kept: Kept) -> None:
    def context() -> dict:
        chosen = _chosen(kept)
        files = Counter((each.letter.batch, each.letter.officer, each.letter.at_s) for each in chosen if each.letter)
        return {"left": sum(not each.letter for each in chosen), "at_once": ending.AT_ONCE, "days": _days(), "next": NEXT,
                "files": sorted(files.items(), reverse=True), "back": f"{PATH}?{request.query_string.decode()}"}

    @blueprint.get(f"{PATH}/letters")
    def letters() -> str:
        officer = frame.officer()
        officer.must(REGISTRAR | AUDITOR)
        return frame.page("ending_letters.html", officer, "people", **context())

    @blueprint.post(f"{PATH}/letters")
    def make() -> Response:
        officer = frame.posted(REGISTRAR)
        try:
            to = posted_to()
            post = _made(frame, officer, _chosen(kept), to)
        except Refusal as refusal:
            return frame.again(refusal, "ending_letters.html", officer, "people", **context())
        city = frame.office.city
        content = ending_pdf.pdf(post, Letters(
            frame.services.shell.words, city.names.say("ko"), frame.office.genesis.host, city.zone, to.of))
        answer = file(f"ending-{_days()}-{datetime.fromtimestamp(frame.office.now_s(), city.zone):%Y%m%d-%H%M%S}.pdf", content, "application/pdf")
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _made(frame: Frame, officer: Officer, chosen: list[Ending], to: Addresses) -> list[ending.Warned]:
    """The next letters, or those of a file that was made before."""
    why = request.form.get("why", "")
    if request.form.get("part") == NEXT:
        return ending.letters(frame.office, officer.number, chosen, _days(), why, to)
    return ending.letters_again(frame.office, officer.number, chosen, typed.whole("part"), why, to)
