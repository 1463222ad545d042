"""The till PC while neither side has a network: the line is a wire that takes no question, the phone a certified key."""

import json
import os
import time

import pytest

from app.message import cose, qr
from app.message.keys import Signer, new_seed
from app.money import orders, orders_offline, policy
from app.money.state import Register
from pos import offline, printer
from pos.allowance import Figures
from pos.journal import Journal
from pos.printer import Printer
from pos.roll import Look
from tests.cast import HOST, HOUR_S, MAKER, RESTAURANT, Line, raw, text
from tests.pos.conftest import entry_in, run
from tests.pos.thermal import Thermal
from tests.pos.town import DOWN, LOSE

ALL = ""                    # every question
CAP_WON = 30_000


class Certified:
    """A phone whose key the city certified over its own line; it can say whatever it likes afterwards."""

    def __init__(self, town, phone):
        self.town, self.key, self.count = town, Signer(new_seed()), 0
        body = orders_offline.OfflineKey(phone._alias(), self.key.public, os.urandom(8), town.now_s() + 300)
        answer = Line(town.url).post("/api/certificates", {"message": text(phone._sign(body))})
        assert answer.status == 200, answer.json
        self.certificate, self.until_s = raw(answer.json["certificate"]), answer.json["until_s"]

    def code(self, won: int = CAP_WON, mode: int = orders.CAP, shown_s: int = 60, count: int | None = None) -> str:
        """The text under its QR."""
        self.count += 1
        code = cose.sign(orders_offline.OfflineCode(
            self.key.public[:8], mode, won, count or self.count, os.urandom(8), self.town.now_s() + shown_s,
            self.until_s + offline.DEPOSIT_S), self.key, self.town.chain_id)
        return qr.to_text(code + self.certificate, HOST)


@pytest.fixture
def certified(town, phone) -> Certified:
    return Certified(town, phone)


@pytest.fixture
def alone(folder, wire):
    """A till that had a line this morning, and has none now."""
    assert run(folder, "sales").exit_code == 0
    wire.broken[ALL] = DOWN
    return folder


def scan(folder, won: int, shown: str):
    return run(folder, "scan", str(won), typed=f"{shown}\n")


def test_it_is_taken_within_the_caps_and_sync_settles_it_when_the_line_is_back(alone, wire, phone, certified):
    taken = scan(alone, 7_000, certified.code())
    assert taken.exit_code == 0 and "칠천 원 받았습니다 · 인터넷이 되면 정산됩니다" in taken.output
    assert "인터넷 없이 93,000원 더 받을 수 있습니다" in taken.output and phone.balance_won() == 20_000
    waits = run(alone, "sync")
    assert waits.exit_code == 3 and "1건 7,000원이 정산을 기다립니다" in waits.output
    wire.broken.clear()
    time.sleep(1.1)
    settled = run(alone, "sync")
    assert settled.exit_code == 0 and "7,000원" in settled.output and "정산을 기다리는 결제가 없습니다" in settled.output
    assert phone.balance_won() == 13_000
    assert "오늘 합계 7,000원" in run(alone, "sales").output


@pytest.mark.parametrize("asked", [(), ("--print",)], ids=["", "--print"])
def test_what_sync_settles_is_printed_where_that_is_asked_for(alone, wire, certified, asked):
    thermal = Thermal()
    try:
        assert run(alone, "printer", thermal.place, "--each").exit_code == 0
        assert "받았습니다" in scan(alone, 7_000, certified.code()).output
        wire.broken.clear()
        time.sleep(1.1)
        assert run(alone, "sync", *asked).exit_code == 0
        if asked:
            said = " ".join(" ".join(line.split()) for line in thermal.paper(2).lines)
            assert "7,000원" in said and "재발행" not in said
        assert len(thermal.papers) == 1 + len(asked)
    finally:
        thermal.close()


