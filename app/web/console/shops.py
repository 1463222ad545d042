"""가맹점: shops and public institutions, what they sell and where; registered, changed and closed by one officer's signature."""

import secrets
from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act
from app.errors import Refusal
from app.money import orders
from app.money.orders import CLOSED, INSTITUTION, OPEN, REGISTRAR, SHOP
from app.money.state import Register, ShopRecord
from app.web.console import tables, typed
from app.web.console.acts import ALONE_S, ask
from app.web.console.frame import Frame, Officer
from app.web.console.listing import Column, Listing
from app.web.console.said import Reader
from app.web.site import Services

PATH = "/console/shops"
ROLES = REGISTRAR
NAME_BYTES, DISTRICT_BYTES = 60, 30


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("shops")
    _listing(blueprint, frame)
    _one(blueprint, frame)
    _changing(blueprint, frame)
    return blueprint


def record_of(frame: Frame, shop: int) -> ShopRecord:
    """UNKNOWN_SHOP."""
    found = frame.office.store.get(Register.SHOP, shop)
    if found is None:
        raise Refusal("UNKNOWN_SHOP", shop=shop)
    return found


def _listing(blueprint: Blueprint, frame: Frame) -> None:
    store, city = frame.office.store, frame.office.city

    @blueprint.get(PATH)
    def listing() -> str | Response:
        officer, reader = frame.officer(), Reader(frame)
        tills: dict[int, int] = {}
        for _, till in store.records(Register.TILL):
            tills[till.shop] = tills.get(till.shop, 0) + bool(till.rights)
        found = [(number, record) for number, record in store.records(Register.SHOP) if _wanted(number, record)]
        listed = _listed(reader, tills)
        if tables.wanted():
            return listed.file(found, reader)
        return frame.page("shops.html", officer, "shops", page_of=listed.page(found), tills=tills, reader=reader,
                          categories=city.categories, districts=city.districts)


def _listed(reader: Reader, tills: dict[int, int]) -> Listing:
    def column(name: str, place: str, of: Callable[[ShopRecord], str | int]) -> Column:
        return Column(name, place, lambda row: of(row[1]), lambda row: of(row[1]))

    return Listing("shops", [
        Column("number", "office.said.number", lambda row: row[0], lambda row: row[0]),
        column("name", "fields.shop", lambda shop: shop.name.decode()),
        column("sort", "office.said.sort", lambda shop: reader.say(f"sort.{shop.sort}")),
        column("category", "fields.category", lambda shop: reader.category(shop.category)),
        column("district", "fields.district", lambda shop: shop.district.decode()),
        Column("tills", "office.shops.tills", lambda row: tills.get(row[0], 0), lambda row: tills.get(row[0], 0)),
        column("standing", "office.standing", lambda shop: reader.say(f"shop_standing.{shop.standing}")),
    ], key=lambda row: row[0])


def _wanted(number: int, record: ShopRecord) -> bool:
    """Whether a shop passes the filters in the address."""
    asked = {name: request.args.get(name, "") for name in ("category", "district", "standing", "sort", "text")}
    text = asked["text"].strip().lower()
    return (
        asked["category"] in ("", str(record.category)) and asked["district"] in ("", record.district.decode())
        and asked["standing"] in ("", str(record.standing)) and asked["sort"] in ("", str(record.sort))
        and (not text or text in record.name.decode().lower() or text == str(number))
    )


def _one(blueprint: Blueprint, frame: Frame) -> None:
    store = frame.office.store

    @blueprint.get(f"{PATH}/<int:shop>")
    def page(shop: int) -> str:
        officer, record = frame.officer(), record_of(frame, shop)
        tills = [(number, till) for number, till in store.records(Register.TILL) if till.shop == shop]
        asking = [number for number, till in tills if till.rights & orders.ASK
                  and till.key == frame.office.notice_key.signer.public]
        return frame.page(
            "shop.html", officer, "shops", shop=shop, record=record, tills=tills, reader=Reader(frame),
            entries=store.entries_of(Register.SHOP, shop),
            till_entries={number: store.entries_of(Register.TILL, number)[-1] for number, _ in tills},
            asking=asking, institution=record.sort == INSTITUTION, may=officer.has(ROLES),
        )


def _changing(blueprint: Blueprint, frame: Frame) -> None:
    def context(shop: int) -> dict:
        city = frame.office.city
        return {"shop": shop, "old": frame.office.store.get(Register.SHOP, shop), "reader": Reader(frame),
                "categories": city.categories, "districts": city.districts}

    @blueprint.get(f"{PATH}/new")
    def new() -> str:
        officer = frame.officer()
        officer.must(ROLES)
        return frame.page("shop_form.html", officer, "shops", form={"sort": SHOP, "standing": OPEN}, **context(0))

    @blueprint.get(f"{PATH}/<int:shop>/change")
    def change(shop: int) -> str:
        officer, record = frame.officer(), record_of(frame, shop)
        officer.must(ROLES)
        form = {"name": record.name.decode(), "district": record.district.decode(), "category": record.category,
                "sort": record.sort, "standing": record.standing}
        return frame.page("shop_form.html", officer, "shops", form=form, **context(shop))

    @blueprint.post(f"{PATH}/new")
    @blueprint.post(f"{PATH}/<int:shop>/change")
    def read(shop: int = 0) -> str | Response:
        officer = frame.posted(ROLES)
        try:
            body = _body(frame, officer, shop)
        except Refusal as refusal:
            return frame.again(refusal, "shop_form.html", officer, "shops", **context(shop))
        extra = {} if shop else {"new": "1"}
        return ask(frame, officer, body, f"{PATH}/{shop}" if shop else PATH, **extra)


def _body(frame: Frame, officer: Officer, shop: int) -> orders.Shop:
    """The whole record as the form has it: closing and opening again are changes like others."""
    if shop:
        record_of(frame, shop)
    city = frame.office.city
    name, district = typed.text("name", NAME_BYTES), typed.text("district", DISTRICT_BYTES, optional=True)
    if district and district not in [one.name for one in city.districts]:
        raise Refusal("FIELD_WRONG", field="district")
    return orders.Shop(
        officer.number, shop or act.next_number(frame.office, Register.SHOP),
        typed.whole("standing", (CLOSED, OPEN)), typed.whole("sort", (SHOP, INSTITUTION)),
        typed.whole("category", [one.number for one in city.categories]), name.encode(), district.encode(),
        secrets.token_bytes(8), frame.office.now_s() + ALONE_S,
    )
