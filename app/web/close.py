"""A till asks for its closing, its shop's, or a month's statement: as JSON for its screen, as PDF for the binder, as CSV
for the accountant. And for a receipt to print again."""

from flask import Blueprint, Response, request

from app.desk import close, goods
from app.desk.close import Close, Line, Scope, Sums
from app.desk.office import Office
from app.errors import Refusal
from app.people import sheet
from app.people.closings import Closing
from app.people.turn import Turn
from app.web import api, owner
from app.web.site import Services
from app.web.vendor import goods_of
from app.web.words import Words

SCOPES = ("till", "shop")
CSV, PDF = "text/csv; charset=utf-8", "application/pdf"


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("close", __name__, url_prefix="/api")
    office, words = services.office, services.shell.words
    paper = Turn()      # a paper takes a third of a second of Python's time, which payments want too

    @blueprint.get("/close")
    def shown() -> dict | Response:
        found, form = _asked(office), request.args.get("as", "json")
        if form == "json":
            return as_json(found)
        if form == "csv":
            return _file(as_csv(found, words, words.language_of(request)), CSV, f"{name_of(found)}.csv")
        if form == "pdf":
            with paper.taken():
                return _file(_pdf(found, words), PDF, f"{name_of(found)}.pdf")
        raise Refusal("FIELD_WRONG", field="as")

    @blueprint.post("/close")
    def recorded() -> dict:
        found = api.sent()
        whole_shop = _choice(found.get("scope")) == "shop"
        till = _till(office, owners=whole_shop)
        span, cashier = (_number(found, "first"), _number(found, "last")), _number(found, "cashier")
        scope = close.scope_of(office, till, whole_shop)
        return as_json(close.record(office, scope, span, (till, close.OWNER if whole_shop else cashier)))

    @blueprint.get("/closings")
    def closings() -> dict:
        scope = _scope(office)
        return {"closings": [_closing(each) for each in close.recorded(office, scope)]}

    @blueprint.get("/till/receipts/<int:entry>")
    def receipt(entry: int) -> dict:
        till = api.till(office)
        line, slip = close.slip(office, till, entry)
        return {**api.slip(slip), **_line(line), "goods": goods.of_entry(office, till, entry)}

    @blueprint.post("/till/receipts/<int:entry>")
    def tell_goods(entry: int) -> dict:
        till, found = api.till(office), goods_of(api.sent())
        if found is None:
            raise Refusal("FIELD_MISSING", field="lines")
        goods.tell(office, till, entry, found)
        return {"goods": goods.of_entry(office, till, entry)}

    return blueprint


# --- what was asked ------------------------------------------------------------------------

def _asked(office: Office) -> Close:
    """By ?closing=, ?day= or ?month=; without one of them, what came since the last closing."""
    scope = _scope(office)
    if "closing" in request.args:
        return close.of_closing(office, scope, api.whole("closing"))
    if "day" in request.args:
        return close.of_day(office, scope, request.args["day"])
    if "month" in request.args:
        return close.of_month(office, scope, request.args["month"])
    return close.since_last(office, scope)


def _scope(office: Office) -> Scope:
    """The till that asks closes its own day; the whole shop's and a month's statement are the owner's to see."""
    whole_shop = _choice(request.args.get("scope")) == "shop"
    return close.scope_of(office, _till(office, owners=whole_shop or "month" in request.args), whole_shop)


def _till(office: Office, owners: bool) -> int:
    """That asks: by its session or by its owner's order, which alone will do where it is `owners`."""
    return owner.order(office).till if owners or owner.is_said() else api.till(office)


def _choice(said: object) -> str:
    if said is None:
        return SCOPES[0]
    if said not in SCOPES:
        raise Refusal("FIELD_WRONG", field="scope")
    return said


def _number(found: dict, name: str) -> int:
    value = found.get(name)
    if value is None:
        raise Refusal("FIELD_MISSING", field=name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise Refusal("FIELD_WRONG", field=name)
    return value


def _pdf(found: Close, words: Words) -> bytes:
    from app.web import close_pdf   # its library takes 0.3 s to load, and most of the servers' processes print nothing

    return close_pdf.pdf(found, words, words.language_of(request))


def _file(body: bytes, mimetype: str, name: str) -> Response:
    return Response(body, content_type=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def name_of(found: Close) -> str:
    """A file name that sorts by time: hagc-shop3-2026-10, hagc-till12-120-480."""
    who = f"till{found.scope.till}" if found.scope.till else f"shop{found.scope.shop}"
    return f"hagc-{who}-{found.month or f'{found.first}-{found.last}'}"


# --- as JSON -------------------------------------------------------------------------------

def as_json(found: Close) -> dict:
    return {
        "scope": "till" if found.scope.till else "shop", "shop": found.scope.shop, "shop_name": found.shop_name,
        "till": found.scope.till or None, "first": found.first, "last": found.last, "from_s": found.from_s,
        "until_s": found.until_s, "opening": found.lines[0].entry if found.lines else None,
        "closing": found.lines[-1].entry if found.lines else None, "total": _sums(found.total),
        "cashiers": [{"cashier": number, **_sums(part)} for number, part in found.cashiers],
        "tills": [{"till": number, **_sums(part)} for number, part in found.tills],
        "days": [{"day": day.isoformat(), **_sums(part)} for day, part in found.days],
        "zone": found.zone.key, "month": found.month or None, "final": found.final, "digest": found.digest,
        "checkpoint": {"origin": found.under.origin, "size": found.under.size, "root": found.under.root.hex()}
        if found.under else None,
        "recorded": _closing(found.closing) if found.closing else None,
    }


def _sums(sums: Sums) -> dict:
    return {
        "sales": sums.sales, "sales_won": sums.sales_won, "refunds": sums.refunds, "refunds_won": sums.refunds_won,
        "voids": sums.voids, "voids_won": sums.voids_won, "net_won": sums.net_won,
    }


def _closing(kept: Closing) -> dict:
    return {
        "number": kept.number, "first": kept.first, "last": kept.last, "at_s": kept.at_s, "by_till": kept.by_till,
        "by_cashier": kept.by_cashier,
    }


def _line(line: Line) -> dict:
    return {
        "kind": line.kind, "of": line.of or None, "till": line.till, "cashier": line.cashier, "reference": line.reference,
    }


# --- as CSV --------------------------------------------------------------------------------

COLUMNS = "day clock entry kind of till cashier reference amount".split()


def as_csv(found: Close, words: Words, language: str) -> bytes:
    """One row a line, what was given back below zero, so that the last column adds up to the net: its own last row."""
    def said(name: str) -> str:
        return words.say(language, f"paper.{name}")

    rows = [
        [*_when(found, line), line.entry, said(line.kind), line.of or None, line.till, line.cashier, line.reference,
         line.signed_won]
        for line in found.lines
    ]
    return sheet.write([said(name) for name in COLUMNS], [*rows, [said("net"), *[None] * 7, found.total.net_won]])


def _when(found: Close, line: Line) -> tuple[str, str]:
    at = found.at(line.at_s)
    return at.date().isoformat(), f"{at:%H:%M:%S}"
