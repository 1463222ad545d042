"""FORMATS.md can't rot: its tables are the program's, and its example is worked again."""

import re
from pathlib import Path

import pytest

from app.errors import WORDS
from app.message import cose, keys, kinds, qr
from app.money import lists
from app.money.rules import DAY_S, RULES
from tests.vectors import make

TEXT = (Path(kinds.__file__).parent / "FORMATS.md").read_text(encoding="utf-8")
CODE = make.BODIES[0]
RAW = cose.sign(CODE, make.SEED, make.CHAIN)
PARSED = cose.parse(RAW)


def life(kind: kinds.Kind) -> str:
    seconds = RULES[1].max_life_s.get(kind.form)
    if seconds is None:
        return "—"
    return f"{seconds} s" if seconds % DAY_S else f"{seconds // DAY_S} d"


def test_the_table_of_kinds_has_every_number_length_and_life():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([a-z-]+) \| [^|]+ \| (\d+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(kind.number), str(kind.tag), kind.name, str(kind.max_bytes), life(kind)) for kind in kinds.IMPLEMENTED]
    assert RULES[1].root_approval_life_s == 90 * DAY_S and "A root's approval may live 90 d" in TEXT


def test_the_kept_numbers_are_named():
    kept = re.search(r"no layout yet \(`UNKNOWN_KIND`\): ([^.]+)\.", TEXT)[1]
    assert kept.split(", ") == [f"{kind.number} {kind.name}" for kind in kinds.BY_NUMBER.values() if not kind.form]
    assert f"{kinds.GENESIS} genesis, {kinds.BLOCK} block, {kinds.ROW} row of a list that\npays, {kinds.ROW_BACK} row of one that takes back" in TEXT


def test_the_digits_of_a_last_group_are_the_programs():
    assert f"| bytes | {' | '.join(map(str, range(1, 7)))} |" in TEXT
    assert f"| digits | {' | '.join(str(qr.LAST_DIGITS[count]) for count in range(1, 7))} |" in TEXT


def test_every_word_for_a_message_itself_is_explained():
    about_messages = {word for word, entry in WORDS.items() if entry.number < 200}
    assert about_messages <= set(re.findall(r"`([A-Z_]{5,})`", TEXT))


def test_a_rows_leaf_is_what_the_text_says():
    salt, person = lists.row_salt(bytes(32), 7), bytes(range(16))
    data = b"\0hagc/row/1\0" + salt + (7).to_bytes(8) + person + (50_000).to_bytes(8)
    assert salt == make.sha256(bytes(32) + (7).to_bytes(8)).digest()
    assert lists.row_leaf(7, person, 50_000, salt) == make.sha256(data).digest()
    assert lists.row_id(person, 7) == person + (7).to_bytes(4)


@pytest.mark.parametrize(("title", "value"), [
    ("chain id", make.CHAIN.hex()),
    ("public key", keys.public(make.SEED).hex()),
    ("payload", PARSED.payload.hex()),
    ("signed bytes", cose.to_sign(0, PARSED.payload, make.CHAIN).hex()),
    ("signature", PARSED.signature.hex()),
    ("id", cose.message_id(0, PARSED.payload, make.CHAIN).hex()),
    (f"message ({len(RAW)} bytes)", RAW.hex()),
    ("text", qr.to_text(RAW, make.HOST)),
], ids=lambda value: value[:12])
def test_the_worked_example_comes_out_again(title, value):
    shown = TEXT.partition(f"\n{title}\n\n")[2].partition("\n\n")[0]
    assert re.sub(r"\s", "", shown) == value


def test_the_worked_example_is_what_its_sentence_says():
    said = f"alias `{CODE.alias.hex()}`; mode {CODE.mode}; {CODE.amount_won:,}; nonce `{CODE.nonce.hex()}`; expires at {CODE.expires_at_s:,}."
    assert said in " ".join(TEXT.split()).replace("alias\n", "alias ")
    assert make.SEED == bytes(range(32))
