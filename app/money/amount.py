"""Whole won, and how they are written and said: figures and words, Korean and English.

Amounts in words stand on the pay button and are spoken by the till; the tables in
tests/vectors/won_words.json hold this and the browser's counterpart together.
"""

from app.errors import Refusal

MAX_WON = 2**53 - 1     # the largest whole number that every layer holds exactly

_DIGITS = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
_TENS = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억", "조")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TIES = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def is_won(value: object) -> bool:
    """A positive whole number of won, and no bool or float that looks like one."""
    return type(value) is int and 0 < value <= MAX_WON


def won(value: object) -> int:
    """The amount itself, or BAD_FIELD."""
    if not is_won(value):
        raise Refusal("BAD_FIELD")
    return value


def figures(amount_won: int, language: str = "ko") -> str:
    """
    >>> figures(12500), figures(12500, "en")
    ('12,500원', '12,500 won')
    """
    return f"{amount_won:,}원" if language == "ko" else f"{amount_won:,} won"


def words(amount_won: int, language: str = "ko") -> str:
    """
    >>> words(5000), words(5000, "en")
    ('오천 원', 'five thousand won')
    """
    return f"{_korean(amount_won)} 원" if language == "ko" else f"{_english(amount_won)} won"


def _groups(number: int, size: int) -> list[tuple[int, int]]:
    """(place, value) of the groups of `size` digits that aren't zero, highest first."""
    places = enumerate(_cut(number, 10**size))
    return [(place, value) for place, value in reversed(list(places)) if value]


def _cut(number: int, base: int) -> list[int]:
    cut = []
    while number:
        number, rest = divmod(number, base)
        cut.append(rest)
    return cut


def _korean(number: int) -> str:
    """Groups of four digits with a space between; 만 alone, but 일억, 일조, and 일만 after another group."""
    if number == 0:
        return "영"
    groups = [_korean_group(value) + _MYRIADS[place] for place, value in _groups(number, 4)]
    return " ".join(["만" if groups[0] == "일만" else groups[0], *groups[1:]])


def _korean_group(value: int) -> str:
    """1..9999; one ten, hundred or thousand is said without its one."""
    digits = [(place, digit) for place, digit in _groups(value, 1)]
    return "".join(("" if digit == 1 and place else _DIGITS[digit]) + _TENS[place] for place, digit in digits)


def _english(number: int) -> str:
    if number == 0:
        return _ONES[0]
    return " ".join(_english_group(value) + _THOUSANDS[place] for place, value in _groups(number, 3))


def _english_group(value: int) -> str:
    """1..999"""
    hundreds, rest = divmod(value, 100)
    said = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    tens, ones = divmod(rest, 10)
    if rest and rest < 20:
        said.append(_ONES[rest])
    elif rest:
        said.append(_TIES[tens] + (f"-{_ONES[ones]}" if ones else ""))
    return " ".join(said)
