"""단말기 파일: what a broken or stolen till took without a network, brought in the file that it saved: how each line stands, and handing
in what is still good. The file itself stays in the officer's page."""

import json
from dataclasses import asdict, dataclass

from flask import Blueprint, request

from app.desk import queue
from app.desk.queue import Pair, Row
from app.errors import Refusal
from app.money.orders import AUDITOR
from app.money.state import Register
from app.web.console.frame import Frame, Officer
from app.web.console.said import Reader
from app.web.console.shops import ROLES
from app.web.site import Services

PATH = "/console/tills/queue"


@dataclass(frozen=True, slots=True)
class Sum:
    """Of all lines in one state."""
    state: str
    count: int
    won: int


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("queues")

    @blueprint.get(PATH)
    def form() -> str:
        officer = frame.officer()
        officer.must(ROLES | AUDITOR)
        return frame.page("queue_form.html", officer, "shops")

    @blueprint.post(PATH)
    def look() -> str:
        officer = frame.posted(ROLES)
        try:
            pairs, reason = queue.read(frame.office, _file()), request.form.get("reason", "")
            rows = queue.look(frame.office, officer.number, pairs, reason)
        except Refusal as refusal:
            return frame.again(refusal, "queue_form.html", officer, "shops")
        return _page(frame, officer, (pairs, rows, reason))

    @blueprint.post(f"{PATH}/settle")
    def settle() -> str:
        """All lines come back with the page, so that what is not settled is still there afterwards."""
        officer, pairs, reason = frame.posted(ROLES), _sent(), request.form.get("reason", "")
        rows, settled = queue.hand_in(frame.office, officer.number, pairs, reason)
        return _page(frame, officer, (pairs, rows, reason), settled)

    return blueprint


def _file() -> bytes:
    """FIELD_MISSING."""
    given = request.files.get("file")
    raw = given.read(queue.LONGEST + 1) if given and given.filename else b""
    if not raw:
        raise Refusal("FIELD_MISSING", field="file")
    return raw


def _sent() -> list[Pair]:
    """FORM_EXPIRED for what isn't the lines of a page of ours."""
    try:
        found = json.loads(request.form.get("lines", ""))
        pairs = [Pair(str(payer), str(payee)) for payer, payee in found]
    except (ValueError, TypeError, RecursionError):
        raise Refusal("FORM_EXPIRED") from None
    if not 1 <= len(pairs) <= queue.MOST:
        raise Refusal("FORM_EXPIRED")
    return pairs


def _page(frame: Frame, officer: Officer, found: tuple[list[Pair], list[Row], str], settled: int | None = None) -> str:
    """found: the lines, how they stand, and the reason that was typed."""
    pairs, rows, reason = found
    shops, words = dict(frame.office.store.records(Register.SHOP)), frame.services.shell.words
    claims = [row.claim for row in rows if row.claim]
    names = {claim.shop: shops[claim.shop].name.decode() if claim.shop in shops else f"#{claim.shop}" for claim in claims}
    lines = json.dumps([list(asdict(pair).values()) for pair in pairs], separators=(",", ":"))
    return frame.page(
        "queue.html", officer, "shops", rows=rows, sums=_sums(rows), lines=lines, reason=reason, settled=settled, shop_names=names,
        tills=sorted({(claim.shop, claim.till) for claim in claims}), taken=sorted(claim.taken_at_s for claim in claims), reader=Reader(frame),
        good=sum(row.state == queue.GOOD for row in rows), of_the_till=any(row.refusal and row.refusal.word == queue.OF_THE_TILL for row in rows),
        why=lambda row: words.refused(frame.language, row.refusal) if row.refusal else {},
    )


def _sums(rows: list[Row]) -> list[Sum]:
    """One a state, in the order of the desk's; those that no line is in are left out."""
    found = [(state, [row for row in rows if row.state == state]) for state in queue.STATES]
    return [Sum(state, len(theirs), sum(row.amount_won for row in theirs)) for state, theirs in found if theirs]
