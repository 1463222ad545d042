"""The city, its real server, and lines to it that break; what the ledger says afterwards is the truth."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.chain.verify import replay
from app.message import cose
from app.store.audit import opened_log
from app.store.base import TILL
from tests.bench.http import free_port, serve
from tests.cast import HELP, City, Line, Wallet, sale
from tests.conftest import LONG

SALES = 20 if LONG else 3
DECIDED_S = 30          # after the line is whole again
LAPSED_S = 60           # and so long after its end nothing can come of a message any more
PURSE_WON = 10_000
CODE_S = 12             # a code that never arrives is over soon


class Town(City):
    """host: what stands in codes, the line's own address as its clients know it."""

    def __init__(self, folder: Path, host: str = ""):
        self.port = free_port()
        super().__init__(folder, time.time, host or f"localhost:{self.port}")
        self.server = serve(folder, self.port, 2)

    def close(self) -> None:
        self.server.terminate()
        self.server.wait(20)
        super().close()

    def purses(self, count: int) -> list[Wallet]:
        """Phones with the same money each, one for each sale: who was debited twice has less than should be."""
        wallets = [self.wallet() for _ in range(count)]
        self.top_up(HELP, dict.fromkeys(wallets, PURSE_WON))
        return wallets

    def pays(self, wallet: Wallet, request: bytes) -> None:
        """The phone has a line of its own."""
        answer = Line(f"http://localhost:{self.port}").post("/api/sales", sale(wallet.payment(request), request))
        assert answer.status == 200, answer.json

    def sold(self, till: int) -> dict[bytes, int]:
        """id of the till's message -> won, by the ledger."""
        found = self.office.store.movements((TILL, till))
        ids = [self.id_of(one.message) for one in found]
        assert len(set(ids)) == len(ids), "one message, two entries"
        return {each: one.amount_won for each, one in zip(ids, found, strict=True)}

    def proven(self, message_id: bytes, receipt: bytes) -> bool:
        """Whether the operator signed that this very message was settled."""
        body = cose.verify(cose.parse(receipt), self.office.issuer.key.public, self.chain_id).body
        return body.subject == message_id[:16] and self.id_in(body.entry) == message_id

    def id_in(self, entry: int) -> bytes:
        """The id of the till's message in an entry."""
        (one,) = self.office.store.news(entry - 1, 1)
        found = self.office.store.movement((TILL, one.till), entry)
        return self.id_of(found.message)

    def verified(self) -> None:
        with opened_log(self.office.store) as log:
            report = replay(log)
        assert report.ok, report.problem


@dataclass
class Told:
    """What a till believes of one of its sales in the end. ended: how long after the line was whole, or, where
    nothing was paid, after it was sure that nothing would be."""
    id: bytes
    wallet: Wallet
    amount_won: int
    paid: bool
    receipt: bytes
    ended_s: float


def judge(town: Town, till: int, sales: Mapping[str, Told]) -> None:
    """What one till was told, by what it was, against the ledger itself: nobody debited twice, nothing lost, nothing
    green without a receipt."""
    sold = town.sold(till)
    for what, one in sales.items():
        left_won, in_ledger = town.balance_won(one.wallet), sold.get(one.id, 0)
        assert left_won == PURSE_WON - in_ledger, f"{what}: debited {PURSE_WON - left_won} for {in_ledger}"
        assert in_ledger in (0, one.amount_won), f"{what}: {in_ledger} for {one.amount_won}"
        assert one.paid == bool(in_ledger), f"{what}: the till says {'paid' if one.paid else 'not paid'}, the ledger {in_ledger}"
        assert not one.paid or town.proven(one.id, one.receipt), f"{what}: paid without a receipt for it"
        assert one.ended_s <= DECIDED_S, f"{what}: known only {one.ended_s:.0f} s after it could be"
    assert set(sold) == {one.id for one in sales.values() if one.paid}, "the ledger knows sales that the till doesn't"
