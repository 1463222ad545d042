"""A log of a small town, built in memory with real keys, real messages and the real rules.

It does what a store does, in the plainest way, and is a `Log`: what an auditor reads.
"""

from hashlib import sha256

from app.chain.beside import mentioned
from app.chain.block import Genesis, Header, chain_id, origin, state_root
from app.chain.checkpoint import sign
from app.chain.entry import Entry, in_clear, make
from app.chain.log import Derived
from app.chain.merkle import Frontier
from app.message import cose, keys, kinds
from app.money import orders
from app.money.apply import apply
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Row, Sale, Signed
from app.money.posting import post
from app.money.rules import in_force
from app.money.state import State

NOON_S = 1_800_000_000
DAY_S = 86_400
MAKER, CHECKER, REGISTRAR = 1, 2, 3      # numbers of officers
SWEEP, NOTICE = 1, 2                    # numbers of the server's keys


def bytes_of(name: str, size: int = 32) -> bytes:
    return sha256(name.encode()).digest()[:size]


def key(name: str) -> keys.Signer:
    return keys.Signer(bytes_of("seed of " + name))


class Ledger:
    """Every method that writes appends entries; `block` closes them with a header."""

    def __init__(self, zone: str = "Asia/Seoul"):
        genesis = Genesis(
            "town", "pay.example", NOON_S, 2, (key("root0").public, key("root1").public), 2, zone, bytes(16)
        )
        self.genesis = genesis.to_bytes()
        self.chain_id = chain_id(self.genesis)
        self.state = State(genesis.roots, genesis.threshold, coins=genesis.coins)
        self.now_s = NOON_S
        self.frontier = Frontier()
        self.log, self.leg_rows, self.block_rows, self.notes, self.salts = [], [], [], [], {}
        self.mention_rows, self.flow_sums, self.subtree_rows = [], {}, []
        self.height, self.previous, self.first = 0, self.chain_id, 1
        self.count = 0
        self._append(in_clear((0, NOON_S), kinds.GENESIS, self.genesis), ())

    # -- Log --

    def entries(self):
        return iter(self.log)

    def legs(self):
        return iter(self.leg_rows)

    def row_leaves(self, list_id):
        return self.state.leaves.get(list_id, b"")

    def blocks(self):
        return iter(self.block_rows)

    def lots(self):
        return (lot for _, lot in sorted(self.state.lots.items()))

    def records(self):
        found = [(*place, record) for place, record in self.state.records.items() if record is not None]
        return iter(sorted(found, key=lambda row: row[:2]))

    def message_ids(self):
        return ((*used, entry) for used, entry in self.state.used.items())

    def state_salts(self):
        return self.salts

    def checkpoints(self):
        return self.notes

    def derived(self):
        flowed = [(*place, won) for place, won in self.flow_sums.items()]
        return Derived(self.mention_rows, flowed, sorted(self.subtree_rows))

    # -- writing --

    def submit(self, order: Sale | Act | Row) -> Entry:
        decision = apply(self.state, order, self.now_s, in_force(self.state))
        number = self.frontier.size
        salts = bytes_of(f"salt a {number}") + bytes_of(f"salt b {number}")
        entry = make(self.state, order, decision, (number, self.now_s), salts)
        post(self.state, number, decision)
        self.mention_rows += [(*owner, number) for owner in mentioned(order, decision)]
        for leg in decision.legs:
            place = self.state.lot(leg.debit).programme, leg.flow
            self.flow_sums[place] = self.flow_sums.get(place, 0) + leg.amount_won
        return self._append(entry, decision.legs)

    def _append(self, entry: Entry, legs: tuple) -> Entry:
        self.subtree_rows += self.frontier.append([entry.leaf])
        self.log.append(entry)
        self.leg_rows += [(entry.number, leg) for leg in legs]
        return entry

    def block(self, with_state: bool = False) -> Header:
        number, at, root = self.frontier.size, 0, b""
        if with_state:
            at = number - 1
            self.salts[at] = bytes_of(f"state salt {at}")
            root = state_root(self.salts[at], self.lots())
        self.height += 1
        header = Header(number, self.now_s, self.height, self.previous, self.first, number - 1, at, root)
        self._append(in_clear((number, self.now_s), kinds.BLOCK, header.to_bytes()), ())
        self.previous, self.first = header.hash(), number + 1
        self.block_rows.append((self.height, number, self.previous))
        return header

    def checkpoint(self):
        made = sign(origin(self.genesis, "pay.example", 0), self.frontier.size, self.frontier.root(), key("checkpoint"))
        self.notes.append(made.note)
        return made

    # -- messages --

    def signed(self, body: object, holder: str) -> Signed:
        signer = key(holder)
        return cose.verify(cose.parse(cose.sign(body, signer, self.chain_id)), signer.public, self.chain_id)

    def nonce(self) -> bytes:
        self.count += 1
        return self.count.to_bytes(8, "big")

    def soon_s(self) -> int:
        return self.now_s + 60

    def act(self, body: object, holder: str, *given: bytes) -> Act:
        return Act(self.signed(body, holder), (), given)

    def approved(self, body: object, holder: str, *given: bytes) -> Act:
        """By the second root, or by the checker."""
        message = self.signed(body, holder)
        board, signer, second = (
            (orders.ROOTS, 1, "root1") if holder == "root0" else (orders.OFFICERS, CHECKER, "checker")
        )
        return Act(message, (self.signed(orders.Approval(signer, board, message.id, self.soon_s()), second),), given)

    # -- the town --

    def open_office(self) -> None:
        """Officers, the server's keys, a shop with a till, a programme."""
        for number, (name, roles) in enumerate({"maker": 1, "checker": 2, "registrar": 20}.items(), 1):
            self.submit(self.approved(
                orders.Officer(0, number, key(name).public, roles, 0, 2**52, self.nonce(), self.soon_s()), "root0"
            ))
        for number, (name, role) in enumerate({"sweep": 3, "notice": 4, "checkpoint": 2, "receipt": 1}.items(), 1):
            self.submit(self.approved(
                orders.OperationalKey(0, number, role, key(name).public, 0, 2**52, self.nonce(), self.soon_s()), "root0"
            ))
        self.submit(self.act(
            orders.Shop(REGISTRAR, 1, orders.OPEN, orders.SHOP, 1, b"Bakery", b"", self.nonce(), self.soon_s()),
            "registrar",
        ))
        rights = orders.RECEIVE | orders.RETURN
        self.submit(self.act(
            orders.Till(REGISTRAR, 1, 1, rights, key("till").public, key("owner").public, self.nonce(), self.soon_s()),
            "registrar",
        ))
        self.programme(1, 1, NOON_S + 30 * DAY_S)

    def programme(self, number: int, coin: int, spend_until_s: int) -> None:
        body = orders.Programme(
            MAKER, number, coin, 10**9, NOON_S, spend_until_s, spend_until_s, b"", b"Food", self.nonce(), self.soon_s()
        )
        self.submit(self.approved(body, "maker"))

    def resident(self, name: str) -> None:
        body = orders.AccountOpen(key(name).public, orders.HARD, self.nonce(), self.soon_s())
        aliases = bytes_of("alias of " + name, 8) + bytes_of("alias 2 of " + name, 8)
        self.submit(self.act(body, name, bytes_of("account of " + name, 8), aliases))
        address = bytes_of("account of " + name, 8)
        body = orders.Link(REGISTRAR, address, bytes_of("person " + name, 16), self.nonce(), self.soon_s())
        self.submit(self.act(body, "registrar"))

    def grant(self, amounts: dict[str, int], programme: int = 1, kind: type = orders.Grant) -> None:
        """One list that pays, or takes back, and all of its rows."""
        list_id, seed = bytes_of(f"list {self.frontier.size}", 16), bytes_of(f"seed {self.frontier.size}")
        rows = [
            Row(list_id, row, bytes_of("person " + name, 16), won, row_salt(seed, row))
            for row, (name, won) in enumerate(amounts.items())
        ]
        leaves = b"".join(row_leaf(row.row, row.person, row.amount_won, row.salt) for row in rows)
        total_won = sum(amounts.values())
        body = kind(MAKER, programme, list_id, leaves_root(leaves), len(rows), total_won, self.soon_s())
        self.submit(self.approved(body, "maker", leaves))
        for row in rows:
            self.submit(row)

    def sale(self, name: str, amount_won: int, by_code: bool = False) -> Sale:
        alias = bytes_of("alias of " + name, 8)
        if by_code:
            code = self.signed(orders.Code(alias, orders.CAP, amount_won, self.nonce(), self.soon_s()), name)
            charge = orders.Charge(1, 1, code.id, amount_won, self.nonce(), self.soon_s())
            return Sale(code, self.signed(charge, "till"))
        request = self.signed(orders.Request(1, 1, amount_won, self.nonce(), self.soon_s(), b"T-1"), "till")
        payment = orders.Payment(alias, request.id[:16], amount_won, self.nonce(), self.soon_s())
        return Sale(self.signed(payment, name), request)

    def refund(self, entry: int, amount_won: int) -> Entry:
        return self.submit(self.act(orders.Refund(1, 1, entry, amount_won, self.nonce(), self.soon_s()), "owner"))


