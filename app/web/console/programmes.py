"""사업: what each programme was given, issued and spent; a new one is signed by one officer and approved by another."""

import secrets
from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act, figures
from app.errors import Refusal
from app.message.kinds import MOST_SHOPS
from app.money import orders
from app.money.lots import SHOP_BYTES, shop_numbers
from app.money.orders import MAKER
from app.money.registers import MOST_DAYS
from app.money.state import ProgrammeRecord, Register
from app.people import lists
from app.people.shapes import even
from app.store.history import Figures
from app.store.sqlite import SqliteStore
from app.web.console import tables, typed
from app.web.console.acts import BY_TWO_S, ask
from app.web.console.figures import period_name
from app.web.console.frame import Frame, Officer
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

NAME_BYTES = 60
PATH = "/console/programmes"
PHASES = ("waiting", "open", "soon", "closed", "swept")
NO_LOT = 0          # of a programme that is proposed and not in the ledger yet: lots are counted from 1


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("programmes")
    _reading(blueprint, frame)
    _changing(blueprint, frame)
    return blueprint


def phase(found: Figures, now_s: int) -> str:
    """One of PHASES; waiting: for the second officer."""
    record = found.record
    if record.lot == NO_LOT:
        return "waiting"
    if now_s < record.opens_at_s:
        return "soon"
    if now_s < record.closes_at_s:
        return "open"
    held_won = found.issued_won - found.spent_won - found.expired_won
    return "closed" if now_s < record.spend_until_s or held_won else "swept"


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
        waiting = act.programmes_waiting(frame.office)
        found = [one for one in _proposed(store, waiting) + store.figures() if _wanted(one, now_s)]
        reader = Reader(frame)
        listed = _listed(reader, now_s)
        if tables.wanted():
            return listed.file(found, reader)
        return frame.page("programmes.html", officer, "programmes", page_of=listed.page(found), reader=reader, phases=PHASES,
                          phase=lambda one: phase(one, now_s), coins=frame.office.city.coins,
                          waiting={number: message_id for number, (message_id, _) in waiting.items()})

    @blueprint.get(f"{PATH}/<int:number>")
    def page(number: int) -> str:
        officer, found = frame.officer(), one(frame, number)
        theirs = [each for each in lists.newest(people, limit=500) if each.programme == number]
        reader, (period, spent) = Reader(frame), figures.spent_last(frame.office, number)
        return frame.page(
            "programme.html", officer, "programmes", one=found, lists=theirs, reader=reader,
            phase=phase(found, frame.office.now_s()), entries=store.entries_of(Register.PROGRAMME, number),
            waiting=act.waiting_for(frame.office, number), period=period, period_name=period_name(reader, period), spent=spent,
        )


def _proposed(store: SqliteStore, waiting: dict[int, tuple[bytes, orders.Programme]]) -> list[Figures]:
    """Those that are not in the ledger yet, as they would be."""
    bodies = [body for _, body in waiting.values() if store.get(Register.PROGRAMME, body.programme) is None]
    return [Figures(body.programme, ProgrammeRecord(
        body.coin, body.budget_won, body.opens_at_s, body.closes_at_s, body.spend_until_s, body.categories, body.name, NO_LOT,
        body.person_won, body.spend_days, body.shops), 0, 0, 0, 0, body.budget_won) for body in bodies]


def _wanted(one: Figures, now_s: int) -> bool:
    """Whether a programme passes the filters in the address."""
    coin, wanted, text = (request.args.get(name, "") for name in ("coin", "phase", "text"))
    return (coin in ("", str(one.record.coin)) and wanted in ("", phase(one, now_s))
            and text.strip().lower() in one.record.name.decode().lower())


def _listed(reader: Reader, now_s: int) -> Listing:
    def won(name: str) -> Column:
        return Column(name, f"office.figure.{name}", lambda one: getattr(one, f"{name}_won"), lambda one: getattr(one, f"{name}_won"))

    def day(name: str, of: Callable[[Figures], int]) -> Column:
        return Column(name, f"office.said.{name}", lambda one: reader.until(of(one)), of)

    return Listing("programmes", [
        Column("number", "office.said.number", lambda one: one.programme, lambda one: one.programme),
        Column("name", "fields.programme", lambda one: one.record.name.decode(), lambda one: one.record.name.decode()),
        Column("coin", "office.said.coin", lambda one: reader.coin(one.record.coin), lambda one: one.record.coin),
        Column("standing", "office.standing", lambda one: reader.say(f"state.{phase(one, now_s)}"),
               lambda one: PHASES.index(phase(one, now_s))),
        Column("budget", "office.figure.budget", lambda one: one.record.budget_won, lambda one: one.record.budget_won),
        won("issued"), won("expired"), won("left"),
        day("closes", lambda one: one.record.closes_at_s), day("spend_until", lambda one: one.record.spend_until_s),
    ], key=lambda one: one.programme)


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
            "person_won": f"{record.person_won:,}" if record.person_won else "", "spend_days": str(record.spend_days or ""),
            "shops": ", ".join(map(str, shop_numbers(record.shops))),
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
        typed.won("person_won") if request.form.get("person_won") else 0,
        typed.whole("spend_days", range(1, MOST_DAYS + 1)) if request.form.get("spend_days") else 0, _shops(frame),
    )


def _shops(frame: Frame) -> bytes:
    """Numbers of single shops, as they stand in the list of shops; nothing typed: every shop of the categories."""
    numbers = set()
    for word in even(request.form.get("shops", "")).replace(",", " ").split():
        if not (word.isascii() and word.isdecimal()) or frame.office.store.get(Register.SHOP, int(word[:9])) is None:
            raise Refusal("FIELD_WRONG", field="shops")
        numbers.add(int(word))
    if len(numbers) > MOST_SHOPS:
        raise Refusal("FIELD_WRONG", field="shops")
    return b"".join(number.to_bytes(SHOP_BYTES) for number in sorted(numbers))
