"""A town with an office in which sales without a network count towards a day's limit."""

from app.money import orders
from app.money.orders import HARD
from app.money.rules import NEWEST
from app.money.state import Register
from tests.money.office_town import OfficeTown
from tests.money.offline_town import OfflineTown
from tests.money.town import STAFF, key, short


class LimitTown(OfficeTown, OfflineTown):
    """The newest rules, or those of another version."""

    def __init__(self, version: int = NEWEST):
        super().__init__(version)

    def do_add(self, name: str, device: str, grade: str = str(HARD), replaces: str = "") -> None:
        self.bind(name, device, grade=int(grade), replaces=key(replaces) if replaces else b"")

    def do_move(self, name: str, to: str) -> None:
        """A phone that was linked to the wrong person becomes another's."""
        body = orders.KeyAdd(STAFF["registrar"], short(f"account {to}"), key(name), HARD, self.nonce(), self.soon_s())
        self.submit(self.by_two(body, "registrar"))

    def do_by(self, device: str, won: str) -> None:
        """A payment that another device of an account signs."""
        request = self.request("bakery", int(won))
        self.submit(orders.Sale(self.payment(device, request), request))

    def counted_won(self, whose: bytes) -> int:
        found = self.state.get(Register.DAY_SPENT, whose)
        return found.amount_won if found else 0
