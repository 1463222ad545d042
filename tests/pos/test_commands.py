"""The till's commands as a shop uses them, against the real application."""

import json
import threading
import time

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from app.message import cose, qr
from app.money import orders
from app.money.amount import MAX_WON
from pos import pairing
from tests.cast import HOST, RESTAURANT
from tests.pos.conftest import PIN, entry_in, run
from tests.pos.town import Phone, forged


def text_of(raw: bytes) -> str:
    return qr.to_text(raw, HOST)


def picture_of(raw: bytes, path):
    path.write_bytes(qr.png_bytes(text_of(raw)))
    return path


class Customer(threading.Thread):
    """Waits until the till's picture is there, reads it as a camera would, and does something with the request."""

    def __init__(self, folder, act):
        super().__init__(daemon=True)
        self.picture, self.act, self.result = folder / "request.png", act, None
        self.start()

    def run(self):
        for _ in range(400):
            if self.picture.exists() and self.picture.stat().st_size > 500:
                break
            time.sleep(0.05)
        time.sleep(0.1)
        (found,) = zxingcpp.read_barcodes(Image.open(self.picture))
        self.result = self.act(qr.from_text(found.text, (HOST,)))


# --- pairing ---------------------------------------------------------------------------

def test_a_till_is_paired_when_an_officer_has_compared_the_digits(town, pairing_run):
    folder, result = pairing_run
    assert result.exit_code == 0, result.output
    paired = pairing.read(folder)
    assert town.shop_name in result.output and (paired.shop, paired.shop_name) == (RESTAURANT, town.shop_name)
    assert paired.chain_id == town.chain_id and paired.host == HOST.upper()


def test_the_folder_of_a_till_is_its_owners_alone(pairing_run):
    folder, _ = pairing_run
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {
        "till.key": "0o600", "refund.key": "0o600", "till.json": "0o600", "journal.db": "0o600",
    }


def test_a_paired_folder_is_not_paired_again(folder, town):
    result = run(folder, "pair", town.pairing_code(), "--server", town.url, typed=f"{PIN}\n")
    assert result.exit_code == 2 and "--folder" in result.output


def test_a_code_that_nobody_gave_pairs_nothing(tmp_path, town):
    result = run(tmp_path, "pair", f"{town.url}/pos?code=0000-0000", typed=f"{PIN}\n{PIN}\n")
    assert result.exit_code == 1 and "PAIRING_UNKNOWN" in result.output
    again = run(tmp_path, "pair", "1111-1111", "--server", town.url, typed=f"{PIN}\n")      # the same keys
    assert again.exit_code == 1 and "PAIRING_UNKNOWN" in again.output
    assert not pairing.is_paired(tmp_path)


def test_a_server_that_got_other_keys_pairs_nothing(tmp_path, town, wire):
    """Somebody between till and server claims the code with keys of their own: the digits differ."""
    wire.broken["POST /api/tills/pair"] = lambda body: json.dumps(json.loads(body) | {"check": "0000-0000-0000"}).encode()
    result = run(tmp_path, "pair", town.pairing_code(), "--server", wire.url, typed=f"{PIN}\n{PIN}\n")
    assert result.exit_code == 2 and "digits" in result.output and not pairing.is_paired(tmp_path)


@pytest.mark.parametrize("told", [
    {"operational": []}, {"operational": [{"message": 1}]}, {"genesis": "00"}, {"chain_id": "00" * 32},
], ids=["nothing", "nonsense", "another genesis", "another chain"])
def test_a_server_that_can_not_prove_its_receipt_key_pairs_nothing(tmp_path, town, wire, told):
    wire.broken["GET /api/city"] = lambda body: json.dumps(json.loads(body) | told).encode()
    result = run(tmp_path, "pair", town.pairing_code(), "--server", wire.url, typed=f"{PIN}\n{PIN}\n")
    assert result.exit_code == 2 and "roots" in result.output
    assert not pairing.is_paired(tmp_path) and not any(asked.startswith("POST") for asked in wire.seen)


@pytest.mark.parametrize("text", ["https://{0}/pos?code=AB-12", "https://{0}/pos#AB-12", "https://{0}/pos#pair=AB-12", "HTTPS://{0}/POS#PAIR=AB-12", "https://{0}/till/AB-12"])
def test_a_pairing_can_be_an_address(text):
    assert pairing.code_of(text.format(HOST), None) == (f"https://{HOST}", "AB-12")


