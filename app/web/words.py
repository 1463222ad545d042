"""The sentences of static/words/*.json, one file a language, in sections; each page loads only the sections it needs.

    {name}      a fact. By its last part: `_won` 12,500원; `_at_s` date and time; `_day_s` date; `_s` a length of time;
                `field` the name of a field, from the section "fields"; else as it is
    [ ... ]     is left out when a fact in it is not known

static/js/lib/words.js does the same in the browser; tests/vectors/phrases.json holds the two together.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path

from flask import Request

from app.errors import Refusal, SetupError
from app.money.amount import figures

FIRST = "ko"  # when nobody asked for another
COOKIE = "lang"
OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
FACT = re.compile(r"\{(\w+)\}")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
FAR_S = 253_402_214_400     # the last day of year 9999: no calendar goes on
FAR = {"ko": "아주 먼 뒷날", "en": "a day too far away to name"}
UNITS = {"ko": ("{}일", "{}시간", "{}분", "{}초"), "en": ("{} d", "{} h", "{} min", "{} s")}

Facts = Mapping[str, int | str]


class Words:
    """All languages. A text is asked for by its place: "wallet.pay" is text "pay" of section "wallet"."""

    def __init__(self, folder: Path, zone: tzinfo):
        self.zone = zone
        self.texts = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}
        if FIRST not in self.texts:
            raise SetupError(f"{folder} holds no {FIRST}.json: take it from the repository again")

    @property
    def languages(self) -> tuple[str, ...]:
        return (FIRST, *(language for language in self.texts if language != FIRST))

    def language_of(self, request: Request) -> str:
        """?lang=, then the cookie, then Accept-Language, then Korean."""
        for said in (request.args.get("lang"), request.cookies.get(COOKIE)):
            if said in self.texts:
                return said
        return request.accept_languages.best_match(self.languages, FIRST)

    def sections(self, language: str, names: tuple[str, ...]) -> dict:
        """What a page loads."""
        return {name: self.texts[language].get(name, {}) for name in names}

    def say(self, language: str, place: str, facts: Facts = {}) -> str:
        """The filled text, or its place when it is missing (which a test finds)."""
        text = self.texts[language]
        for part in place.split("."):
            text = text.get(part, {}) if isinstance(text, dict) else {}
        return self.fill(language, text, facts) if isinstance(text, str) else place

    def refused(self, language: str, refusal: Refusal) -> dict[str, str]:
        """title, detail, next: what was refused, which rule and what is left, what to do now."""
        return {part: self.say(language, f"refusals.{refusal.word}.{part}", refusal.facts)
                for part in ("title", "detail", "next")}

    def fill(self, language: str, text: str, facts: Facts) -> str:
        def part(match: re.Match) -> str:
            return match[1] if all(self.known(language, name, facts) for name in FACT.findall(match[1])) else ""

        def fact(match: re.Match) -> str:
            return self.fact(language, match[1], facts[match[1]]) if match[1] in facts else match[0]

        return FACT.sub(fact, OPTIONAL.sub(part, text))

    def known(self, language: str, name: str, facts: Facts) -> bool:
        """Whether the fact can be said: a field without a name for people's ears can't."""
        return name in facts and (name != "field" or facts[name] in self.texts[language].get("fields", {}))

    def fact(self, language: str, name: str, value: int | str) -> str:
        if name == "field":
            return self.texts[language].get("fields", {}).get(value, str(value))
        if not isinstance(value, int):
            return str(value)
        if name.endswith("_won"):
            return figures(value, language)
        if name.endswith(("_at_s", "_day_s")):
            return moment(value, language, self.zone, with_time=name.endswith("_at_s"))
        return span(value, language) if name.endswith("_s") else str(value)


def moment(at_s: int, language: str, zone: tzinfo, with_time: bool = True) -> str:
    """A point in time as the city's clocks show it."""
    if at_s >= FAR_S:
        return FAR.get(language, FAR["en"])
    at = datetime.fromtimestamp(at_s, zone)
    day = f"{at.day} {MONTHS[at.month - 1]} {at.year}"
    if language == "ko":
        day = f"{at.year}년 {at.month}월 {at.day}일"
    return f"{day} {at:%H:%M}" if with_time else day


def span(seconds: int, language: str) -> str:
    """A length of time in its largest unit, rounded up: nobody comes back too early."""
    forms = UNITS.get(language, UNITS["en"])
    for size, form in zip((86_400, 3_600, 60), forms, strict=False):
        if seconds >= size:
            return form.format(-(-seconds // size))
    return forms[3].format(max(seconds, 0))
