"""What was taken without a network: settled as soon as there is one, many in one question, or written into a file.

A row is closed by the operator's receipt for it or by its signed no, by nothing else; so the same rows are sent again
until each has its end.
"""

import json
from pathlib import Path

import click

from app.errors import WORDS, Refusal
from app.message import qr
from pos import offline, papers, sync
from pos import server as line
from pos.allowance import Allowance, Figures
from pos.counter import UNKNOWN, Counter, open_till, resume, save
from pos.server import Refused, Server, Unclear
from pos.till import Sale, State, Till
from pos.trust import NotProven

AT_ONCE = 50            # of one question (POST /api/sales)
NO_VERDICT = ("", "INTERNAL", "BUSY", "HALTED", "TOO_MANY")     # none, or one that says nothing of the sale


def found(texts: list[str], host: str) -> bytes | None:
    """Code and certificate, where one of the texts holds both."""
    for text in texts:
        try:
            raw = qr.from_text(text, (host,))
        except Refusal:
            continue
        if offline.is_both(raw):
            return raw
    return None


def take(counter: Counter, till: Till, server: Server, asked: tuple[bytes, int, bytes, int], stands: bool) -> tuple[Sale, bool]:
    """Takes `asked` (code and certificate, amount, reference, cashier): settled at once where the line stands, else within
    the city's caps. The sale, and whether it is taken to be settled later, which is shown."""
    raw, amount_won, *marks = asked
    if not stands:
        allowed(counter, till).check(0)         # by a wrong clock no certificate can be judged
    shown = offline.opened(till, raw)
    sale = offline.take(till, shown, amount_won, tuple(marks), None if stands else allowed(counter, till))
    Figures(counter.folder).seen(till.now_s())
    word = ""
    try:
        word = next((said for each, said in sent(till, server) if each.number == sale.number), "")
    except (Unclear, Refused):
        pass                                    # it lies in the journal
    sale = till.read(till.journal.line(sale.number))
    left = allowed(counter, till)
    taken = sale.state is State.SIGNED and word in NO_VERDICT and not left.why and left.left_won >= 0
    if taken:
        counter.screen.taken(sale, left.left_won)
    return sale, taken


def allowed(counter: Counter, till: Till) -> Allowance:
    waiting_won = sum(sale.amount_won for sale in offline.waiting(till))
    return Figures(counter.folder).allowance(till.trust, till.now_s(), waiting_won)


def settle(till: Till, server: Server) -> list[Sale]:
    """Sends all that waits; what has its end now. Raises Refused or Unclear."""
    return [sale for sale, _ in sent(till, server) if sale.state is not State.SIGNED]


def sent(till: Till, server: Server) -> list[tuple[Sale, str]]:
    """The same, of all: as it stands now, and the word of the operator's no. After one that judged the sale it is not
    taken without a network any more, though it waits until that is signed."""
    rows, told = [sale for sale in offline.waiting(till) if sale.body.taken_at_s < till.now_s()], []
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at:at + AT_ONCE]
        said = server.post("/api/sales", {"sales": [_sale(sale) for sale in some]}).get("answers")
        if not isinstance(said, list) or len(said) != len(some):
            raise Unclear("not an answer for each sale")
        for sale, answer in zip(some, said, strict=True):
            told.append(_answered(till, server, sale, answer if isinstance(answer, dict) else {}))
    return told


def _sale(sale: Sale) -> dict:
    return {"payer": line.to_text(offline.code_of(sale.payer)), "payee": line.to_text(sale.raw)}


def _answered(till: Till, server: Server, sale: Sale, answer: dict) -> tuple[Sale, str]:
    if "receipt" in answer:
        try:
            return sync.settle(till, server, sale, answer), ""
        except NotProven:
            return sale, "UNPROVEN"
    no = line.refused(answer.get("problem"))
    if no is None:
        return sale, ""
    try:
        return (_refused(till, server, sale) if no.final else sale), no.word
    except (Unclear, Refused):
        return sale, no.word


def _refused(till: Till, server: Server, sale: Sale) -> Sale:
    """Closed by the operator's signed no, which is kept beside; open still where there is none."""
    said = server.get(f"/api/outcomes/{sale.body.expires_at_s}/{sale.id.hex()}")
    no = line.refused(said.get("problem"))
    if said.get("state") != "refused" or no is None or not said.get("refusal"):
        return sale
    raw = line.to_bytes(said["refusal"])
    try:
        number = till.trust.check_no(raw, (sale.body.expires_at_s, sale.id), till.now_s())
    except NotProven:
        return sale
    word = next((word for word, rule in WORDS.items() if rule.number == number), no.word)
    till.journal.keep_refusal(sale.number, raw, till.now_s())
    return till.refuse(sale, word, no.sentence)


# --- commands ------------------------------------------------------------------------------

@click.command("sync")
@click.option("--print", "paper", is_flag=True, help="a receipt of each that is settled now; the customer mostly has left")
@click.pass_context
def sync_now(ctx: click.Context, paper: bool) -> None:
    """Settle what was taken without a network."""
    counter: Counter = ctx.obj
    machine = papers.set_up(counter) if paper else None
    till, server = open_till(counter)
    if resume(counter, till, server):
        ended = settle(till, server)
        for sale in ended:
            counter.screen.line(sale, till.journal.line(sale.number).at_s)
        if machine:
            papers.of_settled(counter, machine, till, server, [sale for sale in ended if sale.state is State.SETTLED])
    left = offline.waiting(till)
    counter.screen.waiting(len(left), sum(sale.amount_won for sale in left))
    ctx.exit(UNKNOWN if left else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(counter: Counter, file: Path) -> None:
    """Write what was taken without a network and waits into FILE, as POST /api/sales takes it; and what the city refused
    because this till was revoked, for `import` at another till of the shop."""
    till, _ = open_till(counter)
    rows = [*offline.lost(till), *offline.waiting(till)]
    sales = [_sale(sale) | {
        "certificate": line.to_text(sale.payer[len(offline.code_of(sale.payer)):]), "id": sale.id.hex(),
        "amount_won": sale.amount_won, "taken_at_s": sale.body.taken_at_s, "expires_at_s": sale.body.expires_at_s,
    } for sale in rows]
    paired = till.paired
    whole = {"till": paired.till, "shop": paired.shop, "chain_id": paired.chain_id.hex(), "sales": sales}
    save(file, json.dumps(whole, indent=1).encode() + b"\n")
    counter.screen.waiting(len(rows), sum(sale.amount_won for sale in rows))


COMMANDS = (sync_now, export)
