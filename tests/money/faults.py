"""Faults: each breaks one rule of one order, in its fields, its signers or in what the registers say."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.money import orders
from app.money.orders import Act, Sale
from app.money.state import RESIDENT, SHOP_TILL, Key, Refunded, Register, ServedRecord
from tests.money.table import TableTown
from tests.money.town import key, short


@dataclass
class Draft:
    """An order on its way: what each signer says, who signs, and what is changed behind its back."""
    town: TableTown
    first: dict = field(default_factory=dict)       # fields of the payer's message, or of the act's
    second: dict = field(default_factory=dict)      # fields of the payee's, or of the approval
    holders: dict = field(default_factory=dict)     # "first" and "second": who signs instead
    behind: list[Callable] = field(default_factory=list)    # told the finished order
    given: tuple | None = None
    bare: bool = False                              # without approvals
    touched: set = field(default_factory=set)

    def touch(self, *things: object) -> None:
        """Two faults never want the same place, and an approval that is left out has none."""
        gone = self.bare and any(which == "second" for which, *_ in things)
        if gone or self.touched & set(things):
            raise Clash
        self.touched |= set(things)

    def put(self, which: str, **fields: object) -> None:
        self.touch(*((which, name) for name in fields))
        getattr(self, which).update(fields)

    def sign(self, which: str, holder: str) -> None:
        self.touch((which, "holder"))
        self.holders[which] = holder


class Clash(Exception):
    """Two faults want the same place."""


def record(draft: Draft, register: Register, number: object, **fields: object) -> None:
    """Changes what a register says, with no entry: only a test can."""
    draft.touch(*((register, number, name) for name in fields))
    records = draft.town.state.records
    records[register, number] = replace(records[register, number], **fields)


def use(which: str) -> Callable[[Draft], None]:
    """The id of one of the messages is used up already."""
    def fault(draft: Draft) -> None:
        def behind(order: Sale | Act) -> None:
            message = getattr(order, which)
            draft.town.state.used[message.body.expires_at_s, message.id] = 1
        draft.behind.append(behind)
    return fault


def first(**fields: object) -> Callable[[Draft], None]:
    return lambda draft: draft.put("first", **fields)


def second(**fields: object) -> Callable[[Draft], None]:
    return lambda draft: draft.put("second", **fields)


def signer(which: str, holder: str) -> Callable[[Draft], None]:
    return lambda draft: draft.sign(which, holder)


def says(register: Register, number: object, **fields: object) -> Callable[[Draft], None]:
    return lambda draft: record(draft, register, number, **fields)


def late(which: str) -> Callable[[Draft], None]:
    return lambda draft: draft.put(which, expires_at_s=draft.town.now_s - 1)


def early(which: str) -> Callable[[Draft], None]:
    return lambda draft: draft.put(which, expires_at_s=draft.town.now_s + 91 * 86_400)


def holds(**lots: int) -> Callable[[Draft], None]:
    """kim's lots, by programme, hold this much, or have expired (negative)."""
    def fault(draft: Draft) -> None:
        state = draft.town.state
        for lot in state.lots_of(RESIDENT, draft.town.account("kim")):
            name = next(n for n, number in draft.town.numbers.items() if number == lot.programme and n in lots)
            won = lots[name]
            expires_at_s = draft.town.now_s if won < 0 else lot.expires_at_s
            state.lots[lot.id] = replace(lot, balance_won=abs(won), expires_at_s=expires_at_s)
    return fault


def same_officer(draft: Draft) -> None:
    """The maker approves, too, having the right to."""
    draft.put("second", signer=1)
    draft.sign("second", "maker")
    draft.touch((Register.OFFICER, 2, "roles"), (Register.OFFICER, 2, "valid_from_s"))  # the checker isn't asked
    record(draft, Register.OFFICER, 1, roles=orders.MAKER | orders.CHECKER)


def same_root(draft: Draft) -> None:
    draft.put("second", signer=0)
    draft.sign("second", "root0")


def other_shop(draft: Draft) -> None:
    """The grocer returns what the bakery was paid."""
    draft.put("first", till=2, shop=2)
    draft.sign("first", "owner grocer")
    draft.touch((Register.TILL, 1, "rights"))       # the bakery's till isn't asked


def another_programme(draft: Draft) -> None:
    """A number that is not the next, of which nothing was issued yet."""
    draft.put("first", programme=9)
    draft.touch(("first", "budget_won"))


def one_key(draft: Draft) -> None:
    """The till's own key for refunds, too: as long as it is the till's."""
    draft.put("first", refund_key=key("till bakery"))
    draft.touch(("first", "key"))


def has_account(draft: Draft) -> None:
    draft.town.state.records[Register.KEY, key("new")] = Key(short("account lee"), orders.HARD, 0)


def told_totals(draft: Draft) -> None:
    """Another message told this day's figures of this coin."""
    draft.town.state.used[20_833, b"hagc/totals/" + (1).to_bytes(8, "big")] = 1


def told_served(draft: Draft) -> None:
    """Another message told that the same files are served."""
    draft.town.state.records[Register.SERVED, 0] = ServedRecord(key("manifest"))


def shop_holds(draft: Draft, won: int) -> None:
    lot = draft.town.state.lots_of(SHOP_TILL, 1)[0]
    draft.town.state.lots[lot.id] = replace(lot, balance_won=won)


def strip(draft: Draft) -> None:
    if draft.second or "second" in draft.holders:
        raise Clash
    draft.bare = True


def give(*given: bytes) -> Callable[[Draft], None]:
    def fault(draft: Draft) -> None:
        draft.touch(("given",))
        draft.given = given
    return fault


def took(**fields: int):
    """Another till took the payment, or it was long ago."""
    def fault(draft: Draft) -> None:
        taken, entry = draft.town.state.taken, draft.town.entries["a"]
        taken[entry] = replace(taken[entry], **fields)
    return fault


def went_back(draft: Draft) -> None:
    draft.town.state.records[Register.REFUNDED, draft.town.entries["a"]] = Refunded(1)
