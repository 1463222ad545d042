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
    """Where one subject stands: the figure that holds now (None: no limit) and until when, then what comes by itself. One that
    goes on when it has ended holds until there is another."""
    subject: int
    target: int                         # number of the shop or programme; 0: the whole city
    figure: int | None
    until_s: int                        # of what holds now; NEVER_S: until somebody sets another
    coming: tuple[tuple[int, int | None], ...]      # (from_s, figure), soonest first
    entry: int | None                   # that set the last of them

    @property
    def settable(self) -> bool:
        return self.subject not in policy.WITHOUT_EFFECT

    @property
    def path(self) -> str:
        return f"{PATH}/{self.subject}" + (f"/{self.target}" if self.target else "")


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("policies")
    _reading(blueprint, frame)
    _changing(blueprint, frame)
    return blueprint


def standing(frame: Frame, subject: int, target: int = 0) -> Standing:
    now_s = frame.office.now_s()
    with frame.office.store.snapshot() as state:
        periods = list(policy.periods(state, subject, target))
    edges = sorted({edge for each in periods for edge in (each.from_s, each.until_s) if now_s < edge < NEVER_S})
    stays = policy.stays(subject, frame.office.rules)
    figures = [_at(periods, at_s, stays, subject) for at_s in (now_s, *edges)]
    changes = [(edge, figure) for edge, before, figure in zip(edges, figures, figures[1:]) if figure != before]
    entries = frame.office.store.entries_of(Register.POLICY, policy.place(subject, target))
    return Standing(subject, target, figures[0], changes[0][0] if changes else NEVER_S, tuple(changes), max(entries, default=None))


def _at(periods: list[Period], at_s: int, stays: bool, subject: int) -> int | None:
    """As policy.limit, or policy.figure, of another moment."""
    found = policy.held(periods, at_s, stays)
    return found.figure if found else None if policy.limits(subject) else 0


def everywhere(frame: Frame) -> list[Standing]:
    """Every figure of the whole city, and those of single shops and programmes, and without effect, that hold or will."""
    found = [standing(frame, subject) for subject in policy.SUBJECTS if subject not in policy.TARGETED]
    places = [key for key, _ in frame.office.store.records(Register.POLICY) if key >> 8]
    found += [standing(frame, place & 0xFF, place >> 8) for place in sorted(places)]
    return [one for one in found if one.figure is not None or one.coming or (one.settable and not one.target)]


def _reading(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        found = everywhere(frame)
        if tables.wanted():
            return _listed(reader).file(found, reader)
        return frame.page("policies.html", officer, "policies", found=found, reader=reader, never_s=NEVER_S,
                          may=officer.has(ADMINISTRATOR), targeted=list(policy.TARGETED))


def _listed(reader: Reader) -> Listing:
    def coming(one: Standing) -> str:
        return " / ".join(f"{reader.moment(at_s)}: {reader.figure(one.subject, figure)}" for at_s, figure in one.coming)

    return Listing("policy", [
        Column("subject", "office.policy.what", lambda one: reader.subject(one.subject, one.target)),
        Column("figure", "office.policy.now", lambda one: reader.figure(one.subject, one.figure)),
        Column("coming", "office.policy.coming", coming),
        Column("entry", "office.policy.entry", lambda one: one.entry),
    ], key=lambda one: (one.subject, one.target))


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    def form_page(officer: Officer, subject: int, target: int, form: dict, refusal: Refusal | None = None):
        context = {"one": standing(frame, subject, target), "reader": Reader(frame), "options": _options(frame, subject),
                   "stays": policy.stays(subject, frame.office.rules), "hours": subject == policy.OFFLINE_LIFE,
                   "targets": [] if target else _targets(frame, subject)}
        if refusal:
            return frame.again(refusal, "policy_form.html", officer, "policies", **context)
        return frame.page("policy_form.html", officer, "policies", form=form, **context)

    @blueprint.get(f"{PATH}/<int:subject>")
    @blueprint.get(f"{PATH}/<int:subject>/<int:target>")
    def page(subject: int, target: int = 0) -> str:
        officer = frame.officer()
        officer.must(ADMINISTRATOR)
        _known(frame, subject, target)
        today = typed.as_day(frame.office.now_s(), frame.office.city.zone)
        return form_page(officer, subject, target, {"from": today})

    @blueprint.post(f"{PATH}/<int:subject>")
    @blueprint.post(f"{PATH}/<int:subject>/<int:target>")
    def read(subject: int, target: int = 0) -> str | Response:
        officer = frame.posted(ADMINISTRATOR)
        _known(frame, subject, target)
        try:
            body = _body(frame, officer, subject, target)
        except Refusal as refusal:
            return form_page(officer, subject, target, {}, refusal)
        return ask(frame, officer, body, PATH)


def _known(frame: Frame, subject: int, target: int) -> None:
    if subject not in policy.SUBJECTS or subject in policy.WITHOUT_EFFECT or (target and target not in [number for number, _ in _targets(frame, subject)]):
        raise Refusal("NOT_FOUND")


def _targets(frame: Frame, subject: int) -> list[tuple[int, str]]:
    """What a figure of this subject may be about; nothing where it is about the whole city."""
    if subject not in policy.TARGETED:
        return []
    register, _ = policy.TARGETED[subject]
    return [(number, record.name.decode()) for number, record in frame.office.store.records(register)]


def _options(frame: Frame, subject: int) -> list[tuple[int, str]]:
    """What there is to choose from, where a figure is no amount."""
    reader = Reader(frame)
    if subject == policy.OFFLINE_BEARER:
        found = [(one.programme, one.record.name.decode()) for one in frame.office.store.figures()]
        return [(NOBODY, reader.say("policy.nobody")), *found]
    if subject == policy.SHOP_CATEGORY:
        return [(one.number, one.names.say(reader.language)) for one in frame.office.city.categories]
    return []


def _body(frame: Frame, officer: Officer, subject: int, target: int) -> Policy:
    """The figure as the form has it: from the first day's midnight, or now if that is today; without a last day, for good."""
    zone, now_s = frame.office.city.zone, frame.office.now_s()
    targets = [number for number, _ in _targets(frame, subject)]
    if targets and not target:
        target = typed.whole("target", targets)
    figure = _figure(frame, subject)
    from_s = max(typed.day_s("from", zone), now_s)
    until_s = typed.day_s("until", zone, end=True) if request.form.get("until") else NEVER_S
    if until_s <= from_s:
        raise Refusal("FIELD_WRONG", field="until")
    return Policy(officer.number, subject, figure, from_s, until_s, secrets.token_bytes(8), now_s + BY_TWO_S, target)


def _figure(frame: Frame, subject: int) -> int:
    """0 is allowed: it switches off, or allows nothing."""
    options = _options(frame, subject)
    if options:
        return typed.whole("figure", [number for number, _ in options])
    if subject == policy.OFFLINE_LIFE:
        return typed.whole("figure", range(policy.LONGEST_LIFE_S // HOUR_S + 1)) * HOUR_S
    return 0 if request.form.get("figure", "").strip() in ("0", "0원") else typed.won("figure")
