"""The town's words for sales without a network, in tables of money:

    policy bearer help +30d         the programme `help` bears losses for 30 days
    certify kim                     kim's phone has a fresh key certified; it counts its codes from 1
    x: taken kim bakery 3000        at once the till takes 3,000 of a code that kim's phone made
    deposit x | deposit x grocer    that till hands it in; another till hands the same code in
    allow kim                       two officers give kim the right back that a double spend cost
    again x [grocer]                a till hands a code in by another message than before
"""

from dataclasses import replace

from app.money import orders, orders_offline, policy
from app.money.orders import Act, Sale
from app.money.state import Register
from tests.money.table import TableTown, time_s
from tests.money.town import STAFF, key, short, signed

SUBJECTS = {
    "payer": policy.OFFLINE_PAYER, "till": policy.OFFLINE_TILL, "day": policy.OFFLINE_DAY, "life": policy.OFFLINE_LIFE,
    "bearer": policy.OFFLINE_BEARER,
}


class OfflineTown(TableTown):
    def __init__(self):
        super().__init__()
        self.phones: dict[str, tuple[bytes, int]] = {}      # name -> (certified key, codes made)
        self.codes: dict[str, tuple] = {}                   # label -> (code, amount_won, taken_at_s, shop)

    def policy(self, subject: str, figure: int, until: str, begins: str = "+0s") -> Act:
        body = orders_offline.Policy(
            STAFF["administrator"], SUBJECTS[subject], figure, time_s(begins), time_s(until), self.nonce(), self.soon_s(),
        )
        return self.by_two(body, "administrator")

    def offline_key(self, name: str, fresh: str = "") -> Act:
        self.phones[name] = key(fresh or f"phone {name} {self.nonce().hex()}"), 0
        return self.act(orders_offline.OfflineKey(short(name), self.phones[name][0], self.nonce(), self.soon_s()), name)

    def offline_code(self, name: str, cap_won: int, mode: int, count: int = 0):
        public, made = self.phones[name]
        self.phones[name] = public, made + 1
        until_s = self.state.get(Register.OFFLINE_KEY, public[:8]).until_s + self.rules.deposit_s
        body = orders_offline.OfflineCode(
            public[:8], mode, cap_won, count or made + 1, self.nonce(), self.soon_s(), until_s,
        )
        return replace(signed(body, "phone"), key=public)

    def claim(self, code, amount_won: int, taken_at_s: int, shop: str) -> Sale:
        number = self.number(shop)
        body = orders_offline.Deposit(
            number, number, code.id, amount_won, taken_at_s, short(f"{shop} {code.id.hex()}"), code.body.expires_at_s, b"", 0,
        )
        return Sale(code, signed(body, f"till {shop}"))

    # -- the orders, in words --

    def do_policy(self, subject: str, figure: str, until: str, begins: str = "+0s") -> None:
        self.submit(self.policy(subject, self.numbers.get(figure) or int(figure), until, begins))

    def do_certify(self, name: str) -> None:
        self.submit(self.offline_key(name))

    def do_taken(self, name: str, shop: str, won: str, cap: str = "50000", count: str = "0") -> None:
        """No order yet: only the two devices know."""
        code = self.offline_code(name, int(cap), orders.CAP, int(count))
        self.taken_code = code, int(won), self.now_s, shop

    def play_row(self, left: str, right: str) -> None:
        label, _, order = left.rpartition(": ")
        if order.startswith("taken "):
            self.do_taken(*order.split()[1:])
            self.codes[label] = self.taken_code
        else:
            super().play_row(left, right)

    def do_deposit(self, label: str, shop: str = "") -> None:
        code, won, taken_at_s, taken_by = self.codes[label]
        self.submit(self.claim(code, won, taken_at_s, shop or taken_by))

    def do_again(self, label: str, shop: str = "") -> None:
        code, won, taken_at_s, taken_by = self.codes[label]
        sale = self.claim(code, won, taken_at_s, shop or taken_by)
        body = replace(sale.payee.body, nonce=self.nonce(), expires_at_s=self.now_s + 9 * 86_400)
        self.submit(Sale(code, signed(body, f"till {shop or taken_by}")))

    def do_allow(self, name: str) -> None:
        body = orders_offline.OfflineAgain(STAFF["registrar"], short(f"account {name}"), self.nonce(), self.soon_s())
        self.submit(self.by_two(body, "registrar"))

    def do_void(self, label: str, shop: str = "") -> None:
        self.submit(self.void(shop or "bakery", self.entries[label]))

    def do_revoke(self, name: str) -> None:
        self.submit(self.act(orders.KeyRevoke(3, key(name), self.nonce(), self.soon_s()), "registrar"))
