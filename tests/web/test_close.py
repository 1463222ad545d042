"""A closing over the wire: the screen's figures, the paper's and the table's are the same ones, and tell nobody's name."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

import pypdfium2
import pytest

from app.desk import seal
from app.message import qr
from app.money import orders
from app.people import turn
from app.web import close_pdf
from tests.cast import DAY_S, City, Line, Owner, raw, sale


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("city") / "data")
    yield city
    city.close()


@pytest.fixture(scope="module")
def line(city):
    return city.line()


@pytest.fixture(scope="module")
def spare(city):
    """A resident with money for later: the officers' hands of a trial city are good for a day."""
    return city.wallet(help_won=50_000)


@pytest.fixture(scope="module")
def tills(city, line, spare):
    """Two tills of a shop, with sales of both coins: 8,500 + 12,000 + 4,300 + 700, and 2,000 and 300 given back."""
    one, two = city.till(), city.till()
    kim, lee = city.wallet(help_won=100_000), city.wallet(give_won=100_000)
    entries = [sell(line, till, payer, won) for till, payer, won in (
        (one, kim, 8_500), (one, lee, 12_000), (two, kim, 4_300), (one, lee, 700))]
    for till, entry, won in ((one, entries[1], 2_000), (two, entries[2], 300)):
        back = line.post("/api/refunds", {"message": as_text(till.refund(entry, won))})
        assert back.status == 200
    return one, two


@pytest.fixture(scope="module")
def taking(city):
    return city.till(rights=orders.RECEIVE)


def as_text(raw: bytes) -> str:
    return sale(raw, b"")["payer"]


def sell(line, till, payer, won, reference="A-17") -> int:
    request = till.request(won, reference)
    answer = line.post("/api/sales", sale(payer.payment(request), request))
    assert answer.status == 200
    return answer.json["entry"]


