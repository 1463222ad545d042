"""Whose wallet is whose: linked at the counter or by a code from home, locked, moved to another phone."""

import secrets

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.desk import act, join
from app.errors import Refusal
from app.message import cose, qr
from app.money import orders
from app.money.orders import MAKER, REGISTRAR
from app.money.orders_office import Recall
from app.money.orders_offline import OfflineAgain
from app.money.state import Register
from app.people import joins
from app.people.register import Masked
from app.web.console import people as register_pages, typed
from app.web.console.acts import ALONE_S, BY_TWO_S, ask
from app.web.console.frame import Frame, Officer
from app.web.site import Services

PATH = register_pages.PATH


def routes(services: Services) -> Blueprint:
    frame = Frame(services)
    blueprint = frame.blueprint("wallets")
    _linking(blueprint, frame)
    _locking(blueprint, frame)
    _devices(blueprint, frame)
    _recalling(blueprint, frame)
    return blueprint


def _asks(blueprint: Blueprint, frame: Frame, name: str, body_of, roles: int = REGISTRAR) -> None:
    """POST …/<person>/<name>: what the form says becomes an act to sign; a refusal shows the person again."""
    def answer(person: str) -> str | Response:
        officer, found = frame.posted(roles), register_pages.one(frame, person)
        try:
            return ask(frame, officer, body_of(officer, found), f"{PATH}/{person}")
        except Refusal as refusal:
            return frame.again(refusal, "person.html", officer, "people", **register_pages.context(frame, found))

    blueprint.add_url_rule(f"{PATH}/<person>/{name}", name, answer, methods=["POST"])


def until(frame: Frame, life_s: int = ALONE_S) -> tuple[bytes, int]:
    """Nonce and expiry of an officer's message."""
    return secrets.token_bytes(8), frame.office.now_s() + life_s


def until_linked(frame: Frame, person: bytes) -> tuple[bytes, int]:
    """As `until`; for who had a wallet before with the days that a second officer has."""
    return until(frame, BY_TWO_S if act.relinks(frame.office, person) else ALONE_S)


def _scanned(frame: Frame) -> bytes:
    """The wallet's message in the text that was scanned or pasted."""
    text = request.form.get("text", "").strip()
    if not text:
        raise Refusal("FIELD_MISSING", field="text")
    return qr.from_text(text, [frame.office.genesis.host])


def _wallet_of(frame: Frame, found: Masked) -> bytes:
    account = register_pages.account_of(frame, found.token)
    if not account:
        raise Refusal("UNKNOWN_ACCOUNT")
    return account


def _linking(blueprint: Blueprint, frame: Frame) -> None:
    office = frame.office

    def link(officer: Officer, found: Masked) -> orders.Link:
        account = join.shown_to_officer(office, _scanned(frame))
        if register_pages.account_of(frame, found.token):
            raise Refusal("PERSON_LINKED")
        if office.store.get(Register.ACCOUNT, account).person:
            raise Refusal("ACCOUNT_LINKED")
        return orders.Link(officer.number, account, found.token, *until_linked(frame, found.token))

    _asks(blueprint, frame, "link", link)
    _asks(blueprint, frame, "unlink", lambda officer, found: orders.Link(
        officer.number, _wallet_of(frame, found), b"", *until(frame)))

    @blueprint.post(f"{PATH}/<person>/code")
    def code(person: str) -> str:
        """A one-time code for home, shown in this answer alone."""
        officer, found = frame.posted(REGISTRAR), register_pages.one(frame, person)
        if register_pages.account_of(frame, found.token):
            raise Refusal("PERSON_LINKED")
        sent = joins.send_code(office.people, officer.number, found.token)
        return register_pages.page(frame, officer, found, code=sent)


def _locking(blueprint: Blueprint, frame: Frame) -> None:
    def freeze(officer: Officer, found: Masked) -> orders.Freeze:
        account = _wallet_of(frame, found)
        frozen = frame.office.store.get(Register.ACCOUNT, account).frozen
        return orders.Freeze(officer.number, account, 1 - frozen, *until(frame))

    _asks(blueprint, frame, "freeze", freeze)
    _asks(blueprint, frame, "offline", lambda officer, found: OfflineAgain(
        officer.number, _wallet_of(frame, found), *until(frame, BY_TWO_S)))


def _devices(blueprint: Blueprint, frame: Frame) -> None:
    store = frame.office.store

    def add(officer: Officer, found: Masked, replaces: bytes, day_won: int) -> orders.KeyAdd:
        """A new phone, which shows its join code like any new wallet."""
        raw = _scanned(frame)
        join.shown_to_officer(frame.office, raw)
        key = store.get(Register.ALIAS, cose.parse(raw).body.alias).key
        grade = store.get(Register.KEY, key).grade
        return orders.KeyAdd(officer.number, _wallet_of(frame, found), key, grade, *until(frame, BY_TWO_S), replaces, day_won)

    def device(officer: Officer, found: Masked) -> orders.KeyAdd:
        """Beside the others, or in the place of one, whose own limit a day it keeps; by earlier rules only a live one's."""
        offered = register_pages.replaceable(frame, store.devices_of(_wallet_of(frame, found)))
        lost = {key.hex(): (key, record) for key, record, _ in offered}
        chosen = request.form.get("replaces", "")
        if chosen != register_pages.BESIDE and chosen not in lost:
            raise Refusal("FIELD_WRONG", field="replaces")
        key, record = lost.get(chosen, (b"", None))
        if record and record.revoked and not frame.office.rules.replaces_revoked:
            key = b""
        return add(officer, found, key, record.day_won if record else 0)

    def caregiver(officer: Officer, found: Masked) -> orders.KeyAdd:
        """Stops no other phone, and never spends more than its limit."""
        return add(officer, found, b"", typed.won("day_won"))

    def revoke(officer: Officer, found: Masked) -> orders.KeyRevoke:
        key = typed.octets("key", 32)
        if key not in [known for known, _ in store.keys_of(_wallet_of(frame, found))]:
            raise Refusal("UNKNOWN_KEY")
        return orders.KeyRevoke(officer.number, key, *until(frame))

    _asks(blueprint, frame, "device", device)
    _asks(blueprint, frame, "caregiver", caregiver)
    _asks(blueprint, frame, "revoke", revoke)


def _recalling(blueprint: Blueprint, frame: Frame) -> None:
    def recall(officer: Officer, found: Masked) -> Recall:
        held = register_pages.holdings(frame, found.token)
        lot = typed.whole("lot", [each.lot for each in held])
        holder = register_pages.account_of(frame, found.token) or found.token
        return Recall(officer.number, holder, lot, typed.won("amount_won"), *until(frame, BY_TWO_S))

    _asks(blueprint, frame, "recall", recall, MAKER)
