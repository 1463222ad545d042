import dataclasses
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from app import city as cities
from app.city import District, find, known, read_city, read_example
from app.errors import SetupError
from app.money.orders import ADMINISTRATOR, AUDITOR, CHECKER, INSTITUTION, MAKER, REGISTRAR, SHOP

CITY = find("cheongju")
EXAMPLE = CITY.with_name("cheongju.example.toml")
KEYS = [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",  # RFC 8032 §7.1, tests 1 and 2
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
]


@pytest.fixture
def city():
    return read_city(CITY)


@pytest.fixture
def copy(tmp_path):
    """Writes a changed copy of both files: each `old` must stand in one of them."""

    def write(old: str = "", new: str = "") -> Path:
        for file in (CITY, EXAMPLE):
            text = file.read_text(encoding="utf-8")
            (tmp_path / file.name).write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return tmp_path / CITY.name

    return write


def fault(call) -> str:
    with pytest.raises(SetupError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2, contrast ratio."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_the_city_that_comes_along_is_whole(city):
    assert known() == ["cheongju"]
    assert (city.key, city.names.ko, city.names.en, city.currency.ko) == ("cheongju", "청주시", "Cheongju", "헤그")
    assert (city.host, str(city.zone), city.code_cap_won) == ("localhost:8080", "Asia/Seoul", 50_000)
    assert (city.threshold, city.root_keys) == (2, ())
    assert [(coin.number, coin.key, coin.names.ko) for coin in city.coins] == [(1, "help", "헬프"), (2, "give", "기브")]
    assert [category.number for category in city.categories] == list(range(1, 13))
    assert len(city.districts) == 43 and District("복대1동", "흥덕구") in city.districts


def test_its_colours_can_be_read_with_white(city):
    for colour in (city.main_colour, city.accent_colour, *(coin.colour for coin in city.coins)):
        assert contrast_with_white(colour) >= 7, colour


def test_a_city_cannot_be_changed(city):
    with pytest.raises(dataclasses.FrozenInstanceError):
        city.host = "elsewhere"
    assert city == read_city(CITY) and hash(city.coins[0])


def test_coins_and_categories_are_found_by_number(city):
    assert city.coin(2).key == "give"
    assert city.category(10).names.ko == "전통시장"
    assert city.category(99) is None


def test_a_name_is_said_in_the_language_asked_for_or_in_english(copy):
    city = read_city(copy('ko = "청주시"\n', 'ko = "청주시"\nvi = "Thanh Châu"\n'))
    assert [city.names.say(language) for language in ("ko", "en", "vi", "zh")] == [
        "청주시",
        "Cheongju",
        "Thanh Châu",
        "Cheongju",
    ]


def test_root_keys_are_read_from_the_file(copy):
    text = CITY.read_text(encoding="utf-8")
    path = copy()
    path.write_text(re.sub(r"keys = \[.*?\n\]", f"keys = {KEYS}", text, flags=re.DOTALL), encoding="utf-8")
    city = read_city(path)
    assert [key.hex() for key in city.root_keys] == KEYS


NAME_RULE = "at most 60 bytes of UTF-8 (a Korean letter takes 3)"
WRONG = [
    ('key = "cheongju"', "", 'key is missing; allowed: 1 to 30 of a-z 0-9 -, a letter first'),
    ('key = "cheongju"', 'key = "청주"', 'key is "청주"; allowed: 1 to 30 of a-z 0-9 -, a letter first'),
    ('key = "cheongju"', "key = 5", "key is 5; allowed: 1 to 30 of a-z 0-9 -, a letter first"),
    ('"Asia/Seoul"', '"Asia/Soul"', 'zone is "Asia/Soul"; allowed: a name of the time zone database, such as Asia/Seoul'),
    ('"Asia/Seoul"', '"../etc"', 'zone is "../etc"; allowed: a name of the time zone database, such as Asia/Seoul'),
    ("50_000", "0", "code_cap_won is 0; allowed: a whole number from 1 to 9,007,199,254,740,991"),
    ("50_000", "-5", "code_cap_won is -5; allowed: a whole number from 1 to 9,007,199,254,740,991"),
    ("50_000", "1.5", "code_cap_won is 1.5; allowed: a whole number from 1 to 9,007,199,254,740,991"),
    ("50_000", "true", 'code_cap_won is True; allowed: a whole number from 1 to 9,007,199,254,740,991'),
    ('en = "Cheongju"\n', "", "name.en is missing; allowed: a text"),
    ('"Cheongju"', '""', 'name.en is ""; allowed: a text'),
    ('"Cheongju"', '" Cheongju"', 'name.en is " Cheongju"; allowed: a text'),
    ('"청주시"', f'"{"가" * 21}"', f'name.ko is "{"가" * 21}"; allowed: {NAME_RULE}'),
    ('en = "Cheongju"', 'en = "C"\nkorean = "x"', 'name.korean is "x"; allowed: languages of two letters, such as ko and en'),
    ("[name]", "[nam]", "name is missing; allowed: a table [name]"),
    ('"#0b4f3c"', '"green"', 'colours.main is "green"; allowed: # and 6 digits 0-9 a-f'),
    ("threshold = 2", "threshold = 0", "roots.threshold is 0; allowed: a whole number from 1 to 9"),
    ('# "64', '"ab", # "64', 'roots.keys is "ab"; allowed: a list of public keys of 64 digits'),
    ('# "64', f'"{"00" * 32}", # "64', f'roots.keys is "{"00" * 32}"; allowed: public keys of 64 digits 0-9 a-f'),
    ('# "64', f'"{KEYS[0]}", # "64', "roots.threshold is 2; allowed: 1"),
    ('# "64', f'"{KEYS[0]}", "{KEYS[0]}", # "64', f'roots.keys is "{KEYS[0]} twice"; allowed: each once'),
    ("keys = [", "keys = [5,", "roots.keys is 5; allowed: a list of public keys"),
    ('number = 2\nkey = "give"', 'number = 3\nkey = "give"', "coins[2].number is 3; allowed: 2"),
    ('key = "give"', 'key = "help"', 'coins is "help twice"; allowed: each once'),
    ('colour = "#7a2e5d"', 'color = "#7a2e5d"', "coins[2].colour is missing; allowed: # and 6 digits 0-9 a-f"),
    ('colour = "#7a2e5d"', 'colour = "#7a2e5d"\nlimit = 5', "coins[2].limit is unknown; allowed: colour, key, name, number"),
    ("number = 12", "number = 11", 'categories is "11 twice"; allowed: each once'),
    ("number = 12", "number = 256", "categories[12].number is 256; allowed: a whole number from 1 to 255"),
    ('"복대2동"', '"복대1동"', 'districts is "복대1동 twice"; allowed: each once'),
    ('"복대2동"', f'"{"동" * 11}"', f'districts.흥덕구 is "{"동" * 11}"; allowed: at most 30 bytes of UTF-8'),
    ('"복대2동"', "5", "districts.흥덕구 is 5; allowed: a list of names"),
    ('key = "cheongju"', 'key = "cheongju"\ncap = 1', "cap is unknown; allowed: categories, code_cap_won, coins"),
    ('key = "cheongju"', 'key = "cheongju"\nkey = "x"', "is not TOML: Cannot overwrite a value"),
    ('key = "cheongju"', 'key = "cheongju"\ncoins = []', "is not TOML: "),
]


@pytest.mark.parametrize("old, new, message", WRONG)
def test_a_wrong_file_is_answered_with_file_key_and_what_is_allowed(copy, old, new, message):
    path = copy(old, new)
    said = fault(lambda: read_city(path))
    assert said.startswith(str(path)) and message in said


HOSTS = [
    ("pay.cheongju.go.kr", ""),
    ("pay.cheongju.go.kr:65535", ""),
    ("localhost:8080", ""),
    ("10.0.0.5:8080", ""),
    ("pay.cheongju.go.kr:655355", "allowed"),
    ("pay.cheongju.go.kr:65536", "a port up to 65535"),
    ("hagc.pay.cheongju-si.go.kr", "24 characters with its port, because it stands in every QR"),
    ("Pay.go.kr", "a-z 0-9 . - in lower case"),
    ("https://pay.go.kr", "a-z 0-9 . - in lower case"),
    ("pay.go.kr/", "a-z 0-9 . - in lower case"),
    ("pay.go.kr:0", "a-z 0-9 . - in lower case"),
    ("청주.한국", "a-z 0-9 . - in lower case"),
    ("", "allowed"),
]


@pytest.mark.parametrize("host, message", HOSTS)
def test_a_host_that_no_qr_could_hold_is_refused(copy, host, message):
    path = copy('"localhost:8080"', f'"{host}"')
    if not message:
        assert read_city(path).host == cities.check_host(host) == host
        return
    assert message in fault(lambda: read_city(path)) and "host" in fault(lambda: read_city(path))
    assert message in fault(lambda: cities.check_host(host))


def test_what_cannot_be_read_is_said_in_one_line(tmp_path):
    (tmp_path / "a.toml").write_bytes("name = '청주'".encode("cp949"))
    assert fault(lambda: read_city(tmp_path / "a.toml")).endswith("is not UTF-8 text (byte 10)")
    assert "can't be read: No such file" in fault(lambda: read_city(tmp_path / "b.toml"))
    assert fault(lambda: find("gotham")).endswith("allowed are a path, or one of cheongju")
    assert find(str(CITY)) == CITY


# --- the people of a trial city --------------------------------------------------------


def test_the_example_has_two_officers_six_residents_and_an_institution(city):
    example = read_example(CITY, city)
    assert [officer.roles for officer in example.officers] == [MAKER | REGISTRAR, CHECKER | REGISTRAR, ADMINISTRATOR, AUDITOR]
    assert [programme.coin for programme in example.programmes] == [1, 2, 1]
    assert len(example.residents) == 6
    assert [shop.sort for shop in example.shops] == [SHOP] * 5 + [INSTITUTION]
    assert {shop.district for shop in example.shops} <= {district.name for district in city.districts}
    for resident in example.residents:
        assert date.fromisoformat(resident.birth_date) and resident.phone.startswith("010-0000-")


def test_its_lists_are_within_their_budgets_and_name_residents_of_the_file(city):
    example = read_example(CITY, city)
    assert [place.programme for place in example.lists] == [0, 1]
    for paid in example.lists:
        assert sum(won for _, won in paid.rows) <= example.programmes[paid.programme].budget_won
        assert {resident for resident, _ in paid.rows} <= set(range(6))


def test_the_city_file_itself_holds_nobody(city):
    assert not set(tomllib.loads(CITY.read_text(encoding="utf-8"))) & {"officers", "residents", "shops", "lists"}
    said = fault(lambda: read_city(EXAMPLE))
    assert said.endswith("holds the people of a trial city, not a city: allowed is the file beside it")


WRONG_EXAMPLE = [
    ('roles = ["maker", "registrar"]', 'roles = ["boss"]', 'officers[1].roles is "boss"; allowed: each at most once of maker,'),
    ('roles = ["maker", "registrar"]', "roles = [5]", "officers[1].roles is 5; allowed: each at most once of maker,"),
    ('login = "checker"', 'login = "maker"', 'officers is "maker twice"; allowed: each once'),
    ('coin = "give"', 'coin = "gold"', 'programmes[2].coin is "gold"; allowed: help, give'),
    ('"restaurant", "grocery"', '"restaurant", "toys"', 'programmes[1].categories is "toys"; allowed: each at most once of'),
    ("spend_for_days = 90", "spend_for_days = 30", "programmes[1].spend_for_days is 30; allowed: a whole number from 60"),
    ('"1950-03-14"', '"1950-02-30"', 'residents[1].birth_date is "1950-02-30"; allowed: a date such as 1950-03-14'),
    ('"010-0000-0001"', '"010-2345-6789"', 'residents[1].phone is "010-2345-6789"; allowed: 010-0 and seven digits'),
    ('sort = "institution"', 'sort = "bank"', 'shops[6].sort is "bank"; allowed: shop, institution'),
    ('district = "오창읍"', 'district = "강남동"', 'shops[5].district is "강남동"; allowed: 낭성면'),
    ("[1, 300_000]", "[7, 300_000]", "lists[1].rows is \"[7, 300000]\"; allowed: a list of [resident 1 to 6, won]"),
    ("[1, 300_000]", "[2, 300_000]", 'lists[1].rows is "2 twice"; allowed: each once'),
    ("[1, 300_000]", "[1, -5]", 'lists[1].rows is "[1, -5]"; allowed: a list of [resident 1 to 6, won]'),
    ("[1, 300_000]", '"x"', 'lists[1].rows is "x"; allowed: a list of [resident 1 to 6, won]'),
    ('programme = "겨울 돌봄 지원"', 'programme = "여름"', 'lists[1].programme is "여름"; allowed: 겨울 돌봄 지원, 이웃'),
    ("[[shops]]", "[[shop]]", "shop is unknown; allowed: lists, officers, offline, programmes, residents, shops"),
]


@pytest.mark.parametrize("old, new, message", WRONG_EXAMPLE)
def test_a_wrong_example_is_answered_with_file_key_and_what_is_allowed(copy, old, new, message):
    path = copy(old, new)
    said = fault(lambda: read_example(path, read_city(path)))
    assert said.startswith(str(path.with_name(EXAMPLE.name))) and message in said


def test_a_city_without_an_example_says_so(copy, city):
    path = copy()
    path.with_name(EXAMPLE.name).unlink()
    assert "cheongju.example.toml can't be read" in fault(lambda: read_example(path, city))
