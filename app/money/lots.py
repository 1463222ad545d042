"""Whose lots are drawn for an amount, in which order, and how much can be spent at a shop.

The wallet's preview and the sale itself ask the same function.
"""

from dataclasses import dataclass

from app.errors import Refusal
from app.money import policy
from app.money.rules import Rules
from app.money.state import NEVER_S, RESIDENT, SHOP_TILL, Lot, ProgrammeRecord, Register, State

PROGRAMME = Register.PROGRAMME
SHOP_BYTES = 4              # of a shop's number in a programme that names single shops


@dataclass(frozen=True, slots=True)
class Place:
    """Where coins are spent: a shop's number, and the category that holds for it now."""
    shop: int
    category: int


def place_of(state: State, shop: int, now_s: int) -> Place:
    """UNKNOWN_SHOP."""
    found = state.get(Register.SHOP, shop)
    if found is None:
        raise Refusal("UNKNOWN_SHOP")
    return Place(shop, policy.limit(state, policy.SHOP_CATEGORY, now_s, shop) or found.category)


def shop_numbers(shops: bytes) -> list[int]:
    """The single shops that a programme names."""
    return [int.from_bytes(shops[at:at + SHOP_BYTES]) for at in range(0, len(shops), SHOP_BYTES)]


def allowed(programme: ProgrammeRecord, at: Place) -> bool:
    """Whether the programme's coins may be spent there."""
    if programme.categories and at.category not in programme.categories:
        return False
    return not programme.shops or at.shop in shop_numbers(programme.shops)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would take. All sums in won, of coins that haven't expired unless named so."""
    draws: tuple[tuple[Lot, int], ...]      # (lot, won), in the order of drawing; all there is when not enough
    spendable_here_won: int
    balance_won: int                        # here or elsewhere
    expired_here_won: int                   # would have been good here, but too late
    missing_won: int                        # 0: enough

    @property
    def word(self) -> str | None:
        """Why it isn't enough: WRONG_CATEGORY (elsewhere it is), COINS_EXPIRED (it was), NOT_ENOUGH; else None."""
        if not self.missing_won:
            return None
        asked_won = self.spendable_here_won + self.missing_won
        if self.balance_won >= asked_won:
            return "WRONG_CATEGORY"
        return "COINS_EXPIRED" if self.spendable_here_won + self.expired_here_won >= asked_won else "NOT_ENOUGH"


def preview(state: State, account: bytes, shop: int, amount_won: int, now_s: int, rules: Rules) -> Preview:
    """What paying `amount_won` (0: nothing, only look) from `account` (8) at `shop` would take now.

    Raises UNKNOWN_SHOP, UNKNOWN_ACCOUNT.
    """
    at = place_of(state, shop, now_s)
    owner = state.get(Register.ACCOUNT, account)
    if owner is None:
        raise Refusal("UNKNOWN_ACCOUNT")
    return drawn(state, owner.number, at, amount_won, now_s, rules)


def drawn(state: State, account: int, at: Place, amount_won: int, now_s: int, rules: Rules) -> Preview:
    """The same for an account's number and a place."""
    here, here_won, elsewhere_won, expired_won = [], 0, 0, 0
    for lot in state.lots_of(RESIDENT, account):
        if not lot.balance_won:
            continue
        programme = state.get(PROGRAMME, lot.programme)
        here_too = allowed(programme, at)
        if lot.expires_at_s <= now_s:
            expired_won += lot.balance_won if here_too else 0
        elif here_too:
            here.append((rules.draw_order(lot, programme), lot))
            here_won += lot.balance_won
        else:
            elsewhere_won += lot.balance_won
    here.sort()
    draws, left_won = [], amount_won
    for _, lot in here:
        if not left_won:
            break
        taken_won = min(lot.balance_won, left_won)
        draws.append((lot, taken_won))
        left_won -= taken_won
    return Preview(tuple(draws), here_won, here_won + elsewhere_won, expired_won, left_won)


def resident_lot(state: State, account: int, programme: int, expires_at_s: int) -> Lot | None:
    """The one lot of an account for a programme and expiry."""
    for lot in state.lots_of(RESIDENT, account):
        if lot.programme == programme and lot.expires_at_s == expires_at_s:
            return lot
    return None


def shop_lots(state: State, shop: int, programmes: list[int]) -> tuple[dict[int, Lot], tuple[Lot, ...]]:
    """({programme: the shop's lot}, those of them that must be opened), for the programmes asked."""
    held = {lot.programme: lot for lot in state.lots_of(SHOP_TILL, shop)}
    opened = []
    for programme in programmes:
        if programme not in held:
            lot_id = state.next_lot + len(opened)
            held[programme] = Lot(lot_id, SHOP_TILL, shop, programme, NEVER_S, 0, 0)
            opened.append(held[programme])
    return held, tuple(opened)
