"""Which list of sales stands on the screen while the line comes and goes: the page's own module in node, without a browser."""

import json

import pytest

from pos.server import to_text
from tests.message.test_vectors import MESSAGES, node

CHARGES = [each for each in MESSAGES["messages"] if each["kind"] == "charge"]


@pytest.fixture(scope="module")
def said():
    return node("daylist.mjs", given=json.dumps([to_text(bytes.fromhex(each["message"])) for each in CHARGES]))


@pytest.mark.parametrize(("case", "entries", "more", "problem", "asked"), [
    ("no line", "own", False, None, []),                                # at once: nothing is asked for
    ("no line and no program", None, False, "NoAnswer", []),            # of a till PC
    ("no answer", "own", False, None, [None]),
    ("a late failure", [3, 2, 1], False, None, [None, None]),
    ("a late answer", "own", False, None, [None]),
    ("stopped", [3, 2, 1], False, None, [None, None]),                  # a sale was opened meanwhile
    ("pages", [10, 9, 8, 7, 6, 5, 4], True, None, [None, 7, None]),
    ("a page twice", [9, 8, 7, 6, 5, 4], True, None, [None, 7, 7]),
    ("more than a page came", [9, 8, 7], True, None, [None, None]),     # no gap between the two
    ("refused", None, False, "Refused", [None]),
])
def test_the_newest_question_decides_what_the_list_shows(said, case, entries, more, problem, asked):
    assert said[case] == {"entries": entries, "more": more, "problem": problem, "asked": asked}


def test_a_line_of_its_own_record_has_the_reference_as_it_was_typed(said):
    assert [line["reference"] for line in said["lines"]] == [bytes.fromhex(each["fields"]["reference"]).decode() for each in CHARGES]
    assert "A-17" in {line["reference"] for line in said["lines"]}
