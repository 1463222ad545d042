"""What wallets and tills ask: messages in, receipts out. JSON; messages as base64url.

Who reads proves a key: `Authorization: HAGC <session message>`, or `?session=` for event
streams, which can't send headers. A till never gets the payer's half.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256

from flask import Blueprint, Response, request

from app.desk import directory, join, lookup, offline, pay
from app.desk import pairing as pairings
from app.desk.office import Office
from app.desk.receipts import Settled
from app.errors import WORDS, Refusal
from app.money.orders import Session
from app.web import events
from app.web.answers import loads, status_of
from app.web.site import Services

SALES_AT_ONCE = 50
OF_THE_PURSE = ("WRONG_CATEGORY", "COINS_EXPIRED", "NOT_ENOUGH", "OVER_DAY_LIMIT", "BEARER_SHORT")


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    office: Office = services.office
    _sales(blueprint, office)
    _residents(blueprint, office)
    _tills(blueprint, office)
    _events(blueprint, office)
    _city(blueprint, office)
    return blueprint


# --- reading what was sent -----------------------------------------------------------------

def sent() -> dict:
    """The JSON object of this request; UNREADABLE if it is none."""
    try:
        found = loads(request.get_data())
    except ValueError:
        raise Refusal("UNREADABLE") from None
    if type(found) is not dict:
        raise Refusal("UNREADABLE")
    return found


def text(found: dict, name: str) -> str:
    value = found.get(name)
    if value is None:
        raise Refusal("FIELD_MISSING", field=name)
    if type(value) is not str:
        raise Refusal("FIELD_WRONG", field=name)
    return value


def octets(found: dict, name: str = "message") -> bytes:
    """A field of base64url without padding."""
    return from_base64url(text(found, name), name)


def from_base64url(value: str, name: str) -> bytes:
    """Only the one text that base64url writes: Python's own reader passes over what it doesn't know."""
    try:
        raw = urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    except (NotBase64, ValueError):
        raw = b""
    if base64url(raw) != value:
        raise Refusal("FIELD_WRONG", field=name)
    return raw


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def whole(name: str, default: int | None = None) -> int:
    """A whole number from the address."""
    value = request.args.get(name, "")
    if not value and default is not None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= 16):
        raise Refusal("FIELD_WRONG" if value else "FIELD_MISSING", field=name)
    return int(value)


def reader(office: Office) -> Session:
    """Who asks. SIGN_IN_FIRST when nobody said."""
    said = request.headers.get("Authorization", "")
    token = said.removeprefix("HAGC ") if said.startswith("HAGC ") else request.args.get("session", "")
    if not token:
        raise Refusal("SIGN_IN_FIRST")
    return join.session(office, from_base64url(token, "session"))


def wallet(office: Office) -> bytes:
    """The account (8) of the wallet that asks; NOT_YOURS for a till."""
    who = reader(office).signer
    if not isinstance(who, bytes):
        raise Refusal("NOT_YOURS")
    return join.account_of(office, who)


def till(office: Office) -> int:
    who = reader(office).signer
    if not isinstance(who, int):
        raise Refusal("NOT_YOURS")
    return who


def slip(settled: Settled) -> dict:
    return {
        "receipt": base64url(settled.receipt), "entry": settled.entry, "at_s": settled.at_s,
        "amount_won": settled.amount_won,
    }


# --- routes --------------------------------------------------------------------------------

def _sales(blueprint: Blueprint, office: Office) -> None:
    @blueprint.post("/sales")
    def sales() -> dict:
        found = sent()
        if "sales" not in found:
            return _sale(office, found)
        many = found["sales"]
        if type(many) is not list or not all(type(each) is dict for each in many):
            raise Refusal("FIELD_WRONG", field="sales")
        if len(many) > SALES_AT_ONCE:
            raise Refusal("TOO_MANY", most=SALES_AT_ONCE)
        return {"answers": [_sale_or_problem(office, each) for each in many]}

    @blueprint.post("/refunds")
    def refunds() -> dict:
        return slip(pay.give_back(office, octets(sent())))

    @blueprint.get("/outcomes/<int:expires_at_s>/<message_id>")
    def outcomes(expires_at_s: int, message_id: str) -> dict:
        if expires_at_s >= 2**53:
            raise Refusal("FIELD_WRONG", field="expires_at_s")
        subject = _hex(message_id, 32)
        outcome = lookup.outcome(office, expires_at_s, subject)
        if isinstance(outcome, Settled):
            return {"state": "settled", **slip(outcome)}
        if outcome is None:
            return {"state": "unknown"}
        signed = base64url(offline.refused(office, (expires_at_s, subject), outcome))
        return {"state": "refused", "problem": brief(without_purse(outcome)), "refusal": signed}


def _sale(office: Office, found: dict) -> dict:
    payer, payee = octets(found, "payer"), octets(found, "payee")
    mine = _payers_account(office, payer)       # before anything moves: whoever has paid is told no refusal
    try:
        settled = pay.settle(office, payer, payee)
    except Refusal as refusal:
        raise refusal if mine else without_purse(refusal) from None
    return slip(settled) | _payers_half(office, mine, settled.entry) if mine else slip(settled)


def _payers_account(office: Office, payer: bytes) -> bytes:
    """The account (8) that is to pay, when it is its wallet that asks; empty for a till, or when nobody said.
    NOT_YOURS when it is another's wallet."""
    if not request.headers.get("Authorization"):
        return b""
    who = reader(office).signer
    if not isinstance(who, bytes):
        return b""
    account = join.account_of(office, who)
    if join.owner_of(office, lookup.alias_of(payer)) not in (account, b""):
        raise Refusal("NOT_YOURS")
    return account


