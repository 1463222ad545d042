"""오늘: what waits for this officer, and how much money there is."""

from flask import Blueprint

from app.desk import ending, ready, review
from app.desk.officer import WAITING, unnamed
from app.money.orders import ADMINISTRATOR, MAKER, REGISTRAR
from app.money.state import Register
from app.people import joins, lists, pairing, proposals, register, series
from app.people.lists import PaymentList
from app.web.console import key
from app.web.console.frame import START, Frame, Officer, to
from app.web.console.proposals import may_approve
from app.web.console.said import Reader
from app.web.site import Services

FAILED_S = 14 * 86_400      # so long its two officers are told of a list that the chain refused


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("today")

    @blueprint.get(START)
    def page():
        if frame.signed_in().state == WAITING:
            return to(key.PATH)         # nothing can be done without a key: begin there
        officer = frame.officer()
        return frame.page("today.html", officer, "today", **_waiting(frame, officer), **_figures(frame))

    @blueprint.get(f"{START}/")
    def slash():
        return to(START)

    return blueprint


def _waiting(frame: Frame, officer: Officer) -> dict:
    people, now_s = frame.office.people, frame.office.now_s()
    papers, found = proposals.waiting(people), lists.newest(people, limit=500)
    running = [each for each in found if each.state in (lists.APPROVED, lists.ISSUED)][:20]
    drafts = [each for each in found if each.state == lists.DRAFT and _is_theirs(officer, each)]
    return {
        "papers": papers, "may_approve": lambda paper: may_approve(frame, officer, paper), "reader": Reader(frame),
        "to_check": [each for each in found if each.state == lists.PROPOSED],
        "drafts": drafts,
        "stuck": {each.list_id for each in drafts if each.series and series.of(people, each.series).waits_on(each)},
        "scheduled": [each for each in running if each.start_at_s > now_s],
        "failed": [each for each in lists.failed(people, now_s - FAILED_S) if officer.number in (each.maker, each.checker)],
        "paying": [(each, record) for each in running
                   if (record := frame.office.store.get(Register.LIST, each.list_id)) and record.next_row < record.count],
        "wishes": joins.count(people) if officer.has(REGISTRAR) else 0, "claimed": pairing.waiting(people),
        "ending": [ending.count(frame.office, days) for days in (ending.WARN_DAYS, ending.SOON_DAYS)] if officer.has(REGISTRAR) else [0, 0],
        "key_ends_s": key.ends_s(frame, officer),
        "unnamed": unnamed(frame.office) if officer.has(ADMINISTRATOR) else 0,
        "review": review.owed(frame.office, officer.number) if officer.has(review.ROLES) else "",
    }


def _is_theirs(officer: Officer, draft: PaymentList) -> bool:
    """Whose desk a draft lies on: its maker's; a monthly one's on every maker's, for it is paid though one of them has left."""
    return draft.maker == officer.number or (bool(draft.series) and officer.has(MAKER))


def _figures(frame: Frame) -> dict:
    return {"supply": frame.office.store.supply(), "coins": frame.office.city.coins,
            "people_count": register.count(frame.office.people), "halted": ready.fault(frame.office)}
