"""`pos` on a line that breaks in twelve ways, in both motions: what the till believes in the end is what the ledger holds.

All kinds at once, each with a line and tills of its own; each till sells once while its line is broken.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.message import cose
from pos import sync
from pos.journal import Journal
from pos.pairing import Paired
from pos.server import Refused, Server
from pos.till import Sale, State, Till
from pos.trust import NotProven
from tests.cast import Wallet
from tests.faults.proxy import FAULTS, Proxy
from tests.faults.town import CODE_S, DECIDED_S, LAPSED_S, SALES, Told, Town, judge

BROKEN_S, PATIENCE_S = 4, 3
KINDS_AT_ONCE = 4 if SALES > 3 else 12


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("faults") / "data")
    yield town
    town.close()


@dataclass
class Counter:
    """One till at one counter, one customer, one sale."""
    town: Town
    wallet: Wallet
    paired: Paired
    key: object
    journal: Path
    motion: int
    late: bool      # sells shortly before the line is whole again: its own patience spans that

    def till(self, server: Server) -> Till:
        """Opened in the thread that uses it, as its journal is."""
        return Till(self.paired, self.key, Journal(self.journal), server.now_s)

    def sell(self, whole: Future) -> Told:
        """whole: when (monotonic) the line was mended."""
        time.sleep(self.late * (BROKEN_S - PATIENCE_S / 2))
        server = Server(self.paired.server)
        till = self.till(server)
        sale = self.ask(till)
        try:
            sale = self.settle(till, server, sale)
        except (Refused, NotProven):
            pass
        mended_s = whole.result(60)
        sure_s = mended_s + max(0.0, sale.body.expires_at_s + LAPSED_S - server.now_s())
        while sale.state is State.SIGNED and time.monotonic() - sure_s < DECIDED_S:
            sync.resume(till, server)
            sale = till.read(till.journal.line(sale.number))
            time.sleep(0.3)
        line = till.journal.line(sale.number)
        till.journal.close()
        paid = sale.state is State.SETTLED
        since_s = mended_s if paid else sure_s
        return Told(sale.id, self.wallet, sale.body.amount_won, paid, line.receipt, time.monotonic() - since_s)

    def ask(self, till: Till) -> Sale:
        if self.motion == 2:
            return till.request(2_000)
        self.code = self.wallet.code(5_000, life_s=CODE_S)
        return till.charge(cose.parse(self.code), 3_000)

    def settle(self, till: Till, server: Server, sale: Sale) -> Sale:
        if self.motion == 1:
            return sync.take(till, server, sale, self.code)
        self.town.pays(self.wallet, sale.raw)
        return sync.wait(till, server, sale, lambda _: None)


def counters(town: Town, line: Proxy, folder: Path) -> list[Counter]:
    """Paired while the line is whole: `SALES` for each motion."""
    found = []
    for motion in (1, 2):
        for number, wallet in enumerate(town.purses(SALES)):
            made = town.till()
            paired = Paired(f"https://localhost:{line.port}", town.chain_id, town.office.genesis.host.upper(),
                            made.refund_key.public, made.number, made.shop, "식당")
            one = Counter(town, wallet, paired, made.key, folder / f"{line.port}-{motion}-{number}.db", motion,
                          late=number % 2 == 1)
            server = Server(paired.server)
            till = one.till(server)
            till.trust.learn(server.get("/api/city"), server.now_s())
            till.journal.close()
            found.append(one)
    return found


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kinds", [FAULTS[at:at + KINDS_AT_ONCE] for at in range(0, len(FAULTS), KINDS_AT_ONCE)],
                         ids=lambda kinds: f"{len(kinds)} kinds from {kinds[0]}")
def test_whatever_breaks_nobody_pays_twice_nothing_is_lost_and_nothing_is_green_without_a_receipt(
        town, tmp_path, monkeypatch, kinds):
    monkeypatch.setattr(sync, "PATIENCE_S", PATIENCE_S)
    whole: Future = Future()
    with ExitStack() as lines, ThreadPoolExecutor(KINDS_AT_ONCE * SALES * 2) as pool:
        broken = {kind: lines.enter_context(Proxy(town.port, tmp_path)) for kind in kinds}
        authorities = tmp_path / "authorities.pem"
        authorities.write_text("".join(line.authority.read_text() for line in broken.values()))
        monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
        shops = {kind: counters(town, line, tmp_path) for kind, line in broken.items()}
        for kind, line in broken.items():
            line.breaks(kind)
        selling = {kind: [(one, pool.submit(one.sell, whole)) for one in shop] for kind, shop in shops.items()}
        time.sleep(BROKEN_S)
        for line in broken.values():
            line.mends()
        whole.set_result(time.monotonic())
        for kind, shop in selling.items():
            for one, sale in shop:
                told = sale.result()
                judge(town, one.paired.till, {f"{kind}, motion {one.motion}": told})
                print(f"{kind}, motion {one.motion}: {'paid' if told.paid else 'not paid'}, known after {told.ended_s:.1f} s")
    town.verified()
