"""고지서: a public institution's fee notices, printed with a QR and paid from the wallet."""

from collections.abc import Callable

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.desk import notice as desk
from app.errors import Refusal
from app.message import qr
from app.money.orders import ADMINISTRATOR, ASK, INSTITUTION, MAKER, REGISTRAR
from app.money.state import Register
from app.people import notices
from app.people.notices import Notice
from app.web.console import tables, typed
from app.web.console.frame import Frame, to
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH, PAPER = "/console/notices", "/notice"
ROLES = REGISTRAR | MAKER | ADMINISTRATOR
LIMIT = 5_000        # of one institution, the newest


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("notices")
    _listing(blueprint, frame)
    _writing(blueprint, frame)
    _paper(blueprint, frame)
    return blueprint


def institutions(frame: Frame) -> list[tuple[int, int, str]]:
    """(till, shop, name) of every institution whose notices this server may sign."""
    store, ours = frame.office.store, frame.office.notice_key.signer.public
    shops = dict(store.records(Register.SHOP))
    return [(number, till.shop, shops[till.shop].name.decode()) for number, till in store.records(Register.TILL)
            if till.rights & ASK and till.key == ours and shops[till.shop].sort == INSTITUTION]


def _listing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, who = frame.officer(), institutions(frame)
        names = {number: name for _, number, name in who}
        found = [desk.paid(frame.office, each) for each in _found(frame, list(names))]
        state, reader = request.args.get("state", ""), Reader(frame)
        found = [each for each in found if state in ("", each.state)]
        listed = _listed(reader, names)
        if tables.wanted():
            return listed.file(found, reader)
        return frame.page("notices.html", officer, "notices", page_of=listed.page(found), institutions=who, shop_names=names,
                          may=officer.has(ROLES))


def _found(frame: Frame, shops: list[int]) -> list[Notice]:
    """Of the institution and with the number that the address asks for, newest first."""
    shop, text = request.args.get("shop", ""), request.args.get("text", "").strip().upper()
    found = [each for number in shops if shop in ("", str(number))
             for each in notices.of_shop(frame.office.people, number, limit=LIMIT) if text in each.reference]
    return sorted(found, key=lambda each: -each.number)


def _listed(reader: Reader, names: dict[int, str]) -> Listing:
    def column(name: str, place: str, of: Callable[[Notice], str | int]) -> Column:
        return Column(name, place, of, of)

    return Listing("notices", [
        column("number", "office.said.number", lambda one: one.number),
        column("institution", "office.sort.2", lambda one: names[one.shop]),
        column("reference", "office.notices.reference", lambda one: one.reference),
        column("amount", "fields.amount_won", lambda one: one.amount_won),
        column("standing", "office.standing", lambda one: reader.say(f"state.{'unpaid' if one.state == notices.OPEN else one.state}")),
        Column("entry", "office.ledger", lambda one: one.entry),
        Column("written", "office.when", lambda one: reader.moment(one.created_at_s), lambda one: one.created_at_s),
        Column("until", "office.notices.until", lambda one: reader.moment(one.expires_at_s), lambda one: one.expires_at_s),
    ], key=lambda one: one.number)


def _writing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.get(f"{PATH}/new")
    def new() -> str:
        officer = frame.officer()
        officer.must(ROLES)
        return frame.page("notice_form.html", officer, "notices", institutions=institutions(frame), form=request.args)

    @blueprint.post(f"{PATH}/new")
    def write() -> Response:
        officer = frame.posted(ROLES)
        try:
            till, amount_won = typed.whole("till"), typed.won("amount_won")
            found = desk.write(frame.office, till, amount_won, typed.text("reference").upper())
        except Refusal as refusal:
            return frame.again(refusal, "notice_form.html", officer, "notices", institutions=institutions(frame))
        return to(f"{PAPER}/{found.number}")


def _paper(blueprint: Blueprint, frame: Frame) -> None:
    office = frame.office

    def text(found: Notice) -> str:
        return qr.to_text(found.message, office.genesis.host)

    @blueprint.get(f"{PAPER}/<int:number>")
    def paper(number: int) -> str:
        officer, found = frame.officer(), desk.paid(office, notices.get(office.people, number))
        shop = office.store.get(Register.SHOP, found.shop)
        picture = Markup(qr.svg(text(found)))   # drawn by us out of our own text
        return frame.page("notice.html", officer, "notices", notice=found, picture=picture, text=text(found),
                          name=shop.name.decode(), over=found.expires_at_s <= office.now_s(), may=officer.has(ROLES))

    @blueprint.get(f"{PAPER}/<int:number>.png")
    def picture(number: int) -> Response:
        """To be put into the institution's own letter."""
        frame.officer()
        headers = {"Content-Disposition": f'inline; filename="notice-{number}.png"'}
        return Response(qr.png_bytes(text(notices.get(office.people, number))), mimetype="image/png", headers=headers)

    @blueprint.post(f"{PATH}/<int:number>/withdraw")
    def withdraw(number: int) -> Response:
        frame.posted(ROLES)
        desk.paid(office, notices.get(office.people, number))
        notices.withdraw(office.people, number)
        return to(f"{PAPER}/{number}")
