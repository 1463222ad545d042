"""사업: what each programme was given, issued and spent; a new one is signed by one officer and approved by another."""

import secrets

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act
from app.errors import Refusal
from app.money import orders
from app.money.orders import MAKER
from app.money.state import Register
from app.people import lists
from app.store.history import Figures
from app.web.console import typed
from app.web.console.acts import BY_TWO_S, ask
from app.web.console.frame import Frame, Officer, csv
from app.web.console.said import Reader
from app.web.site import Services

NAME_BYTES = 60
PATH = "/console/programmes"
PHASES = ("open", "soon", "closed")


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("programmes")
    _reading(blueprint, frame)
    _changing(blueprint, frame)
    return blueprint


def phase(found: Figures, now_s: int) -> str:
    record = found.record
    if now_s < record.opens_at_s:
        return "soon"
    return "open" if now_s < record.closes_at_s else "closed"


def one(frame: Frame, number: int) -> Figures:
    """UNKNOWN_PROGRAMME."""
    for found in frame.office.store.figures():
        if found.programme == number:
            return found
    raise Refusal("UNKNOWN_PROGRAMME", programme=number)


def _reading(blueprint: Blueprint, frame: Frame) -> None:
    store, people = frame.office.store, frame.office.people

    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, now_s = frame.officer(), frame.office.now_s()
        wanted_coin, wanted_phase = request.args.get("coin", ""), request.args.get("phase", "")
        found = [
            one for one in store.figures()
            if wanted_coin in ("", str(one.record.coin)) and wanted_phase in ("", phase(one, now_s))
        ]
        reader = Reader(frame)
        if request.args.get("csv"):
            return csv("programmes", _HEADER, [_cells(one, reader) for one in found])
        return frame.page("programmes.html", officer, "programmes", found=found, reader=reader, phases=PHASES,
                          phase=lambda one: phase(one, now_s), coins=frame.office.city.coins)

    @blueprint.get(f"{PATH}/<int:number>")
    def page(number: int) -> str:
        officer, found = frame.officer(), one(frame, number)
        theirs = [each for each in lists.newest(people, limit=500) if each.programme == number]
        return frame.page(
            "programme.html", officer, "programmes", one=found, lists=theirs, reader=Reader(frame),
            phase=phase(found, frame.office.now_s()), entries=store.entries_of(Register.PROGRAMME, number),
            waiting=act.waiting_for(frame.office, number),
        )


_HEADER = ["number", "name", "coin", "budget_won", "granted_won", "issued_won", "spent_won", "expired_won", "left_won",
           "closes", "spend_until"]


def _cells(one: Figures, reader: Reader) -> list[str | int]:
    record = one.record
    return [
        one.programme, record.name.decode(), reader.coin(record.coin), record.budget_won, one.granted_won,
        one.issued_won, one.spent_won, one.expired_won, one.left_won, reader.moment(record.closes_at_s),
        reader.moment(record.spend_until_s),
    ]


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    def form_page(officer: Officer, number: int, form: dict, refusal: Refusal | None = None):
        context = {
            "number": number, "reader": Reader(frame), "coins": frame.office.city.coins,
            "categories": frame.office.city.categories, "waiting": act.waiting_for(frame.office, number),
            "old": frame.office.store.get(Register.PROGRAMME, number),
        }
        if refusal:
            return frame.again(refusal, "programme_form.html", officer, "programmes", **context)
        return frame.page("programme_form.html", officer, "programmes", form=form, **context)

    @blueprint.get(f"{PATH}/new")
    def new() -> str:
        officer = frame.officer()
        officer.must(MAKER)
        today = typed.as_day(frame.office.now_s(), frame.office.city.zone)
        return form_page(officer, _next(frame), {"opens": today})

    @blueprint.get(f"{PATH}/<int:number>/change")
    def change(number: int) -> str:
        officer = frame.officer()
        officer.must(MAKER)
        record, zone = one(frame, number).record, frame.office.city.zone
        return form_page(officer, number, {
            "name": record.name.decode(), "coin": str(record.coin), "budget_won": f"{record.budget_won:,}",
            "opens": typed.as_day(record.opens_at_s, zone), "closes": typed.as_day(record.closes_at_s, zone, end=True),
            "spend_until": typed.as_day(record.spend_until_s, zone, end=True),
            **{f"category-{each}": "1" for each in record.categories},
        })

    @blueprint.post(f"{PATH}/new")
    @blueprint.post(f"{PATH}/<int:number>/change")
    def read(number: int = 0) -> str | Response:
        officer = frame.posted(MAKER)
        try:
            body = _body(frame, officer, number or _next(frame))
        except Refusal as refusal:
            return form_page(officer, number or _next(frame), {}, refusal)
        return ask(frame, officer, body, PATH)


def _next(frame: Frame) -> int:
    return act.next_number(frame.office, Register.PROGRAMME)


def _body(frame: Frame, officer: Officer, number: int) -> orders.Programme:
    """The programme as the form has it. Days that were not changed keep their hour."""
    zone, old = frame.office.city.zone, frame.office.store.get(Register.PROGRAMME, number)

    def at_s(name: str, before: int | None, end: bool) -> int:
        if before is not None and request.form.get(name) == typed.as_day(before, zone, end):
            return before
        return typed.day_s(name, zone, end)

    name, budget_won = typed.text("name", NAME_BYTES), typed.won("budget_won")
    coin = typed.whole("coin", [one.number for one in frame.office.city.coins])
    opens_at_s = at_s("opens", old.opens_at_s if old else None, False)
    closes_at_s = at_s("closes", old.closes_at_s if old else None, True)
    spend_until_s = at_s("spend_until", old.spend_until_s if old else None, True)
    if closes_at_s <= max(opens_at_s, frame.office.now_s()):
        raise Refusal("FIELD_WRONG", field="closes")
    if spend_until_s < closes_at_s:
        raise Refusal("FIELD_WRONG", field="spend_until")
    allowed = bytes(sorted(
        one.number for one in frame.office.city.categories if request.form.get(f"category-{one.number}")))
    return orders.Programme(
        officer.number, number, coin, budget_won, opens_at_s, closes_at_s, spend_until_s, allowed, name.encode(),
        secrets.token_bytes(8), frame.office.now_s() + BY_TWO_S,
    )