def small_town() -> Ledger:
    """One of everything that an entry can be; seven blocks, two checkpoints, two state roots."""
    town = Ledger()
    town.open_office()
    town.block()
    for name in ("mina", "jun"):
        town.resident(name)
    town.programme(2, 2, NOON_S + 2 * DAY_S)
    town.block()
    town.grant({"mina": 30_000, "jun": 20_000, "nobody": 5_000})
    town.grant({"mina": 4_000}, programme=2)
    town.block(with_state=True)
    town.checkpoint()
    town.now_s += 10
    sold = town.submit(town.sale("mina", 7_000))
    town.submit(town.sale("jun", 1_500, by_code=True))
    town.block()
    town.refund(sold.number, 5_000)
    jun = bytes_of("account of jun", 8)
    town.submit(town.act(orders.Freeze(REGISTRAR, jun, 1, town.nonce(), town.soon_s()), "registrar"))
    batch = orders.AliasBatch(bytes_of("alias of mina", 8), 2, town.nonce(), town.soon_s())
    town.submit(town.act(batch, "mina", bytes_of("more aliases of mina", 16)))
    device = orders.KeyAdd(REGISTRAR, jun, key("jun's new phone").public, 0, town.nonce(), town.soon_s())
    town.submit(town.approved(device, "registrar", bytes_of("alias of the new phone", 8)))
    gone = orders.KeyRevoke(REGISTRAR, key("jun").public, town.nonce(), town.soon_s())
    town.submit(town.act(gone, "registrar"))
    town.block()
    town.now_s += 3 * DAY_S
    for lot in list(town.lots()):
        if lot.owner_kind == 3 and lot.expires_at_s <= town.now_s and lot.balance_won:
            town.submit(town.act(orders.Expire(SWEEP, lot.id, lot.balance_won, town.soon_s()), "sweep"))
    town.submit(town.act(orders.Totals(NOTICE, 20_833, 1, 50_000, 0, 0, 50_000, town.soon_s()), "notice"))
    town.block(with_state=True)
    town.checkpoint()
    town.submit(town.sale("mina", 100))
    town.block()
    return town

