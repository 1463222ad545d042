"""What a sale was of, for its receipt. Whoever tells it, the sum is worked out here too: lines that don't make the amount that was
paid stand on no paper.
"""

from dataclasses import dataclass

MOST_LINES, MOST_COUNT, NAME_LETTERS, MOST_WON = 200, 999, 40, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Goods:
    lines: tuple[tuple[str, int, int], ...]     # name, price in won, count
    tip_won: int = 0            # none
    discount_won: int = 0       # none


def read(found: object, amount_won: int) -> Goods | None:
    """As JSON has it; None where it is none, or makes another sum."""
    if not isinstance(found, dict) or not isinstance(found.get("lines"), list) or not 1 <= len(found["lines"]) <= MOST_LINES:
        return None
    try:
        lines = tuple((_name(each["name"]), _whole(each["price_won"], 1, MOST_WON), _whole(each["count"], 1, MOST_COUNT)) for each in found["lines"])
        tip_won, discount_won = (_whole(found.get(name, 0), 0, MOST_WON * MOST_LINES) for name in ("tip_won", "discount_won"))
    except (KeyError, TypeError, ValueError):
        return None
    of_lines_won = sum(price_won * count for _, price_won, count in lines)
    fits = discount_won <= of_lines_won and of_lines_won - discount_won + tip_won == amount_won
    return Goods(lines, tip_won, discount_won) if fits else None


def _name(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_LETTERS or not value.isprintable():
        raise ValueError
    return value


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError
    return value