def test_a_server_far_away_is_reached_by_https_only(tmp_path):
    result = run(tmp_path, "pair", "AB-12", "--server", "http://pay.example")
    assert result.exit_code == 2 and "https" in result.output


# --- charge: the customer scans ----------------------------------------------------------

def test_a_shown_request_is_paid_by_a_phone_and_heard(folder, town, phone, till):
    customer = Customer(folder, phone.pay)
    result = run(folder, "charge", "8500", "--reference", "TABLE-7")
    assert result.exit_code == 0, result.output
    assert "팔천오백 원 결제가 완료되었습니다" in result.output and result.output.count("\a") == 3
    assert town.shop_name in result.output and "8,500원 (팔천오백 원)" in result.output
    customer.join(10)
    assert phone.balance_won() == 11_500
    (kept,) = till.journal.lines()
    assert till.read(kept).body.reference == b"TABLE-7" and kept.receipt == customer.result


def test_the_code_in_the_terminal_is_the_code_of_its_link(folder, phone):
    Customer(folder, phone.pay)
    lines = run(folder, "charge", "8500").output.splitlines()
    link = next(line for line in lines if line.startswith("HTTPS://"))
    assert read_terminal([line for line in lines if set(line) & set("█▀▄")]) == link
    assert cose.parse(qr.from_text(link, (HOST,))).body.amount_won == 8500


def read_terminal(lines: list[str]) -> str:
    """Draws half blocks as a dark terminal does, light ink on black, and reads them upright only."""
    width = max(map(len, lines))
    image = Image.new("L", (width * 4, len(lines) * 8))
    draw = ImageDraw.Draw(image)
    for y, text in enumerate(lines):
        for x, sign in enumerate(text):
            for half in {"█": (0, 1), "▀": (0,), "▄": (1,)}.get(sign, ()):
                draw.rectangle((x * 4, y * 8 + half * 4, x * 4 + 3, y * 8 + half * 4 + 3), fill=255)
    (found,) = zxingcpp.read_barcodes(image, try_invert=False)
    return found.text


def test_the_till_rings_when_the_events_are_silent(folder, phone, wire):
    wire.broken["GET /api/events"] = "silent"
    Customer(folder, phone.pay)
    assert run(folder, "charge", "1000").exit_code == 0


def test_a_line_that_breaks_while_waiting_is_said_and_the_payment_found_when_it_is_back(folder, phone, wire):
    def pay_in_the_dark(request):
        wire.broken["GET /api/"] = "down"
        receipt = phone.pay(request)
        time.sleep(1)       # it asks every 0.3 s
        wire.broken.clear()
        return receipt

    Customer(folder, pay_in_the_dark)
    result = run(folder, "charge", "1000")
    assert result.exit_code == 0, result.output
    assert "서버와 연결되지 않습니다" in result.output and "다시 연결되었습니다" in result.output


def test_a_request_that_nobody_pays_ends_after_three_minutes(folder, town, till, line):
    Customer(folder, lambda _: town.wait(200))
    result = run(folder, "charge", "1000")
    # Not known yet; or refused for good, where the ledger has gone on meanwhile.
    assert (result.exit_code, "확인되지 않았습니다" in result.output) in ((3, True), (1, False)), result.output
    town.wait(60)
    line.get("/api/city")
    run(folder, "sales")
    (kept,) = till.journal.lines()
    assert kept.word == "EXPIRED"


@pytest.mark.parametrize("figure", ["0", "8,500", "85.0", "1e3", "+5", "٥٠٠", "0x10", str(MAX_WON + 1), "8500원"])
@pytest.mark.parametrize("command", ["charge", "scan"])
def test_an_amount_is_a_positive_whole_number_in_plain_digits(folder, wire, command, figure):
    result = run(folder, command, figure)
    assert result.exit_code == 2 and not wire.seen


# --- scan: the customer shows a code -----------------------------------------------------

def test_a_code_that_a_scanner_types_is_charged(folder, phone):
    result = run(folder, "scan", "5000", typed=text_of(phone.code(50_000)) + "\n")
    assert result.exit_code == 0, result.output
    assert "오천 원 결제가 완료되었습니다" in result.output and phone.balance_won() == 15_000


