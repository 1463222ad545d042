"""What the till's page has done by this program: signed with keys that no browser holds, and written down before anybody
sees it. One thread's, as the journal is; pos.errands calls it there.
"""

import json
import secrets
from pathlib import Path

from app.errors import WORDS, Refusal
from app.message import cose, kinds
from app.money.orders import Charge, Receipt, Refund, Void
from app.money.orders_offline import Deposit
from pos import keys, offline, owner, pairing, slips
from pos import server as line
from pos.allowance import Allowance, Figures
from pos.asked import Asked, Wrong
from pos.counter import JOURNAL
from pos.journal import Journal, Line
from pos.notes import Notes
from pos.opened import reference_of
from pos.receipt import Slip
from pos.server import Server
from pos.till import SESSION_LIFE_S, Sale, State, Till

MOST_UNSIGNED = 200             # asked about at once
LONGEST_FACT = 1 << 20
LONGEST_NAME = 200
MOST_CASHIERS = 65_535
BOTH_RIGHTS = 3                 # until the city said otherwise
FREE_TRIES, FIRST_WAIT_S = 5, 60
TRIES = ".tries"                # no name that a page can keep
MOST_UNLOCKED = 8


class Hands:
    """One paired till's. Every method takes what the page asked and gives what it is answered, as JSON has it."""

    def __init__(self, folder: Path, server: Server):
        """SetupError where no till was paired there, or its journal can't be used."""
        self.folder, paired = folder, pairing.read(folder)
        self.till = Till(paired, keys.till(folder), Journal(folder / JOURNAL), server.now_s)
        self.notes, self.figures = Notes(folder), Figures(folder)
        self._unlocked: dict[str, keys.Signer] = {}

    def close(self) -> None:
        self.till.journal.close()
        self.notes.close()

    # --- what the page keeps -----------------------------------------------------------------

    def load(self, asked: Asked) -> object:
        name = asked.name()
        return self._till_facts() if name == "till" else self.notes.load(name)

    def keep(self, asked: Asked) -> None:
        if len(json.dumps(asked.value("value"))) > LONGEST_FACT:
            raise Wrong("value")
        self.notes.keep(asked.name(), asked.value("value"))

    def _till_facts(self) -> dict:
        """As a tablet keeps them from its pairing; what pairing pinned here stands above what a page wrote."""
        paired, kept = self.till.paired, self.notes.load("till")
        pinned = {"till": paired.till, "chain_id": paired.chain_id.hex(), "host": paired.host.lower(), "known": self._known()}
        return {"shop": paired.shop, "shop_name": paired.shop_name, "rights": BOTH_RIGHTS, **(kept if isinstance(kept, dict) else {}), **pinned}

    def _known(self) -> list[dict]:
        """The city's keys, proven, as static/js/lib/trust.js has them."""
        return [{
            "number": key.number, "role": key.role, "key": key.key.hex(), "valid_from_s": key.valid_from_s,
            "valid_until_s": key.valid_until_s, "expires_at_s": key.expires_at_s,
            "proof": " ".join(map(line.to_text, (proof.message, *proof.approvals))),
        } for proof, key in self.till.trust.known()]

    # --- signing -----------------------------------------------------------------------------

    def issue(self, asked: Asked) -> dict:
        """Signed, and in the journal. Raises Refusal as Till's."""
        till, kind, amount_won = self.till, asked.text("kind"), asked.whole("amount_won")
        reference, cashier = _marks(asked)
        if kind == "request":
            sale = till.request(amount_won, reference, cashier, self._life_s(asked))
        elif kind == "charge":
            sale = till.charge(cose.parse(asked.bytes("payer")), amount_won, reference, cashier)
        elif kind == "refund":
            sale = till.refund(asked.whole("entry"), amount_won, self._owner(asked), cashier)
        elif kind == "void":
            sale = till.void(asked.whole("entry"), cashier)
        else:
            raise Wrong("kind")
        return self._told(sale, asked)

    def deposit(self, asked: Asked) -> dict:
        """Takes a code with its certificate; within the city's caps where there is no network. Raises as offline.take."""
        shown = offline.opened(self.till, self._both(asked))
        allowance = self._allowance() if asked.value("capped") else None
        sale = offline.take(self.till, shown, asked.whole("amount_won"), _marks(asked), allowance)
        self.figures.seen(self.till.now_s())
        return self._told(sale, asked)

    def in_place(self, asked: Asked) -> dict:
        """The claim on a code that another till of this shop took and can't settle any more, by the owner's PIN; the page has
        asked the city."""
        self._owner(asked)
        shown = offline.opened(self.till, self._both(asked))
        times = asked.whole("taken_at_s"), shown.code.expires_at_s
        return self._told(self.till.deposit(shown.id, asked.whole("amount_won"), times, shown.raw, *_marks(asked)), asked)

    @staticmethod
    def _both(asked: Asked) -> bytes:
        raw = asked.bytes("shown")
        if not offline.is_both(raw):
            raise Wrong("shown")
        return raw

    def _life_s(self, asked: Asked) -> int:
        life_s = asked.whole("until_s") - self.till.now_s()
        if life_s <= 0:
            raise Refusal("EXPIRED")
        return life_s

    def _told(self, sale: Sale, asked: Asked) -> dict:
        self.notes.tell(sale.id, asked.text("sale", LONGEST_NAME), asked.whole("amount_won"), asked.text("checkout", LONGEST_NAME))
        return self._sent(self.till.journal.line(sale.number))

    def session(self, asked: Asked) -> dict:
        return {"session": line.to_text(self.till.session()), "until_s": self.till.now_s() + SESSION_LIFE_S}

    # --- the owner's key ---------------------------------------------------------------------

    def count_try(self) -> None:
        """Before a PIN is tried. TOO_MANY with wait_s."""
        tries, now_s = self.notes.load(TRIES) or {"wrong": 0, "wait_until_s": 0}, self.till.now_s()
        if tries["wait_until_s"] > now_s:
            raise Refusal("TOO_MANY", wait_s=tries["wait_until_s"] - now_s)
        wrong = tries["wrong"] + 1
        wait_s = 0 if wrong < FREE_TRIES else FIRST_WAIT_S * 2 ** min(wrong - FREE_TRIES, 16)
        self.notes.keep(TRIES, {"wrong": wrong, "wait_until_s": wait_s and now_s + wait_s})

    def unlocked(self, signer: keys.Signer) -> str:
        """A handle for the refund key that a PIN unlocked, good while this program runs."""
        self.notes.keep(TRIES, None)
        handle = secrets.token_urlsafe(16)
        self._unlocked = dict([*self._unlocked.items(), (handle, signer)][-MOST_UNLOCKED:])
        return handle

    def owner(self, asked: Asked) -> str:
        """Signs an order of the owner's for this chain; nothing else, so that no refund is signed beside the journal."""
        said = asked.bytes("data")
        if not said.startswith(owner.LABEL + self.till.paired.chain_id):
            raise Wrong("data")
        return line.to_text(self._owner(asked).sign(said))

    def _owner(self, asked: Asked) -> keys.Signer:
        found = self._unlocked.get(asked.text("owner", 64))
        if found is None:
            raise Refusal("SIGN_IN_WRONG")      # this program was started anew meanwhile
        return found

    # --- what became of it -------------------------------------------------------------------

    def settle(self, asked: Asked) -> bool:
        """By a receipt, which is checked here too; whether that was new. Raises NotProven."""
        sale, raw = self._sale(asked), asked.bytes("receipt")
        if sale.state is State.SETTLED:
            return False
        self.till.settle(sale, raw)
        if asked.value("shown"):
            self.notes.mark_shown(sale.id, True)
        return True

    def confirm(self, asked: Asked) -> bool:
        """The server says the same of what a phone's receipt had settled; whether that was new."""
        return self.notes.mark_shown(self._sale(asked).id, False)

    def note(self, asked: Asked) -> bool:
        """The server said no and has not signed it; whether that was new."""
        sale, word = self._sale(asked), asked.text("word", 40)
        if word not in WORDS:
            raise Wrong("word")
        if sale.state is not State.SIGNED:
            return False
        self.till.refuse(sale, word, "")
        return True

    def refuse(self, asked: Asked) -> bool:
        """By the operator's signed no; whether that was new. Raises NotProven."""
        sale, raw = self._sale(asked), asked.bytes("refusal")
        now_s = self.till.now_s()
        number = self.till.trust.check_no(raw, (sale.body.expires_at_s, sale.id), now_s)
        if sale.state is State.SETTLED or self.till.journal.is_refused(sale.number):
            return False
        self.till.journal.keep_refusal(sale.number, raw, now_s)
        self.till.refuse(sale, next(word for word, rule in WORDS.items() if rule.number == number), "")
        return True

    def _sale(self, asked: Asked) -> Sale:
        found = self.till.journal.line_of(asked.id())
        if found is None:
            raise Wrong("id")
        return self.till.read(found)

    # --- the journal, as the page reads it -----------------------------------------------------

    def sent(self, asked: Asked) -> dict | None:
        found = self.till.journal.line_of(asked.id())
        return self._sent(found) if found else None

    def end(self, asked: Asked) -> str | None:
        """settled, refused (signed), said (not signed), or None while it is open."""
        found = self.till.journal.line_of(asked.id())
        if found is None or not (found.receipt or found.word):
            return None
        return "settled" if found.receipt else "refused" if self.till.journal.is_refused(found.number) else "said"

    def settled(self, asked: Asked) -> dict | None:
        """A settled message with its receipt."""
        found = self.till.journal.line_of(asked.id())
        return {"sent": self._sent(found), **self._done(found)} if found and found.receipt else None

    def of_sale(self, asked: Asked) -> list[dict]:
        """All messages of a sale, the newest first, and the receipt of what is settled."""
        found = (self.till.journal.line_of(message_id[:16]) for message_id in self.notes.of_sale(asked.text("sale", LONGEST_NAME)))
        return self._with_receipts(sorted((each for each in found if each), key=lambda each: -each.number))

    def signed_since(self, asked: Asked) -> list[dict]:
        """What was signed or answered since `since_s`, the newest first, and the receipt of what is settled."""
        return self._with_receipts(self.till.journal.lines_since(asked.whole("since_s")))

    def _with_receipts(self, kept: list[Line]) -> list[dict]:
        return [{"sent": self._sent(each), **({"done": self._done(each)} if each.receipt else {})} for each in kept]

    def refused_by(self, asked: Asked) -> str | None:
        """The word of a signed no."""
        found = self.till.journal.line_of(asked.id())
        return found.word if found and not found.receipt and self.till.journal.is_refused(found.number) else None

    def _done(self, kept: Line) -> dict:
        proof: Receipt = self.till.read(kept).receipt
        return {"entry": proof.entry, "at_s": proof.at_s, "amount_won": proof.amount_won, "receipt": line.to_text(kept.receipt)}

    def waiting(self, asked: Asked) -> list[dict]:
        """open: without an answer; said: with a no that isn't signed; unasked: by a phone's receipt alone; lost: taken without
        a network and refused because this till was revoked."""
        journal, how = self.till.journal, asked.text("how", 10)
        if how == "lost":
            found = [journal.line(sale.number) for sale in offline.lost(self.till)]
        elif how == "unasked":
            found = [journal.line_of(message_id[:16]) for message_id in self.notes.shown()]
        else:
            found = journal.unsigned_lines(MOST_UNSIGNED) if how == "said" else journal.open_lines()
        return [self._sent(each) for each in found if each]

    def slip(self, entry: int, again: bool) -> Slip | None:
        return slips.own(self.till, entry, again)

    def slip_of(self, asked: Asked) -> Slip | None:
        """Of a message that is settled."""
        found = self.till.journal.line_of(asked.id())
        return slips.of(self.till.read(found), found.receipt, self.till.paired) if found and found.receipt else None

    def _sent(self, kept: Line) -> dict:
        """A message as static/js/till/journal.js has it."""
        parsed, (sale, amount_won, checkout) = cose.parse(kept.raw), self.notes.about(kept.id)
        body = parsed.body
        found = {"id": kept.id.hex(), "kind": kinds.BY_NUMBER[parsed.kind].name, "message": line.to_text(kept.raw),
                 "amount_won": getattr(body, "amount_won", amount_won), "expires_at_s": kept.expires_at_s,
                 "signed_at_s": kept.at_s, **({"sale": sale} if sale else {}), **({"checkout": checkout} if checkout else {})}
        if type(body) is Charge:
            found["payer"] = line.to_text(kept.payer)
        elif type(body) is Deposit:
            code = offline.code_of(kept.payer)
            found |= {"payer": line.to_text(code), "certificate": line.to_text(kept.payer[len(code):]), "taken_at_s": body.taken_at_s}
        elif type(body) in (Refund, Void):
            found["of"] = body.entry
        return found

    # --- without a network ---------------------------------------------------------------------

    def allowance(self, asked: Asked) -> dict:
        waiting = offline.waiting(self.till)
        found = self._allowance()
        return {"why": found.why or "on", "left_won": max(0, found.left_won), "within": not found.why and found.left_won >= 0,
                "count": len(waiting), "sum_won": sum(sale.amount_won for sale in waiting)}

    def _allowance(self) -> Allowance:
        waiting_won = sum(sale.amount_won for sale in offline.waiting(self.till))
        return self.figures.allowance(self.till.trust, self.till.now_s(), waiting_won)


def _marks(asked: Asked) -> tuple[bytes, int]:
    """Reference and cashier."""
    return reference_of(asked.text("reference")), asked.whole("cashier", MOST_CASHIERS)
