"""Pairing a till: a code for the tablet, digits to compare, the officer's signature; and taking a till out of use."""

import secrets

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.desk import act
from app.errors import Refusal
from app.message import qr
from app.money import orders
from app.money.orders import ASK, CLOSED, INSTITUTION, RECEIVE, RETURN
from app.money.state import Register, TillRecord
from app.people import pairing
from app.people.pairing import Pairing
from app.web.console import acts, tables
from app.web.console.acts import ALONE_S, ask
from app.web.console.frame import Frame, Officer, to
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.console.shops import PATH as SHOPS, ROLES, record_of
from app.web.site import Services

PATH = "/console/pairings"


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("tills")
    _starting(blueprint, frame)
    _confirming(blueprint, frame)
    _changing(blueprint, frame)
    _listing(blueprint, frame)
    return blueprint


def _starting(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.post(f"{SHOPS}/<int:shop>/pair")
    def start(shop: int) -> str:
        """The code, shown in this answer alone."""
        officer, record = frame.posted(ROLES), record_of(frame, shop)
        if record.standing == CLOSED:
            raise Refusal("SHOP_CLOSED")
        found, code = pairing.start(people, shop, RECEIVE | RETURN, officer.number)
        link = f"{_site(frame)}/pos#pair={code}"
        picture = Markup(qr.svg(link))      # drawn by us out of our own text
        return frame.page("pairing_code.html", officer, "shops", pairing=found, code=code, link=link, picture=picture,
                          name=record.name.decode(), shop=shop)


def _site(frame: Frame) -> str:
    """How a tablet reaches this city: https, but for a trial on this very machine."""
    plain = request.scheme == "http" and request.host.split(":")[0] in ("localhost", "127.0.0.1")
    return f"{'http' if plain else 'https'}://{frame.office.genesis.host}"


def _confirming(blueprint: Blueprint, frame: Frame) -> None:
    people = frame.office.people

    @blueprint.get(f"/api{PATH}/<int:number>")
    def state(number: int) -> dict:
        """For the page that waits for the tablet."""
        frame.officer()
        return {"state": pairing.get(people, number).state}

    @blueprint.get(f"{PATH}/<int:number>")
    def page(number: int) -> str | Response:
        officer, found = frame.officer(), pairing.get(people, number)
        if found.state == pairing.PAIRED:
            return to(f"{SHOPS}/{found.shop}")
        record = record_of(frame, found.shop)
        signing = _signing(frame, officer, found) if found.state == pairing.CLAIMED and officer.has(ROLES) else None
        return frame.page("pairing.html", officer, "shops", pairing=found, signing=signing, name=record.name.decode(),
                          over=found.state == pairing.OPEN and found.expires_at_s <= frame.office.now_s())

    @blueprint.post(f"{PATH}/<int:number>/cancel")
    def cancel(number: int) -> Response:
        frame.posted(ROLES)
        pairing.cancel(people, number)
        return to(f"{SHOPS}/{pairing.get(people, number).shop}")


def _signing(frame: Frame, officer: Officer, found: Pairing) -> acts.Signing:
    body = orders.Till(
        officer.number, act.next_number(frame.office, Register.TILL), found.shop, found.rights, found.key,
        found.refund_key, secrets.token_bytes(8), frame.office.now_s() + ALONE_S,
    )
    return acts.signing(frame, body, acts.PATH, f"{PATH}/{found.number}", extra={"pairing": str(found.number)})


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    @blueprint.post(f"{SHOPS}/<int:shop>/tills/<int:till>/revoke")
    def revoke(shop: int, till: int) -> str:
        officer, record = frame.posted(ROLES), _till(frame, shop, till)
        body = orders.Till(officer.number, till, shop, 0, record.key, record.refund_key, secrets.token_bytes(8),
                           frame.office.now_s() + ALONE_S)
        return ask(frame, officer, body, f"{SHOPS}/{shop}")

    @blueprint.post(f"{SHOPS}/<int:shop>/asking")
    def asking(shop: int) -> str:
        """The till with which this server writes an institution's notices: it can only ask."""
        officer, record = frame.posted(ROLES), record_of(frame, shop)
        if record.sort != INSTITUTION:
            raise Refusal("NO_RIGHT")
        body = orders.Till(
            officer.number, act.next_number(frame.office, Register.TILL), shop, ASK,
            frame.office.notice_key.signer.public, b"", secrets.token_bytes(8), frame.office.now_s() + ALONE_S,
        )
        return ask(frame, officer, body, f"{SHOPS}/{shop}", new="1")


def _listing(blueprint: Blueprint, frame: Frame) -> None:
    store = frame.office.store

    @blueprint.get("/console/tills")
    def listing() -> str | Response:
        officer, reader, shops = frame.officer(), Reader(frame), dict(store.records(Register.SHOP))
        names = {number: shop.name.decode() for number, shop in shops.items()}
        found = [(number, till) for number, till in store.records(Register.TILL) if _wanted(number, till, names)]
        listed = _listed(reader, names)
        if tables.wanted():
            return listed.file(found, reader)
        return frame.page("tills.html", officer, "shops", page_of=listed.page(found), reader=reader, shop_names=names,
                          waiting=pairing.waiting(frame.office.people))


def _wanted(number: int, till: TillRecord, names: dict[int, str]) -> bool:
    text, standing = request.args.get("text", "").strip().lower(), request.args.get("standing", "")
    return (not text or text in names[till.shop].lower() or text in (str(number), str(till.shop))) and (
        standing in ("", "live" if till.rights else "revoked"))


def _listed(reader: Reader, names: dict[int, str]) -> Listing:
    return Listing("tills", [
        Column("number", "office.said.number", lambda row: row[0], lambda row: row[0]),
        Column("shop", "fields.shop", lambda row: names[row[1].shop], lambda row: names[row[1].shop]),
        Column("rights", "office.said.rights", lambda row: reader.rights(row[1].rights), lambda row: row[1].rights),
        Column("standing", "office.standing", lambda row: reader.say(f"state.{'live' if row[1].rights else 'revoked'}"),
               lambda row: bool(row[1].rights)),
    ], key=lambda row: row[0])


def _till(frame: Frame, shop: int, till: int) -> TillRecord:
    found = frame.office.store.get(Register.TILL, till)
    if found is None or found.shop != shop:
        raise Refusal("UNKNOWN_TILL", till=till)
    return found