def _sale_or_problem(office: Office, found: dict) -> dict:
    try:
        return _sale(office, found)
    except Refusal as refusal:
        return {"problem": brief(refusal)}


def _payers_half(office: Office, account: bytes, entry: int) -> dict:
    """The payer's own half."""
    opened = lookup.payers_half(office, account, entry)
    return {
        "payer_receipt": base64url(opened.receipt), "half": base64url(opened.half),
        "salt": base64url(opened.salt), "other": base64url(opened.other),
    }


def without_purse(refusal: Refusal) -> Refusal:
    """The same word without what it tells of the payer's purse: a shop may know that it isn't enough, not what there is."""
    return Refusal(refusal.word) if refusal.word in OF_THE_PURSE else refusal


def brief(refusal: Refusal) -> dict:
    """A refusal inside an answer: the asker's page words it."""
    return {
        "type": f"/problems/{refusal.word}", "word": refusal.word, "number": refusal.number,
        "final": refusal.final, "facts": refusal.facts, "status": status_of(refusal),
    }


def _hex(value: str, length: int) -> bytes:
    try:
        found = bytes.fromhex(value)
    except ValueError:
        found = b""
    if len(found) != length:
        raise Refusal("FIELD_WRONG", field="id")
    return found


def _residents(blueprint: Blueprint, office: Office) -> None:
    @blueprint.post("/accounts")
    def accounts() -> dict:
        opened = join.open_account(office, octets(sent()))
        return {"account": opened.account.hex(), "aliases": [alias.hex() for alias in opened.aliases]}

    @blueprint.post("/aliases")
    def aliases() -> dict:
        return {"aliases": [alias.hex() for alias in join.more_aliases(office, octets(sent()))]}

    @blueprint.post("/certificates")
    def certificates() -> dict:
        done = offline.certify(office, octets(sent()))
        return {"certificate": base64url(done.certificate), "cap_won": done.record.cap_won,
                "from_s": done.record.from_s, "until_s": done.record.until_s}

    @blueprint.post("/joins")
    def joins() -> dict:
        found = sent()
        return {"state": join.wish(office, octets(found), text(found, "code")).state}

    @blueprint.get("/wallet")
    def overview() -> dict:
        account, key = wallet(office), join.key_of(office, reader(office).signer)
        return lookup.wallet(office, account, whole("before", 0) or None, key)

    @blueprint.get("/receipts/<int:entry>")
    def receipt(entry: int) -> dict:
        return _payers_half(office, wallet(office), entry)

    @blueprint.get("/preview")
    def preview() -> dict:
        account, key = wallet(office), join.key_of(office, reader(office).signer)
        return lookup.preview(office, account, whole("shop"), whole("amount_won"), key)


def _tills(blueprint: Blueprint, office: Office) -> None:
    @blueprint.get("/till")
    def till_sales() -> dict:
        return lookup.till(office, till(office), whole("before", 0) or None)

    @blueprint.post("/tills/pair")
    def pair() -> dict:
        found = sent()
        proofs = octets(found, "proof"), octets(found, "refund_proof")
        return pairings.claim(office, text(found, "code"), (octets(found, "key"), octets(found, "refund_key")), proofs)

    @blueprint.get("/tills/pair/<code>")
    def paired(code: str) -> dict:
        return pairings.state(office, code)


def _events(blueprint: Blueprint, office: Office) -> None:
    def topics() -> tuple[str, ...]:
        who = reader(office).signer
        return lookup.topics(office, who)

    @blueprint.get("/events")
    def stream() -> Response:
        return events.stream(*topics())

    @blueprint.get("/events/poll")
    def poll() -> Response:
        return events.wait(*topics())


def _city(blueprint: Blueprint, office: Office) -> None:
    shops_now = directory.Kept(office)

    @blueprint.get("/city")
    def city() -> dict:
        return directory.city(office)

    @blueprint.get("/directory")
    def shops() -> Response:
        body = shops_now.now().body
        answer = Response(body, mimetype="application/json", headers={"Cache-Control": "no-cache"})
        answer.set_etag(sha256(body).hexdigest()[:32])
        return answer.make_conditional(request)

    @blueprint.get("/directory/signature")
    def signature() -> dict:
        return {"message": base64url(shops_now.now().message)}

    @blueprint.get("/words")
    def words() -> dict:
        """The closed list of refusals, for vendors."""
        return {"words": [{"word": rule.word, "number": rule.number, "final": rule.final} for rule in WORDS.values()]}