def test_sync_that_shall_print_settles_nothing_without_a_printer_and_all_with_one_that_fails(alone, wire, phone, certified):
    scan(alone, 7_000, certified.code())
    wire.broken.clear()
    time.sleep(1.1)
    assert run(alone, "sync", "--print").exit_code == 2 and phone.balance_won() == 20_000
    printer.write(alone, Printer("network:127.0.0.1:1", Look(80)))
    failed = run(alone, "sync", "--print")
    assert failed.exit_code == 0 and "영수증을 인쇄하지 못했습니다" in failed.output and phone.balance_won() == 13_000


def test_with_a_line_it_is_settled_at_once(folder, phone, certified):
    time.sleep(2)
    paid = scan(folder, 4_000, certified.code(4_000, orders.EXACT))
    assert paid.exit_code == 0 and "결제가 완료되었습니다" in paid.output
    assert phone.balance_won() == 16_000


def test_what_is_settled_at_once_has_its_receipt_printed_and_opens_the_drawer(folder, phone, certified):
    thermal = Thermal()
    try:
        assert run(folder, "printer", thermal.place, "--each", "--drawer").exit_code == 0
        time.sleep(2)
        entry = entry_in(scan(folder, 4_000, certified.code(4_000, orders.EXACT)).output)
        paper = thermal.paper(2)
    finally:
        thermal.close()
    said = " ".join(" ".join(line.split()) for line in paper.lines)
    assert f"거래 번호 {entry}" in said and "4,000원" in said and paper.pulses == paper.cuts == 1


def test_what_the_city_said_no_to_is_not_taken_without_a_network_instead(folder, town, certified):
    run(folder, "sales")
    certified.key = Signer(new_seed())
    body = orders_offline.Certificate(orders.RECEIPT_KEY, certified.key.public, CAP_WON, town.now_s() - 60, certified.until_s)
    certified.certificate = cose.sign(body, town.office.issuer.key, town.chain_id)     # signed, and in no entry
    unknown = scan(folder, 4_000, certified.code())
    assert unknown.exit_code == 3 and "받았습니다" not in unknown.output


def test_nor_what_it_finally_said_no_to_while_the_signed_no_does_not_come(folder, wire, certified, phone):
    run(folder, "sales")
    time.sleep(2)
    no = {"problem": {"word": "NOT_ENOUGH", "title": "", "detail": "", "final": True}}
    wire.broken |= {"POST /api/sales": lambda true: json.dumps({"answers": [no]}).encode(), "GET /api/outcomes": DOWN}
    unknown = scan(folder, 4_000, certified.code())
    assert unknown.exit_code == 3 and "받았습니다" not in unknown.output
    wire.broken.clear()
    assert run(folder, "sync").exit_code == 0 and phone.balance_won() == 16_000


def test_a_lost_answer_leaves_it_taken_and_it_settles_once(folder, wire, phone, certified):
    run(folder, "sales")
    time.sleep(2)
    wire.broken["POST /api/sales"] = LOSE
    assert "받았습니다" in scan(folder, 4_000, certified.code()).output
    wire.broken.clear()
    assert run(folder, "sync").exit_code == 0 and phone.balance_won() == 16_000


@pytest.mark.parametrize(("shown", "word"), [
    ({"won": 4_999}, "OVER_CAP"), ({"won": 6_000, "mode": orders.EXACT}, "AMOUNT_DIFFERS"),
    ({"shown_s": -1}, "EXPIRED"), ({"shown_s": 600}, "TOO_FAR_AHEAD"),
])
def test_what_cannot_pay_this_now_is_refused(alone, certified, shown, word):
    refused = scan(alone, 5_000, certified.code(**shown))
    assert refused.exit_code == 1 and f"[{word}]" in refused.output


def test_a_certificate_that_the_city_did_not_sign_or_that_has_ended_takes_nothing(alone, town, certified):
    for signer, until_s, word in ((Signer(new_seed()), HOUR_S, "BAD_SIGNATURE"), (town.office.issuer.key, -1, "EXPIRED")):
        until_s += town.now_s()
        body = orders_offline.Certificate(orders.RECEIPT_KEY, certified.key.public, CAP_WON, town.now_s() - 60, until_s)
        certified.certificate, certified.until_s = cose.sign(body, signer, town.chain_id), until_s
        assert f"[{word}]" in scan(alone, 5_000, certified.code()).output


