"""items.csv, which a till writes by itself: as safe in a spreadsheet as the office's own files."""

import csv
import io
import json

from app.people import sheet
from tests.message.test_vectors import node

NAMES = ["비빔밥", "국수, 곱빼기", '"특" 정식', "'별미'", "'", "=1+1", "+82", "-500", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1", "콜라 = 2", "10%"]


def test_no_item_is_a_formula_in_a_spreadsheet_and_all_come_back_as_they_were():
    items = [{"name": name, "price_won": 1_000 + at, "category": NAMES[-1 - at]} for at, name in enumerate(NAMES)]
    made = node("items.mjs", given=json.dumps(items))
    assert made["again"] == {"items": items, "wrong": []}
    _, *rows = csv.reader(io.StringIO(made["csv"].removeprefix("\ufeff"), newline=""))
    assert rows == [[sheet.neutral(item["name"]), str(item["price_won"]), sheet.neutral(item["category"])] for item in items]


def test_a_cell_is_neutral_wherever_it_is_written():
    cells = [*NAMES, "\t=1", "\n=1", " =1", "\r", " ＝1", "　=1"]
    made = node("items.mjs", given=json.dumps([{"name": cell, "price_won": 1, "category": ""} for cell in cells]))
    _, *rows = csv.reader(io.StringIO(made["csv"].removeprefix("\ufeff"), newline=""))
    assert [row[0] for row in rows] == [sheet.neutral(cell) for cell in cells]