def text_of(pdf: bytes) -> str:
    """What a reader's program finds on the pages, line by line."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).replace("\r", "")


def rows_of(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_the_screens_sums_are_those_of_the_hand(line, tills):
    found = line.get("/api/close?scope=shop", Owner(tills[0])).json
    assert found["total"] == {"sales": 4, "sales_won": 25_500, "refunds": 2, "refunds_won": 2_300, "voids": 0,
                              "voids_won": 0, "net_won": 23_200}
    assert [(part["till"], part["net_won"]) for part in found["tills"]] == [(tills[0].number, 19_200), (tills[1].number, 4_000)]
    mine = line.get("/api/close", tills[1]).json
    assert (mine["total"]["net_won"], mine["opening"] <= mine["closing"] <= mine["last"]) == (4_000, True)


def test_the_table_adds_up_to_the_screens_net_and_opens_in_a_spreadsheet(line, tills):
    answer = line.get("/api/close?scope=shop&as=csv", Owner(tills[0]))
    assert answer.body.startswith(b"\xef\xbb\xbf") and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, *lines, net = rows_of(answer.body)
    assert (head[0], head[-1], net[0]) == ("날짜", "금액", "합계")
    assert [int(line[-1]) for line in lines] == [8_500, 12_000, 4_300, 700, -2_000, -300]
    assert sum(int(line[-1]) for line in lines) == int(net[-1]) == 23_200
    assert {line[7] for line in lines if line[3] == "결제"} == {"A-17"}


def test_a_reference_that_a_spreadsheet_would_run_is_a_text(line, tills, spare):
    entry = sell(line, tills[0], spare, 10, "-1-2")
    lines = rows_of(line.get("/api/close?as=csv", tills[0]).body)
    assert next(line[7] for line in lines if line[2] == str(entry)) == "'-1-2"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_papers_lines_add_up_to_the_net_on_it_and_it_is_the_same_each_time(line, tills, language):
    path = f"/api/close?scope=shop&day=2026-11-22&as=pdf&lang={language}"
    answer = line.get(path, Owner(tills[0]), language)
    assert answer.headers["Content-Type"] == "application/pdf" and answer.body.startswith(b"%PDF")
    assert line.get(path, Owner(tills[0]), language).body == answer.body
    said, net = text_of(answer.body), "합계" if language == "ko" else "Net"
    lines = [int(one.replace(",", "")) for one in re.findall(r"^\d\d:\d\d:\d\d .* (-?[\d,]+) -?[\d,]+$", said, re.M)]
    running = [int(one.replace(",", "")) for one in re.findall(r"^\d\d:\d\d:\d\d .* (-?[\d,]+)$", said, re.M)]
    asked = line.get("/api/close?scope=shop&day=2026-11-22", Owner(tills[0])).json["total"]
    assert len(lines) == asked["sales"] + asked["refunds"] and sum(lines) == running[-1] == asked["net_won"]
    assert re.search(rf"^{net} {asked['net_won']:,}(원| won)$", said, re.M)


def test_a_paper_of_very_many_lines_holds_the_sums_and_says_where_the_lines_are(line, tills, monkeypatch):
    monkeypatch.setattr(close_pdf, "MOST_LINES", 2)
    said = text_of(line.get("/api/close?scope=shop&as=pdf", Owner(tills[0])).body)
    assert "표(CSV)에 모두 있습니다" in said and "단말기별" in said and not re.search(r"^\d\d:\d\d:\d\d ", said, re.M)


def test_one_paper_is_made_at_a_time_so_that_payments_have_theirs(line, tills, monkeypatch):
    started, go_on = Event(), Event()
    monkeypatch.setattr(close_pdf, "pdf", lambda *_: started.set() or go_on.wait(20) and b"%PDF")
    monkeypatch.setattr(turn, "PATIENCE_S", 0.05)
    path, other = "/api/close?as=pdf", Line(line.to.application.test_client())
    with ThreadPoolExecutor(1) as hand:
        first = hand.submit(other.get, path, tills[1])
        assert started.wait(20)
        assert line.get(path, tills[0]).word == "BUSY"          # while another has its turn
        assert line.get("/api/close", tills[0]).status == 200
        go_on.set()
        assert first.result().body == b"%PDF"
    assert line.get(path, tills[0]).body == b"%PDF"


def test_who_asks_for_papers_in_a_crowd_takes_no_threads_from_payments(line, tills, monkeypatch):
    go_on = Event()
    monkeypatch.setattr(close_pdf, "pdf", lambda *_: go_on.wait(20) and b"%PDF")
    monkeypatch.setattr(turn, "PATIENCE_S", 30)
    path, lines = "/api/close?as=pdf", [Line(line.to.application.test_client()) for _ in range(turn.PATIENT + 1)]
    with ThreadPoolExecutor(len(lines)) as hands:
        papers = [hands.submit(each.get, path, tills[1]) for each in lines]
        turned_away = next(as_completed(papers, 20))
        go_on.set()
        assert turned_away.result().word == "BUSY"
        assert [paper.result().body for paper in papers if paper is not turned_away] == [b"%PDF"] * turn.PATIENT


def test_a_closing_is_recorded_once_and_found_again(line, city, spare):
    till = city.till()
    sell(line, till, spare, 4_000)
    shown = line.get("/api/close", till).json
    wish = {"scope": "till", "first": shown["first"], "last": shown["last"], "cashier": 3}
    made = line.post("/api/close", wish, till).json
    assert (made["recorded"]["number"], made["recorded"]["by_cashier"], made["total"]["net_won"]) == (1, 3, 4_000)
    assert line.post("/api/close", wish, till).json["recorded"] == made["recorded"]
    assert line.get("/api/close?closing=1", till).json["digest"] == shown["digest"]
    assert line.get("/api/closings", till).json["closings"] == [made["recorded"]]
    assert line.get("/api/close", till).json["total"]["sales"] == 0
    sell(line, till, spare, 5)
    assert line.post("/api/close", wish | {"last": shown["last"] + 1}, till).word == "ALREADY_DONE"
    assert line.get("/api/close?closing=2", till).word == "NOT_FOUND"


def test_nothing_tells_who_paid_or_with_which_coin(line, tills):
    paths = ["/api/close?scope=shop", "/api/close?scope=shop&as=csv", "/api/close?scope=shop&month=2026-11"]
    for path in paths:
        said = line.get(path, Owner(tills[0])).body.decode("utf-8-sig").lower()
        assert not re.search(r"account|alias|payer|help|give|coin|programme|lot\b", said), path
    said = text_of(line.get("/api/close?scope=shop&month=2026-11&as=pdf", Owner(tills[0])).body)
    assert not re.search("주민|Help|Give|도움|나눔", said)


def test_a_receipt_is_told_again_to_its_own_till_alone(line, tills, spare):
    entry = sell(line, tills[0], spare, 70)
    again = line.get(f"/api/till/receipts/{entry}", tills[0]).json
    assert (again["amount_won"], again["kind"], again["reference"], again["till"]) == (70, "sale", "A-17", tills[0].number)
    assert line.get(f"/api/till/receipts/{entry}", tills[1]).word == "NOT_FOUND"
    assert line.get("/api/till/receipts/99999999999999999999999", tills[0]).word == "NOT_FOUND"


def test_the_code_of_a_printed_receipt_opens_what_the_ledger_says_of_it(line, tills, spare):
    entry = sell(line, tills[0], spare, 77)
    receipt = line.get(f"/api/till/receipts/{entry}", tills[0]).json["receipt"]
    for place in ("/R/", "/r/"):
        page = line.get(place + qr.to_digits(raw(receipt)))
        said = page.body.decode()
        assert page.status == 200 and "77원" in said and f"/explorer/entries/{entry}" in said
        assert spare.account.hex() not in said and "T-1" not in said
    for wrong in ("1", "9" * 2000, qr.to_digits(raw(receipt))[:-2] + "11", "abc", "%00"):
        assert line.get("/R/" + wrong).status in (400, 401, 422)


WRONG = [
    ("?scope=city", "FIELD_WRONG"), ("?as=xml", "FIELD_WRONG"), ("?day=tomorrow", "FIELD_WRONG"), ("?month=2026-13", "FIELD_WRONG"),
    ("?closing=x", "FIELD_WRONG"), ("?closing=", "FIELD_MISSING"), ("?closing=9999999999999999", "NOT_FOUND"), ("?month=9999-12", "FIELD_WRONG"),
]


@pytest.mark.parametrize(("asked", "word"), WRONG)
def test_what_can_not_be_asked_is_refused_by_its_word(line, tills, asked, word):
    assert line.get(f"/api/close{asked}", Owner(tills[0])).word == word


@pytest.mark.parametrize("change", [{"first": -1}, {"last": "9"}, {"last": 2**60}, {"cashier": 2**16}, {"cashier": True},
                                    {"scope": ["till"]}, {"scope": None, "first": None}])
def test_what_can_not_be_recorded_is_refused_by_its_word(line, tills, change):
    wish = {"scope": "till", "first": 1, "last": 2, "cashier": 0} | change
    assert line.post("/api/close", wish, tills[0]).word in ("FIELD_WRONG", "FIELD_MISSING")


def test_only_a_till_may_ask_and_only_one_that_may_give_back_for_the_whole_shop(line, spare, taking):
    assert line.get("/api/close").word == "SIGN_IN_FIRST"
    assert line.get("/api/close", spare).word == "NOT_YOURS"
    assert line.get("/api/close?scope=shop", Owner(taking)).word == "NO_RIGHT"


@pytest.mark.parametrize("asked", ["/api/close?scope=shop", "/api/close?scope=shop&as=csv", "/api/close?month=2026-11", "/api/close?month=2026-11&as=csv",
                                   "/api/close?scope=shop&month=2026-11&as=pdf", "/api/closings?scope=shop"])
def test_the_whole_shop_and_a_month_are_the_owners_to_see(line, tills, asked):
    """A till that was left to a cashier proves itself, and is not told; nor is who signs with its own key, or for something else."""
    till = tills[0]
    assert line.get(asked).word == "SIGN_IN_FIRST"
    assert line.get(asked, till).word == "OWNER_ONLY"
    assert line.get(asked, Owner(till, till.key)).word == "BAD_SIGNATURE"
    assert line.get(asked, Owner(till, tills[1].refund_key)).word == "BAD_SIGNATURE"
    assert line.get(asked, Owner(till, what="GET /api/close")).word == "WRONG_PURPOSE"
    assert line.get(asked, Owner(till, expires_at_s=till.city.now_s() - 1)).word == "EXPIRED"
    assert line.get(asked, Owner(till, expires_at_s=till.city.now_s() + 601)).word == "TOO_FAR_AHEAD"
    assert line.get(asked, Owner(till)).status == 200


def test_the_owner_alone_closes_the_whole_shop_and_just_what_was_signed(line, city, spare):
    till = city.till()
    sell(line, till, spare, 600)
    found = line.get("/api/close?scope=shop", Owner(till)).json
    wish = {"scope": "shop", "first": found["first"], "last": found["last"], "cashier": 9}
    assert line.post("/api/close", wish, till).word == "OWNER_ONLY"
    assert line.post("/api/close", wish, Owner(till, body="00" * 32)).word == "WRONG_PURPOSE"
    assert line.get("/api/closings?scope=shop", Owner(till)).json["closings"] == []
    made = line.post("/api/close", wish, Owner(till)).json["recorded"]
    assert (made["by_till"], made["by_cashier"]) == (till.number, 0)
    assert line.get("/api/closings?scope=shop", Owner(till)).json["closings"] == [made]
    assert line.get("/api/closings", Owner(till)).json["closings"] == []


def test_a_month_that_is_past_is_the_same_bytes_each_time_and_names_its_checkpoint(line, city, tills, spare):
    city.wait(9 * DAY_S)
    city.accept_keys(30 * DAY_S)
    seal.totals(city.office)
    seal.checkpoint(city.office)
    paths = [f"/api/close?scope=shop&month=2026-11&as={form}" for form in ("json", "csv", "pdf")]
    first = [line.get(path, Owner(tills[0])) for path in paths]
    city.wait(DAY_S)
    sell(line, tills[0], spare, 999)
    seal.checkpoint(city.office)
    again = [line.get(path, Owner(tills[0])) for path in paths]
    assert first[0].json["final"] and {**first[0].json, "now_ms": 0} == {**again[0].json, "now_ms": 0}
    assert [one.body for one in first[1:]] == [one.body for one in again[1:]]
    under = first[0].json["checkpoint"]
    assert under["size"] > first[0].json["last"] and under["root"] in text_of(first[2].body).replace("\n", "")