def test_the_caps_hold_over_many_codes_and_a_count_is_taken_once(alone, town, certified, phone):
    first = certified.code()
    assert scan(alone, 20_000, first).exit_code == 0
    assert "[CODE_USED]" in scan(alone, 1_000, first).output
    assert "[CODE_USED]" in scan(alone, 1_000, certified.code(count=1)).output
    over = scan(alone, 10_001, certified.code())
    assert "[OVER_CAP]" in over.output and "10,000원" in over.output
    assert scan(alone, 10_000, certified.code()).exit_code == 0


def test_a_till_without_word_from_the_city_or_with_a_clock_that_went_back_takes_nothing(folder, wire, certified):
    wire.broken[ALL] = DOWN
    assert "[OFFLINE_OFF]" in scan(folder, 5_000, certified.code()).output
    wire.broken.clear()
    run(folder, "sales")
    wire.broken[ALL] = DOWN
    Figures(folder).seen(int(time.time()) + 2 * HOUR_S)
    assert "(clock)" in scan(folder, 5_000, certified.code()).output
    assert waiting(folder) == []


def test_a_city_that_switched_it_off_is_obeyed(folder, wire, town, certified):
    try:
        set_payer_won(town, 0)
        run(folder, "sales")
        wire.broken[ALL] = DOWN
        assert "(off)" in scan(folder, 5_000, certified.code()).output
    finally:
        set_payer_won(town, CAP_WON)


def set_payer_won(town, won: int) -> None:
    now_s = town.now_s()
    town.hand_in(orders_offline.Policy(
        town.numbers[MAKER], policy.OFFLINE_PAYER, won, now_s, 2**52, os.urandom(8), now_s + HOUR_S))


def waiting(folder) -> list:
    journal = Journal(folder / "journal.db")
    try:
        return journal.open_lines()
    finally:
        journal.close()


def test_a_file_of_what_waits_can_be_brought_to_the_city_by_anybody(alone, wire, town, phone, certified, tmp_path):
    scan(alone, 3_000, certified.code())
    file = tmp_path / "waiting.json"
    assert run(alone, "export", str(file)).exit_code == 0
    kept = json.loads(file.read_text(encoding="utf-8"))
    time.sleep(1.1)
    sent = {"sales": [{name: sale[name] for name in ("payer", "payee")} for sale in kept["sales"]]}
    answers = Line(town.url).post("/api/sales", sent).json["answers"]
    assert [answer["amount_won"] for answer in answers] == [3_000] and kept["sales"][0]["amount_won"] == 3_000
    wire.broken.clear()
    assert run(alone, "sync").exit_code == 0 and phone.balance_won() == 17_000


def test_a_row_that_is_never_settled_is_closed_by_the_citys_signed_no_which_is_kept(town, alone, wire, phone, certified):
    frozen = certified.code()
    scan(alone, 6_000, frozen)
    wire.broken.clear()
    kept = json.loads((alone / "till.json").read_text(encoding="utf-8"))
    key = town.office.store.get(Register.TILL, kept["till"]).key
    stop, again = (orders.Till(town.numbers[MAKER], kept["till"], RESTAURANT, rights, key, refund, os.urandom(8), town.now_s() + HOUR_S)
                   for rights, refund in ((0, b""), (3, bytes.fromhex(kept["refund_key"]) if "refund_key" in kept else b"")))
    town.hand_in(stop)
    try:
        time.sleep(1.1)
        refused = run(alone, "sync")
        assert "TILL_REVOKED" in refused.output
        journal = Journal(alone / "journal.db")
        (no,) = [row[0] for row in journal.connection.execute("SELECT refusal FROM refusal")]
        journal.close()
        body = cose.verify(cose.parse(no), town.office.issuer.key.public, town.chain_id).body
        assert body.number == 208 and phone.balance_won() == 20_000
        assert run(alone, "export", str(alone / "lost.json")).exit_code == 0
        assert [sale["amount_won"] for sale in json.loads((alone / "lost.json").read_text())["sales"]] == [6_000]
    finally:
        town.hand_in(again)
