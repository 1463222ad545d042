"""현황: how much was issued, spent, expired and is outstanding; where and on which day. Charts are drawn here, without a
script, and every chart stands above the table of the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import figures as desk
from app.desk.figures import Cell, Period, View
from app.store.history import Figures
from app.store.tally import CATEGORY, DISTRICT, FEW, PROGRAMME
from app.web.console import tables
from app.web.console.frame import Frame
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/figures"
PARTS = (DISTRICT, CATEGORY, PROGRAMME)
BARS = 12               # of a chart: the largest; the table has them all


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart. Lengths in per cent of the longest; `hidden` has none."""
    label: str
    won: int | None
    percent: float
    hidden: bool


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("figures")

    @blueprint.get(PATH)
    def page() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        wanted = desk.period(frame.office, request.args.get("month", ""), request.args.get("day", ""))
        found, programmes = desk.view(frame.office, wanted), frame.office.store.figures()
        if tables.wanted():
            return _file(reader, found, programmes)
        return frame.page(
            "figures.html", officer, "figures", view=found, programmes=programmes, reader=reader, few=FEW,
            named=lambda part, of: named(reader, part, of), link=link, bars=lambda part: _bars(reader, part, found.parts[part]),
            day_bars=bars([(f"{day.month}/{day.day}", cell) for day, cell in found.days]), parts=PARTS, noon_of=lambda day: _noon_s(reader, day),
            share=share, month_name=lambda name: reader.month(name), period_name=period_name(reader, found.period), neighbours=_neighbours(found.period, desk.today(frame.office)),
        )

    return blueprint


def named(reader: Reader, part: str, of: str | int) -> str:
    """What a row of a table is of."""
    if part == CATEGORY:
        return reader.category(of)
    return reader.programme(of) if part == PROGRAMME else of or reader.say("figures.no_district")


def link(part: str, of: str | int) -> str:
    """The list that the figure is made of."""
    if part == PROGRAMME:
        return f"/console/programmes/{of}"
    return f"/console/shops?{part}={of}"


# --- charts --------------------------------------------------------------------------------

def _bars(reader: Reader, part: str, rows: Sequence[tuple[str | int, Cell]]) -> list[Bar]:
    return bars([(named(reader, part, of), cell) for of, cell in rows[:BARS] if cell.won is not None])


def bars(rows: Sequence[tuple[str, Cell]]) -> list[Bar]:
    longest = max((cell.won or 0 for _, cell in rows), default=0)
    return [Bar(label, cell.won, share(cell.won or 0, longest), cell.won is None) for label, cell in rows]


def share(won: int, of_won: int) -> float:
    """In per cent, for lengths on a chart: never below nothing."""
    return round(max(0, 100 * won / of_won), 2) if of_won > 0 else 0


def _neighbours(found: Period, today: date) -> tuple[str, str]:
    """The address of the period before this one, and of the one after it; empty where there is none yet."""
    name, after = ("day", found.last + timedelta(1)) if found.is_day else ("month", found.last + timedelta(1))
    before = found.first - timedelta(1)
    form = "%Y-%m-%d" if found.is_day else "%Y-%m"
    return f"{PATH}?{name}={before.strftime(form)}", f"{PATH}?{name}={after.strftime(form)}" if after <= today else ""


def period_name(reader: Reader, period: Period) -> str:
    """As people say it."""
    return reader.moment(_noon_s(reader, period.first), with_time=False) if period.is_day else reader.month(period.name)


def _noon_s(reader: Reader, day: date) -> int:
    return int(datetime.combine(day, time(12), reader.office.city.zone).timestamp())


# --- as a file -----------------------------------------------------------------------------

def _file(reader: Reader, found: View, programmes: Sequence[Figures]) -> Response:
    """All tables of the page under one another: which, what of, figure."""
    def say(name: str) -> str:
        return reader.say(f"figures.{name}")

    dark = say("hidden")
    rows: list[list[str | int | None]] = []
    for one in programmes:
        rows += [[say("by_programme"), one.record.name.decode(), reader.say(f"figure.{name}"), None, won] for name, won in (
            ("issued", one.issued_won), ("expired", one.expired_won),
            ("outstanding", one.issued_won - one.expired_won))]
    name = found.period.name
    for each in found.flowed:
        rows += [[name, reader.programme(each.programme), reader.say(f"figure.{what}"), None, won] for what, won in (
            ("issued", each.issued_won), ("expired", each.expired_won), ("outstanding", each.outstanding_won))]
    spent = reader.say("figure.spent")
    for part in PARTS:
        rows += [[f"{name} {say(part)}", named(reader, part, of), spent, *_cells(cell, dark)] for of, cell in found.parts[part]]
    rows += [[say("by_day"), day.isoformat(), spent, *_cells(cell, dark)] for day, cell in found.days]
    if found.period.is_over:
        rows.append([name, say("all"), spent, *_cells(found.total, dark)])
    header = [say("table"), say("of"), reader.say("what_figure"), say("payments"), reader.say("said.total_won")]
    return tables.table(f"figures-{name}", header, rows)


def _cells(cell: Cell, dark: str) -> tuple[int | str | None, int | str]:
    return (dark, dark) if cell.won is None else (cell.payments, cell.won)