def test_english_is_complete(folder, phone):
    result = run(folder, "scan", "5000", typed=text_of(phone.code(50_000)) + "\n", lang="en")
    assert "five thousand won paid" in result.output and "entry " in result.output


TWO_SET = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"))


@pytest.mark.parametrize("garble", [
    lambda text: "".join(TWO_SET.get(sign, sign) for sign in text),
    lambda text: text.lower(),
    lambda text: text.rpartition("#")[2],
    lambda text: "\n\n  " + text + "\t",
    lambda text: text.translate({ord("0") + n: ord("０") + n for n in range(10)}),
], ids=["Korean keyboard", "caps lock", "digits alone", "blanks", "full width"])
def test_what_a_scanner_types_survives_the_keyboard(folder, phone, garble):
    result = run(folder, "scan", "5000", typed=garble(text_of(phone.code(50_000))) + "\n")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("spoil", [
    lambda image: image,
    lambda image: image.rotate(12, expand=True, fillcolor="white"),
    lambda image: image.resize((image.width // 3, image.height // 3)),
    lambda image: image.point(lambda level: 60 + level // 3),
], ids=["straight", "turned", "small", "dim"])
def test_a_picture_of_the_code_is_charged(folder, phone, tmp_path, spoil):
    with Image.open(picture_of(phone.code(50_000), tmp_path / "code.png")) as image:
        spoil(image.convert("L")).save(tmp_path / "shot.jpg", quality=70)
    result = run(folder, "scan", "5000", "--image", str(tmp_path / "shot.jpg"))
    assert result.exit_code == 0, result.output


def test_one_code_pays_once(folder, phone):
    text = text_of(phone.code(50_000)) + "\n"
    assert run(folder, "scan", "5000", typed=text).exit_code == 0
    again = run(folder, "scan", "5000", typed=text)
    assert again.exit_code == 1 and "CODE_USED" in again.output
    assert "완료" not in again.output and "\a" not in again.output
    assert phone.balance_won() == 15_000


def test_the_shop_never_learns_why_a_purse_is_short(folder, phone, till):
    result = run(folder, "scan", "30000", typed=text_of(phone.code(50_000)) + "\n")
    assert result.exit_code == 1 and "NOT_ENOUGH" in result.output
    (kept,) = till.journal.lines()
    assert kept.word == "NOT_ENOUGH"
    for figure in ("20,000", "20000", "10,000", "10000"):
        assert figure not in result.output + kept.sentence


def test_a_phone_without_a_line_pays_by_the_answer_that_it_shows(folder, phone, till):
    """The phone scanned the request and signed; the till brings both to the server."""
    sale = till.request(3000)
    result = run(folder, "scan", "3000", typed=text_of(phone.payment(sale.raw)) + "\n")
    assert result.exit_code == 0, result.output
    (kept,) = till.journal.lines()
    assert kept.receipt and phone.balance_won() == 17_000


def test_a_payment_that_is_refused_leaves_the_request_open_for_another_phone(folder, town, phone, till):
    sale = till.request(3000)
    poor = run(folder, "scan", "3000", typed=text_of(Phone(town, 100).payment(sale.raw)) + "\n")
    assert poor.exit_code == 1 and "NOT_ENOUGH" in poor.output
    assert run(folder, "scan", "3000", typed=text_of(phone.payment(sale.raw)) + "\n").exit_code == 0


def test_a_till_without_a_line_takes_the_receipt_that_names_its_own_request(folder, phone, till, wire):
    sale = till.request(3000)
    receipt = phone.pay(sale.raw)
    wire.broken[""] = "down"
    result = run(folder, "scan", "3000", typed=text_of(receipt) + "\n")
    assert result.exit_code == 0, result.output
    again = run(folder, "scan", "3000", typed=text_of(receipt) + "\n")
    assert again.exit_code == 1 and "REQUEST_PAID" in again.output


@pytest.mark.parametrize(("made", "word"), [
    (lambda town, phone, till: qr.to_text(phone.code(50_000), "pay.example"), "OTHER_HOST"),
    (lambda town, phone, till: "https://example.com/menu", "OTHER_HOST"),
    (lambda town, phone, till: "", "UNREADABLE"),
    (lambda town, phone, till: "8801234567893", "UNREADABLE"),
    (lambda town, phone, till: text_of(phone.pay(till.request(700).raw)), "AMOUNT_DIFFERS"),
    (lambda town, phone, till: text_of(forged(phone.pay(till.request(5000).raw))), None),
    (lambda town, phone, till: text_of(till.request(5000).raw), "BAD_FIELD"),
    (lambda town, phone, till: text_of(b"\x84" + phone.code(5000)[1:60]), "NOT_A_MESSAGE"),
    (lambda town, phone, till: text_of(phone.code(4999)), "OVER_CAP"),
    (lambda town, phone, till: text_of(phone.code(5001, orders.EXACT)), "AMOUNT_DIFFERS"),
    (lambda town, phone, till: text_of(phone.code(50_000, life_s=-1)), "EXPIRED"),
], ids=["other city", "menu", "nothing", "bar code", "receipt of another amount", "forged receipt", "a request",
        "cut off", "over its cap", "another exact amount", "too late"])
def test_what_is_no_code_for_this_sale_is_refused_by_its_word(folder, town, phone, till, wire, made, word):
    wire.broken["GET /api/outcomes"] = "down"
    shown = made(town, phone, till)
    before = len(till.journal.lines())
    result = run(folder, "scan", "5000", typed=shown + "\n")
    assert result.exit_code == (1 if word else 3), result.output
    assert (word or "영수증을 믿을 수 없습니다") in result.output
    assert "완료되었습니다" not in result.output and "\a" not in result.output
    assert len(till.journal.lines()) == before


def test_a_receipt_of_another_till_pays_nothing_here(folder, phone, till, town):
    """A receipt that is true, and not about any open request of this till."""
    receipt = town.office.issuer.receipt(town.office.store.entry(5), b"\7" * 32, 5000)
    result = run(folder, "scan", "5000", typed=text_of(receipt) + "\n")
    assert result.exit_code == 1 and "OTHER_REQUEST" in result.output


# --- refund and sales --------------------------------------------------------------------

@pytest.fixture
def paid(folder, phone) -> int:
    return entry_in(run(folder, "scan", "5000", typed=text_of(phone.code(50_000)) + "\n").output)


def test_a_refund_goes_back_to_the_phone_that_paid(folder, phone, paid):
    result = run(folder, "refund", str(paid), "2000", typed=f"{PIN}\n")
    assert result.exit_code == 0, result.output
    assert "이천 원 환불이 완료되었습니다" in result.output and phone.balance_won() == 17_000


def test_no_more_goes_back_than_was_paid(folder, phone, paid):
    assert run(folder, "refund", str(paid), "4000", typed=f"{PIN}\n").exit_code == 0
    again = run(folder, "refund", str(paid), "1001", typed=f"{PIN}\n")
    assert again.exit_code == 1 and "MORE_THAN_PAID" in again.output and phone.balance_won() == 19_000


@pytest.mark.parametrize("pin", ["0000", "48210", ""])
def test_without_the_owners_pin_nothing_goes_back(folder, phone, paid, till, pin):
    before = len(till.journal.lines())
    result = run(folder, "refund", str(paid), "5000", typed=f"{pin}\n")
    assert result.exit_code == 1 and phone.balance_won() == 15_000 and len(till.journal.lines()) == before


def test_the_day_adds_up(folder, phone, paid):
    run(folder, "refund", str(paid), "2000", typed=f"{PIN}\n")
    run(folder, "scan", "30000", typed=text_of(phone.code(50_000)) + "\n")
    output = run(folder, "sales").output
    assert f"거래 번호 {paid}" in output and "NOT_ENOUGH" in output and "오늘 합계 3,000원" in output
    assert "서버의 오늘 합계" in output


def test_the_day_can_be_read_while_the_line_is_down(folder, paid, wire):
    wire.broken[""] = "down"
    result = run(folder, "sales")
    assert result.exit_code == 0 and f"거래 번호 {paid}" in result.output and "서버의" not in result.output


def test_a_folder_that_is_not_paired_says_what_to_do(tmp_path):
    result = run(tmp_path, "sales")
    assert result.exit_code == 2 and "pair" in result.output
