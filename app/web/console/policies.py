"""정책: the city's dated figures: what holds today, what will change, and who set it. Each is signed by two officers."""

import secrets
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.errors import Refusal
from app.money import policy
from app.money.orders import ADMINISTRATOR
from app.money.orders_offline import Policy
from app.money.policy import Period
from app.money.state import NEVER_S, Register
from app.web.console import tables, typed
from app.web.console.acts import BY_TWO_S, ask
from app.web.console.frame import Frame, Officer
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/policies"
HOUR_S = 3600
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one subject stands: the figure that holds now and until when, then what comes by itself."""
    subject: int
    figure: int
    until_s: int                        # of what holds now; NEVER_S: until somebody sets another
    coming: tuple[tuple[int, int], ...]     # (from_s, figure), soonest first
    entry: int | None                   # that set the last of them


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("policies")
    _reading(blueprint, frame)
    _changing(blueprint, frame)
    return blueprint


def standing(frame: Frame, subject: int) -> Standing:
    now_s = frame.office.now_s()
    with frame.office.store.snapshot() as state:
        periods = list(policy.periods(state, subject))
    edges = sorted({edge for each in periods for edge in (each.from_s, each.until_s) if now_s < edge < NEVER_S})
    figures = [_at(periods, now_s), *(_at(periods, edge) for edge in edges)]
    changes = [(edge, figure) for edge, before, figure in zip(edges, figures, figures[1:]) if figure != before]
    entries = frame.office.store.entries_of(Register.POLICY, subject)
    return Standing(subject, figures[0], changes[0][0] if changes else NEVER_S, tuple(changes), max(entries, default=None))


def _at(periods: list[Period], at_s: int) -> int:
    """As policy.figure, of another moment."""
    return next((each.figure for each in reversed(periods) if each.from_s <= at_s < each.until_s), 0)


def _reading(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        found = [standing(frame, subject) for subject in policy.SUBJECTS]
        if tables.wanted():
            return _listed(reader).file(found, reader)
        return frame.page("policies.html", officer, "policies", found=found, reader=reader, never_s=NEVER_S,
                          may=officer.has(ADMINISTRATOR))


def _listed(reader: Reader) -> Listing:
    def coming(one: Standing) -> str:
        return " / ".join(f"{reader.moment(at_s)}: {reader.figure(one.subject, figure)}" for at_s, figure in one.coming)

    return Listing("policy", [
        Column("subject", "office.policy.what", lambda one: reader.say(f"policy.subject.{one.subject}")),
        Column("figure", "office.policy.now", lambda one: reader.figure(one.subject, one.figure)),
        Column("coming", "office.policy.coming", coming),
        Column("entry", "office.policy.entry", lambda one: one.entry),
    ], key=lambda one: one.subject)


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    def form_page(officer: Officer, subject: int, form: dict, refusal: Refusal | None = None):
        programmes = [(one.programme, one.record.name.decode()) for one in frame.office.store.figures()]
        context = {"subject": subject, "one": standing(frame, subject), "reader": Reader(frame), "programmes": programmes,
                   "hours": subject == policy.OFFLINE_LIFE, "bearer": subject == policy.OFFLINE_BEARER}
        if refusal:
            return frame.again(refusal, "policy_form.html", officer, "policies", **context)
        return frame.page("policy_form.html", officer, "policies", form=form, **context)

    @blueprint.get(f"{PATH}/<int:subject>")
    def page(subject: int) -> str:
        officer = frame.officer()
        officer.must(ADMINISTRATOR)
        _known(subject)
        return form_page(officer, subject, {"from": typed.as_day(frame.office.now_s(), frame.office.city.zone)})

    @blueprint.post(f"{PATH}/<int:subject>")
    def read(subject: int) -> str | Response:
        officer = frame.posted(ADMINISTRATOR)
        _known(subject)
        try:
            body = _body(frame, officer, subject)
        except Refusal as refusal:
            return form_page(officer, subject, {}, refusal)
        return ask(frame, officer, body, PATH)


def _known(subject: int) -> None:
    if subject not in policy.SUBJECTS:
        raise Refusal("NOT_FOUND")


def _body(frame: Frame, officer: Officer, subject: int) -> Policy:
    """The figure as the form has it: from the first day's midnight, or now if that is today; without a last day, for good."""
    zone, now_s = frame.office.city.zone, frame.office.now_s()
    figure = _figure(frame, subject)
    from_s = max(typed.day_s("from", zone), now_s)
    until_s = typed.day_s("until", zone, end=True) if request.form.get("until") else NEVER_S
    if until_s <= from_s:
        raise Refusal("FIELD_WRONG", field="until")
    return Policy(officer.number, subject, figure, from_s, until_s, secrets.token_bytes(8), now_s + BY_TWO_S)


def _figure(frame: Frame, subject: int) -> int:
    """0 is allowed: it switches off."""
    if subject == policy.OFFLINE_BEARER:
        return typed.whole("figure", [NOBODY, *(one.programme for one in frame.office.store.figures())])
    if subject == policy.OFFLINE_LIFE:
        return typed.whole("figure", range(policy.LONGEST_LIFE_S // HOUR_S + 1)) * HOUR_S
    return 0 if request.form.get("figure", "").strip() in ("0", "0원") else typed.won("figure")
