"""The public ledger's pages: HTML alone, no script, so that any browser and any printer shows them.

What they show stands in clear in the log, or is a proof (app/desk/explore.py). A list's place is in its address.
"""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, request

from app.chain.entry import CLEAR, HIDDEN, TWO_SIDED
from app.desk import explore
from app.desk.office import Office
from app.errors import Refusal
from app.money import orders
from app.money.lots import shop_numbers
from app.money.state import Register
from app.web.answers import status_of
from app.web.shell import EXPLORER, Shell
from app.web.site import Services

BLOCKS, LINES = 25, 100
LONGEST_RECEIPT = 1024      # characters; a receipt's text has about 400
FORMS = {CLEAR: "clear", HIDDEN: "hidden", TWO_SIDED: "two_sided"}
ROLES = {orders.MAKER: "maker", orders.CHECKER: "checker", orders.REGISTRAR: "registrar", orders.AUDITOR: "auditor",
         orders.ADMINISTRATOR: "administrator"}
RIGHTS = {orders.RECEIVE: "receive", orders.RETURN: "return", orders.ASK: "ask"}


def routes(services: Services) -> Blueprint:
    blueprint = Blueprint("explorer", __name__, url_prefix="/explorer")
    office: Office = services.office
    shell = services.shell
    _blocks(blueprint, office, shell)
    _registers(blueprint, office, shell)
    _log(blueprint, office, shell)

    @blueprint.get("")
    def overview() -> str:
        return page(shell, "overview", blocks=office.store.blocks(limit=5), supplies=explore.supply(office),
                    totals=explore.daily_totals(office), newest=explore.newest(office), size=office.store.head().size,
                    served=explore.served(office), home=f"{request.scheme}://{office.genesis.host}")

    @blueprint.get("/receipt")
    def receipt() -> str:
        return page(shell, "receipt", judged=None, said=None, typed="")

    @blueprint.post("/receipt")
    def judge() -> Response:
        return judged(office, shell, request.form.get("receipt", ""))

    return blueprint


def page(shell: Shell, name: str, **context: object) -> str:
    def noon_of(day: int) -> int:
        return int(datetime.combine(date(1970, 1, 1) + timedelta(day), time(12), shell.city.zone).timestamp())

    return shell.render(
        f"explorer/{name}.html", EXPLORER, section=name, forms=FORMS, here=request.path, noon_of=noon_of,
        roles=lambda sum_of: _names(ROLES, sum_of), rights=lambda sum_of: _names(RIGHTS, sum_of),
        shop_numbers=shop_numbers, **context,
    )


def _names(of: dict[int, str], sum_of: int) -> list[str]:
    return [name for bit, name in of.items() if sum_of & bit]


def judged(office: Office, shell: Shell, typed: str) -> Response:
    """What a receipt proves, or why it proves nothing, and the form for another."""
    try:
        if not typed.strip():
            raise Refusal("FIELD_MISSING", field="receipt")
        if len(typed) > LONGEST_RECEIPT:
            raise Refusal("UNREADABLE")
        judged = explore.judge(office, typed)
    except Refusal as refusal:
        said = shell.words.refused(shell.words.language_of(request), refusal)
        return Response(page(shell, "receipt", judged=None, said=said, typed=typed[:LONGEST_RECEIPT]), status_of(refusal))
    return Response(page(shell, "receipt", judged=judged, said=None, typed=typed))


# --- blocks and entries --------------------------------------------------------------------

def _blocks(blueprint: Blueprint, office: Office, shell: Shell) -> None:
    @blueprint.get("/blocks")
    def blocks() -> str:
        day = request.args.get("day", "")
        before = number("before") or None
        if day:
            until_s = _midnight_after_s(office, day)
            before = min(before or 2**53, explore.height_before(office, until_s))
        found = office.store.blocks(before, BLOCKS + 1) if before != 0 else []
        more = found[BLOCKS - 1].header.height if len(found) > BLOCKS else 0
        return page(shell, "blocks", blocks=found[:BLOCKS], more=more, day=day, first=before is None)

    @blueprint.get("/blocks/<int:height>")
    def block(height: int) -> str:
        if height == 0:
            return genesis()
        found = explore.block(office, height)
        first, last = found.header.first, found.header.last
        start = min(max(first, number("after") + 1), last + 1)
        shown = explore.entries(office, start, min(last, start + LINES - 1))
        return page(shell, "block", block=found, entries=shown, more=start + LINES - 1 if start + LINES <= last else 0)

    @blueprint.get("/entries/<int:entry>")
    def entry(entry: int) -> str:
        found = explore.entry(office, entry)
        lines = explore.facts(found.body) if found.body is not None else []
        return page(shell, "entry", entry=found, lines=lines, newest=explore.newest(office), who=_who)

    @blueprint.get("/go")
    def go() -> Response:
        """The form 'entry number': a page of its own, so that no script is needed."""
        explore.entry(office, number("entry"))
        return Response(status=303, headers={"Location": f"/explorer/entries/{number('entry')}"})

    @blueprint.get("/genesis")
    def genesis() -> str:
        return page(shell, "genesis", genesis=office.genesis, chain=office.chain_id)


def _who(approval: orders.Approval) -> str:
    return "root" if approval.board == orders.ROOTS else "officer"


def _midnight_after_s(office: Office, day: str) -> int:
    """When the day YYYY-MM-DD ends on the city's clocks. FIELD_WRONG."""
    try:
        at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=office.city.zone)
        return int((at + timedelta(days=1)).timestamp())
    except (ValueError, OverflowError):
        raise Refusal("FIELD_WRONG", field="day") from None


def number(name: str) -> int:
    """A whole number from the address; 0 when it is not there. FIELD_WRONG."""
    said = request.args.get(name, "").strip().replace(",", "")
    if not said:
        return 0
    if not (said.isascii() and said.isdecimal() and len(said) <= 15):
        raise Refusal("FIELD_WRONG", field=name)
    return int(said)


# --- registers -----------------------------------------------------------------------------

def _registers(blueprint: Blueprint, office: Office, shell: Shell) -> None:
    @blueprint.get("/shops")
    def shops() -> str:
        wanted, category = request.args.get("q", "").strip()[:60], number("category")
        listed = [
            (key, record) for key, record in office.store.records(Register.SHOP)
            if _matches(record, wanted) and category in (0, record.category)
        ]
        rows, more = explore.page_of(listed, number("after"), LINES)
        return page(shell, "shops", shops=rows, more=more, count=len(listed), q=wanted, category=category,
                    tills=explore.tills_of_shops(office))

    @blueprint.get("/programmes")
    def programmes() -> str:
        return page(shell, "programmes", programmes=office.store.records(Register.PROGRAMME))

    @blueprint.get("/keys")
    def keys() -> str:
        return page(shell, "keys", officers=office.store.records(Register.OFFICER), now_s=office.now_s(),
                    operational=office.store.records(Register.OPERATIONAL))


def _matches(shop, wanted: str) -> bool:
    folded = wanted.casefold()
    return not folded or folded in shop.name.decode().casefold() or folded in shop.district.decode().casefold()


# --- the log -------------------------------------------------------------------------------

def _log(blueprint: Blueprint, office: Office, shell: Shell) -> None:
    @blueprint.get("/checkpoint")
    def checkpoint() -> str:
        newest = explore.newest(office)
        return page(shell, "checkpoint", newest=newest, size=office.store.head().size,
                    keys=explore.verifier_keys(office), witnesses=explore.witnesses(newest.note, newest.origin))
