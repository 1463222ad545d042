"""Reads a city file: all in which one municipality differs from another.

A city is a file in app/cities/, never Python. What is wrong in it is named in one line: file, key, what stands
there and what is allowed. A trial city's invented people stand in a second file, `<key>.example.toml`, which
only `read_example` opens.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.cities.table import Table
from app.errors import Refusal, SetupError
from app.message.keys import check_public
from app.money.orders import ADMINISTRATOR, AUDITOR, CHECKER, INSTITUTION, MAKER, REGISTRAR, SHOP

CITIES = Path(__file__).parent / "cities"
EXAMPLE_SUFFIX = ".example.toml"
HOST_CHARACTERS = 24  # more would make a request's QR larger than version 8
NAME_BYTES, DISTRICT_BYTES = 60, 30  # as the messages hold them
WON_END = 2**53
KEY = (r"[a-z][a-z0-9-]{0,29}", "1 to 30 of a-z 0-9 -, a letter first")
COLOUR = (r"#[0-9a-f]{6}", "# and 6 digits 0-9 a-f")
ROLES = {
    "maker": MAKER,
    "checker": CHECKER,
    "registrar": REGISTRAR,
    "auditor": AUDITOR,
    "administrator": ADMINISTRATOR,
}
SORTS = {"shop": SHOP, "institution": INSTITUTION}


@dataclass(frozen=True, slots=True)
class Names:
    """One name in several languages; ko and en are always there."""

    texts: tuple[tuple[str, str], ...]

    def say(self, language: str) -> str:
        """The name in `language` (two letters), else in English."""
        texts = dict(self.texts)
        return texts.get(language, texts["en"])

    @property
    def ko(self) -> str:
        return self.say("ko")

    @property
    def en(self) -> str:
        return self.say("en")


@dataclass(frozen=True, slots=True)
class Coin:
    number: int
    key: str
    names: Names
    colour: str


@dataclass(frozen=True, slots=True)
class Category:
    number: int
    key: str
    names: Names


@dataclass(frozen=True, slots=True)
class District:
    """One 읍, 면 or 동 and the 구 in which it lies."""

    name: str
    borough: str


@dataclass(frozen=True, slots=True)
class City:
    key: str
    names: Names
    currency: Names
    host: str
    zone: ZoneInfo
    code_cap_won: int
    main_colour: str
    accent_colour: str
    threshold: int
    root_keys: tuple[bytes, ...]  # 32 each; none as long as nobody has made them
    coins: tuple[Coin, ...]  # in the order in which equal coins are spent; number = place from 1
    categories: tuple[Category, ...]
    districts: tuple[District, ...]
    office_phone: str = ""  # printed on paper cards; empty: none

    def coin(self, number: int) -> Coin:
        return self.coins[number - 1]

    def category(self, number: int) -> Category | None:
        """None for a number that an older city file had and this one has not."""
        return next((found for found in self.categories if found.number == number), None)


@dataclass(frozen=True, slots=True)
class ExampleOfficer:
    name: str
    login: str
    roles: int  # sum of orders.MAKER … ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class ExampleProgramme:
    coin: int
    name: str
    budget_won: int
    closes_in_days: int
    spend_for_days: int
    categories: bytes  # numbers, ascending; empty: everywhere


@dataclass(frozen=True, slots=True)
class ExampleResident:
    name: str
    birth_date: str  # YYYY-MM-DD
    phone: str


@dataclass(frozen=True, slots=True)
class ExampleShop:
    sort: int  # orders.SHOP or INSTITUTION
    name: str
    category: int
    district: str


@dataclass(frozen=True, slots=True)
class ExampleList:
    programme: int  # place in Example.programmes, from 0
    rows: tuple[tuple[int, int], ...]  # (place in Example.residents, from 0; won)


@dataclass(frozen=True, slots=True)
class Example:
    officers: tuple[ExampleOfficer, ...]
    programmes: tuple[ExampleProgramme, ...]
    residents: tuple[ExampleResident, ...]
    shops: tuple[ExampleShop, ...]
    lists: tuple[ExampleList, ...]
    offline: dict[str, int]  # payer_won, till_won, day_won, life_hours; bearer: place in programmes, from 0


def find(name: str) -> Path:
    """The city file called `name`: a key such as those in app/cities/, or a path."""
    path = Path(name) if "/" in name or name.endswith(".toml") else CITIES / f"{name}.toml"
    if not path.is_file():
        raise SetupError(f"no city file {path}: allowed are a path, or one of {', '.join(known())}")
    return path


def known() -> list[str]:
    """The keys of the cities that come along."""
    return sorted(file.stem for file in CITIES.glob("*.toml") if not file.name.endswith(EXAMPLE_SUFFIX))


def check_host(host: str) -> str:
    """`host` (name, and port if it is not 443), or SetupError when no QR could hold it."""
    if fault := _host_fault(host):
        raise SetupError(f'host is "{host}": {fault}')
    return host


def _host_fault(host: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?", host):
        return "allowed is a name of a-z 0-9 . - in lower case, and :port if it is not 443"
    if len(host) > HOST_CHARACTERS:
        return f"allowed are {HOST_CHARACTERS} characters with its port, because it stands in every QR"
    if int(host.partition(":")[2] or 443) > 65535:
        return "allowed is a port up to 65535"
    return ""


def read_city(path: Path) -> City:
    """Raises SetupError, one line, when the file is wrong. Never reads an example file."""
    if path.name.endswith(EXAMPLE_SUFFIX):
        raise SetupError(f"{path} holds the people of a trial city, not a city: allowed is the file beside it")
    top = Table.of_file(path)
    colours, roots = top.table("colours"), top.table("roots")
    coins, categories = top.tables("coins"), top.tables("categories")
    root_keys = tuple(_root_keys(roots))
    city = City(
        key=top.text("key", *KEY),
        names=_names(top, "name"),
        currency=_names(top, "currency"),
        host=_host(top),
        zone=_zone(top),
        code_cap_won=top.integer("code_cap_won", 1, WON_END - 1),
        main_colour=colours.text("main", *COLOUR),
        accent_colour=colours.text("accent", *COLOUR),
        threshold=roots.integer("threshold", 1, len(root_keys) or 9),
        root_keys=root_keys,
        coins=tuple(_coin(table, place) for place, table in enumerate(coins, 1)),
        categories=tuple(_category(table) for table in categories),
        districts=tuple(_districts(top.table("districts"))),
        office_phone=top.text("office_phone", r"[0-9+-]{3,20}", "digits and hyphens") if "office_phone" in top.values else "",
    )
    for table in (top, colours, roots, *coins, *categories):
        table.finish()
    top.distinct("coins", [coin.key for coin in city.coins])
    top.distinct("categories", [category.key for category in city.categories])
    top.distinct("categories", [category.number for category in city.categories])
    top.distinct("districts", [district.name for district in city.districts])
    roots.distinct("keys", [key.hex() for key in root_keys])
    return city


def _root_keys(roots: Table) -> Iterator[bytes]:
    allowed = "public keys of 64 digits 0-9 a-f, as `root new` prints them"
    for text in roots.texts("keys", r"[0-9a-f]{64}", allowed):
        try:
            yield check_public(bytes.fromhex(text))
        except Refusal:
            roots.wrong("keys", text, allowed)


def _host(top: Table) -> str:
    host = top.text("host")
    if fault := _host_fault(host):
        top.wrong("host", host, fault.removeprefix("allowed is ").removeprefix("allowed are "))
    return host


def _zone(top: Table) -> ZoneInfo:
    name = top.text("zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        top.wrong("zone", name, "a name of the time zone database, such as Asia/Seoul")


def _coin(table: Table, place: int) -> Coin:
    number, colour = table.integer("number", place, place), table.text("colour", *COLOUR)
    return Coin(number, table.text("key", *KEY), _names(table, "name"), colour)


def _category(table: Table) -> Category:
    return Category(table.integer("number", 1, 255), table.text("key", *KEY), _names(table, "name"))


def _districts(boroughs: Table) -> list[District]:
    found = []
    for borough in list(boroughs.values):
        names = boroughs.texts(borough, r".+", "names", DISTRICT_BYTES)
        found += [District(name, borough) for name in names]
    return found


def _names(table: Table, key: str) -> Names:
    names = table.table(key)
    for language in ("ko", "en"):
        names.text(language, max_bytes=NAME_BYTES)
    for language in names.values:
        if not re.fullmatch(r"[a-z]{2}", language):
            names.wrong(language, names.values[language], "languages of two letters, such as ko and en")
        names.text(language, max_bytes=NAME_BYTES)
    return Names(tuple(names.values.items()))


def read_example(path: Path, city: City) -> Example:
    """The trial people of `city`, from the example file beside the city file `path`."""
    top = Table.of_file(path.with_name(path.stem + EXAMPLE_SUFFIX))
    kinds = {kind: top.tables(kind) for kind in ("officers", "programmes", "residents", "shops", "lists")}
    programmes = tuple(_example_programme(table, city) for table in kinds["programmes"])
    offline = top.table("offline")
    example = Example(
        officers=tuple(_example_officer(table) for table in kinds["officers"]),
        programmes=programmes,
        residents=tuple(_example_resident(table) for table in kinds["residents"]),
        shops=tuple(_example_shop(table, city) for table in kinds["shops"]),
        lists=tuple(_example_list(table, programmes, len(kinds["residents"])) for table in kinds["lists"]),
        offline=_example_offline(offline, programmes),
    )
    for table in (top, offline, *sum(kinds.values(), [])):
        table.finish()
    top.distinct("officers", [officer.login for officer in example.officers])
    top.distinct("programmes", [programme.name for programme in example.programmes])
    return example


def _example_officer(table: Table) -> ExampleOfficer:
    roles = sum(table.choices("roles", ROLES))
    return ExampleOfficer(_name(table), table.text("login", r"[a-z0-9.-]{2,40}", "2 to 40 of a-z 0-9 . -"), roles)


def _name(table: Table) -> str:
    return table.text("name", allowed="a name", max_bytes=NAME_BYTES)


def _example_programme(table: Table, city: City) -> ExampleProgramme:
    closes_in_days = table.integer("closes_in_days", 1, 3650)
    return ExampleProgramme(
        coin=table.choice("coin", {coin.key: coin.number for coin in city.coins}),
        name=_name(table),
        budget_won=table.integer("budget_won", 1, WON_END - 1),
        closes_in_days=closes_in_days,
        spend_for_days=table.integer("spend_for_days", closes_in_days, 3650),
        categories=bytes(sorted(table.choices("categories", _category_numbers(city)))),
    )


def _example_offline(table: Table, programmes: tuple[ExampleProgramme, ...]) -> dict[str, int]:
    places = {programme.name: place for place, programme in enumerate(programmes)}
    figures = {name: table.integer(name, 1, 10_000_000) for name in ("payer_won", "till_won", "day_won")}
    return figures | {"life_hours": table.integer("life_hours", 1, 168), "bearer": table.choice("bearer", places)}


def _category_numbers(city: City) -> dict[str, int]:
    return {category.key: category.number for category in city.categories}


def _example_resident(table: Table) -> ExampleResident:
    birth_date = table.text("birth_date", allowed="a date such as 1950-03-14")
    try:
        date.fromisoformat(birth_date)
    except ValueError:
        table.wrong("birth_date", birth_date, "a date such as 1950-03-14")
    phone = table.text("phone", r"010-0[0-9]{3}-[0-9]{4}", "010-0 and seven digits, which nobody has")
    return ExampleResident(_name(table), birth_date, phone)


def _example_shop(table: Table, city: City) -> ExampleShop:
    district = table.choice("district", [district.name for district in city.districts])
    return ExampleShop(
        table.choice("sort", SORTS), _name(table), table.choice("category", _category_numbers(city)), district
    )


def _example_list(table: Table, programmes: tuple[ExampleProgramme, ...], residents: int) -> ExampleList:
    allowed = f"a list of [resident 1 to {residents}, won]"
    rows = table.value("rows", list, allowed)
    for row in rows:
        if not (isinstance(row, list) and len(row) == 2 and all(type(number) is int for number in row)):
            table.wrong("rows", str(row), allowed)
        if not (1 <= row[0] <= residents and 0 < row[1] < WON_END):
            table.wrong("rows", str(row), allowed)
    table.distinct("rows", [resident for resident, _ in rows])
    programme = table.choice("programme", {programme.name: place for place, programme in enumerate(programmes)})
    return ExampleList(programme, tuple((resident - 1, amount_won) for resident, amount_won in rows))
