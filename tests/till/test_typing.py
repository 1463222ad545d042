"""A scanner is read whatever keyboard the device is set to. It types by the places of a US keyboard, unless it was set to the
device's own; what the device makes of each place is in these rows. No browser: the page's own module in node.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.setup import vendor

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    "Backquote", *(f"Digit{each}" for each in "1234567890"), "Minus", "Equal", *(f"Key{each}" for each in "QWERTYUIOP"), "BracketLeft",
    "BracketRight", "Backslash", *(f"Key{each}" for each in "ASDFGHJKL"), "Semicolon", "Quote", *(f"Key{each}" for each in "ZXCVBNM"),
    "Comma", "Period", "Slash", "Space",
]
# What stands on the same places, plain and with Shift; \0: a dead key.
LAYOUTS = {
    "US": ("`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ ", "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>? "),
    "AZERTY": ("²&é\"'(-è_çà)=azertyuiop\0$*qsdfghjklmùwxcvbn,;:! ", "\0" + "1234567890°+AZERTYUIOP\0£µQSDFGHJKLM%WXCVBN?./§ "),
    "QWERTZ": ("\0" + "1234567890ß\0qwertzuiopü+#asdfghjklöäyxcvbnm,.- ", "°!\"§$%&/()=?\0QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_ "),
    "Dvorak": ("`1234567890[]',.pyfgcrl/=\\aoeuidhtns-;qjkxbmwvz ", "~!@#$%^&*(){}\"<>PYFGCRL?+|AOEUIDHTNS_:QJKXBMWVZ "),
    "Korean": ("`1234567890-=ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ[]₩ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'ㅋㅌㅊㅍㅠㅜㅡ,./ ", "~!@#$%^&*()_+ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖ{}|ㅁㄴㅇㄹㅎㅗㅓㅏㅣ:\"ㅋㅌㅊㅍㅠㅜㅡ<>? "),
}
ALT_GR = {"AZERTY": {"#": "Digit3"}}        # in a code, where a layout has a letter on the third level
CODE = f"HTTPS://HAGC.CHEONGJU.GO.KR/P#{'31415926535897932384626433832795' * 8}"
CARD, BADGE = "HTTPS://LOCALHOST:8000/C#1234567890123456", "https://hagc.cheongju.go.kr/pos#staff=12-0123456789abcdef"


def pressed(text: str, scanner: str, device: str, caps: bool = False) -> list[tuple[str, str, bool, bool]]:
    """(place, letter of the device there, Shift, AltGr) of each key that a scanner of one layout presses for `text`."""
    keys = []
    for letter in text:
        if place := ALT_GR.get(scanner, {}).get(letter):
            keys.append((place, letter, False, True))
            continue
        shift = letter not in LAYOUTS[scanner][0]
        at = LAYOUTS[scanner][shift].index(letter)
        there = LAYOUTS[device][shift != (caps and PLACES[at].startswith("Key"))][at]
        keys.append((PLACES[at], "Dead" if there == "\0" else there, shift, False))
    return keys


def read(*typed: list[tuple[str, str, bool, bool]]) -> list[dict]:
    path = os.environ | {"PATH": vendor.search_path()}
    return json.loads(subprocess.run(
        ["node", ROOT / "tests" / "js" / "typing.mjs"], input=json.dumps(typed), text=True, capture_output=True, check=True, env=path).stdout)


@pytest.mark.parametrize("caps", [False, True], ids=["", "caps lock"])
def test_a_scanner_set_to_us_is_read_on_every_keyboard(caps):
    every = [(name, text) for name in LAYOUTS for text in (CODE, CARD, BADGE, "8801234567890")]
    said = read(*[pressed(text, "US", name, caps) for name, text in every])
    assert [(name, one["read"]) for (name, _), one in zip(every, said, strict=True)] == every
    assert all(one["leaked"] < 7 and one["putBack"] for one in said)        # the first keys were put back, the rest never arrived


@pytest.mark.parametrize("name", ["AZERTY", "QWERTZ", "Dvorak"])
def test_a_scanner_set_to_the_devices_own_keyboard_is_read_too(name):
    assert [one["read"] for one in read(*[pressed(text, name, name) for text in (CODE, CARD)])] == [CODE, CARD]
