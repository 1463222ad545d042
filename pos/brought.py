"""What another till of this shop took without a network and can't settle any more, because it was stolen and revoked: its
exported queue is brought here in a file, and this till claims each code in that one's place.

A code names no till, so whichever till of the shop has it may deposit it, and the ledger pays a shop for a code once. The
city is asked about the other till's own claim first: only where that was refused for the till's sake, for good, does this one
sign another. The same rules stand in static/js/till/brought.js.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import click

from app.errors import Refusal, SetupError
from app.message import cose
from app.money.orders_offline import Deposit
from pos import deposits, offline, words
from pos import server as line
from pos.counter import REFUSED, UNKNOWN, Counter, open_till, owners_key, resume
from pos.server import Refused, Server, Unclear
from pos.till import Sale, State, Till

LONGEST = 8 << 20
OF_THE_TILL = "TILL_REVOKED"     # the other till's claim is worth nothing, and never will be


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file."""
    both: bytes             # the code with its certificate
    payee: bytes            # the other till's claim on it
    claim: Deposit


def read(text: str, till: Till) -> list[Row]:
    """The queue in a file of `export`. SetupError where it is none; OTHER_CHAIN, WRONG_SHOP."""
    try:
        told = json.loads(text)
        chain_id, shop, sales = told["chain_id"], told["shop"], told["sales"]
        rows = [_row(each) for each in sales]
    except (ValueError, KeyError, TypeError, RecursionError, Unclear, Refusal):
        raise SetupError("this is no file of a till's queue: bring the one that `export` or a tablet wrote") from None
    if chain_id != till.paired.chain_id.hex():
        raise Refusal("OTHER_CHAIN")
    if any(each != till.paired.shop for each in (shop, *(row.claim.shop for row in rows))):
        raise Refusal("WRONG_SHOP")
    return rows


def _row(told: dict) -> Row:
    both, payee = line.to_bytes(told["payer"]) + line.to_bytes(told["certificate"]), line.to_bytes(told["payee"])
    claim = cose.parse(payee).body
    if not offline.is_both(both) or type(claim) is not Deposit:
        raise ValueError("another message")
    return Row(both, payee, claim)


def claim(till: Till, server: Server, row: Row) -> Sale | str:
    """What became of a line: "" where the other till's own claim is settled, a word where the city says no or not yet, or this
    till's claim, on disk and to be settled. Raises Refused or Unclear."""
    before = _before(till, row)
    if before:
        return before
    sent = {"payer": line.to_text(offline.code_of(row.both)), "payee": line.to_text(row.payee)}
    answer = server.post("/api/sales", {"sales": [sent]})["answers"][0]
    no = line.refused(answer.get("problem"))
    if no is None:
        return ""
    if not no.final or no.word != OF_THE_TILL:
        return no.word
    shown = offline.opened(till, row.both)
    if shown.id != row.claim.code_id:
        raise Refusal("OTHER_CODE")
    times = row.claim.taken_at_s, shown.code.expires_at_s
    return till.deposit(shown.id, row.claim.amount_won, times, row.both, row.claim.reference, row.claim.cashier)


def _before(till: Till, row: Row) -> Sale | None:
    """This till's own claim on that code, whatever became of it: a file may be brought twice."""
    code = offline.code_of(row.both)
    for kept in till.journal.lines(row.claim.taken_at_s - offline.DAY_S):
        if kept.payer and offline.is_both(kept.payer) and offline.code_of(kept.payer) == code:
            return till.read(kept)
    return None


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_context
def bring(ctx: click.Context, file: Path) -> None:
    """Claim what another till of this shop took without a network and can't settle any more: FILE is its `export`. Asks the
    PIN; needs a line."""
    counter: Counter = ctx.obj
    till, server = open_till(counter)
    with file.open(encoding="utf-8", errors="replace") as opened:
        rows = read(opened.read(LONGEST), till)
    owners_key(counter, till)
    if not resume(counter, till, server):
        ctx.exit(UNKNOWN)
    ends = [_told(counter, till, server, row) for row in rows]
    for sale in deposits.settle(till, server):
        counter.screen.line(sale, till.journal.line(sale.number).at_s)
        ends += ["no"] * (sale.state is State.REFUSED)
    left = offline.waiting(till)
    counter.screen.waiting(len(left), sum(sale.amount_won for sale in left))
    ctx.exit(UNKNOWN if left else REFUSED if "no" in ends else 0)


def _told(counter: Counter, till: Till, server: Server, row: Row) -> str:
    """Claims a line and says how it stands: "no" where the city won't pay it."""
    amount = counter.screen.amount(row.claim.amount_won)
    try:
        found = claim(till, server, row)
    except (Refused, Refusal) as no:
        found = no.word
    if isinstance(found, Sale):
        if found.state is not State.SIGNED:
            counter.screen.line(found, row.claim.taken_at_s)
        return "no" if found.state is State.REFUSED else ""
    if not found:
        counter.screen.say("settled before", amount)
        return ""
    counter.screen.say("not claimed", amount, words.refusal(counter.language, found, {}), found)
    return "no"


COMMANDS = (bring,)
