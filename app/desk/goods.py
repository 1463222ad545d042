"""What a sale is of: lines, a tip, a discount. Only whole won, one or more, are added or taken off, and the sum is worked out here
from the lines: who sends lines is told when they don't make the amount that is asked for.
"""

from dataclasses import asdict, dataclass
from json import dumps, loads

from app.desk.lookup import NAMES, id_of
from app.desk.office import Office
from app.errors import Refusal
from app.money.amount import MAX_WON, is_won
from app.people import goods
from app.people.shapes import even, one_line, refuse_resident_number
from app.store.base import TILL

MOST_LINES, MOST_COUNT, NAME_LETTERS = 200, 999, 40
MOST_WON = 1_000_000_000        # of one price, tip or discount: no sum of them is too long a number
KEPT_S = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    price_won: int
    count: int


@dataclass(frozen=True, slots=True)
class Goods:
    items: tuple[Item, ...]
    tip_won: int = 0            # none
    discount_won: int = 0       # none

    @property
    def items_won(self) -> int:
        return sum(item.price_won * item.count for item in self.items)

    @property
    def total_won(self) -> int:
        return self.items_won - self.discount_won + self.tip_won


def item(name: str, price_won: int, count: int) -> Item:
    """FIELD_WRONG, RESIDENT_NUMBER."""
    name = one_line(even(name))
    if not 1 <= len(name) <= NAME_LETTERS or not name.isprintable():
        raise Refusal("FIELD_WRONG", field="name", least=1, most=NAME_LETTERS)
    refuse_resident_number(name)
    for field, figure, most in (("price_won", price_won, MOST_WON), ("count", count, MOST_COUNT)):
        if not 1 <= figure <= most:
            raise Refusal("FIELD_WRONG", field=field, least=1, most=most)
    return Item(name, price_won, count)


def checked(found: Goods, amount_won: int) -> Goods:
    """The same, when it makes `amount_won`; SUM_DIFFERS with both sums when not. FIELD_WRONG for a tip or discount that is no
    amount, or takes off more than there is."""
    if not 1 <= len(found.items) <= MOST_LINES:
        raise Refusal("FIELD_WRONG", field="lines", least=1, most=MOST_LINES)
    if not 0 <= found.tip_won <= MOST_WON:
        raise Refusal("FIELD_WRONG", field="tip_won", least=0, most=MOST_WON)
    if not 0 <= found.discount_won <= found.items_won:
        raise Refusal("FIELD_WRONG", field="discount_won", least=0, most=min(found.items_won, MAX_WON))
    if found.total_won != amount_won or not is_won(amount_won):
        raise Refusal("SUM_DIFFERS", asked_won=amount_won, counted_won=found.total_won)
    return found


def tell(office: Office, till: int, entry: int, found: Goods) -> None:
    """A till says what one of its sales was of. NOT_FOUND where it is none of its sales; SUM_DIFFERS, ALREADY_DONE."""
    moved = office.store.movement((TILL, till), entry) if entry < 2**53 else None
    if moved is None or moved.kind in NAMES:
        raise Refusal("NOT_FOUND", field="entry")
    goods.keep(office.people, entry, till, to_text(checked(found, moved.amount_won)))


def of_entry(office: Office, till: int, entry: int) -> dict | None:
    """As JSON has it; None where nobody told it, or it is no movement of this till."""
    moved = office.store.movement((TILL, till), entry)
    text = goods.of(office.people, entry, id_of(office, moved.message)) if moved else ""
    return loads(text) if text else None


def forget_old(office: Office) -> int:
    return goods.forget(office.people, office.now_s() - KEPT_S)


def to_text(found: Goods) -> str:
    """One text for one content."""
    lines = [asdict(each) for each in found.items]
    return dumps({"lines": lines, "tip_won": found.tip_won, "discount_won": found.discount_won}, ensure_ascii=False, separators=(",", ":"))
