"""A till whose line breaks, whose process is killed, and whose server lies."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.chain.receipt import Issuer
from app.message import cose, qr
from app.message.keys import Signer, new_seed
from app.money.orders_offline import Refused as SignedNo
from pos import keys, sync
from pos.journal import Journal
from pos.server import to_text
from pos.till import Sale, State, Till
from pos.trust import NotProven
from tests.cast import HOST
from tests.pos.conftest import PIN, run
from tests.pos.town import Phone, forged

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(sync, "PATIENCE_S", 0.1)


def start(folder, *words: str) -> subprocess.Popen:
    """`python -m pos` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pos", "--folder", str(folder), *words], cwd=ROOT, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, preexec_fn=heed_ctrl_c,
    )


def heed_ctrl_c() -> None:
    """As in a terminal: what a shell starts in the background ignores it, and so would the tests' own children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def type_code(process: subprocess.Popen, code: bytes) -> None:
    process.stdin.write(qr.to_text(code, HOST) + "\n")
    process.stdin.flush()


def kept(folder):
    journal = Journal(folder / "journal.db")
    lines = journal.lines()
    journal.close()
    return lines


# --- killed ------------------------------------------------------------------------------

def test_killed_while_the_server_is_silent_the_sale_is_in_the_journal_and_open(folder, wire, phone, town):
    wire.broken["POST /api/sales"] = "silent"
    process = start(folder, "scan", "5000")
    type_code(process, phone.code(50_000))
    wire.until("POST /api/sales")
    process.kill()
    output, _ = process.communicate()
    assert "완료" not in output
    (line,) = kept(folder)
    assert cose.parse(line.raw).body.amount_won == 5000 and line.payer and not line.receipt and not line.word

    wire.broken.clear()
    assert "확인 중" in run(folder, "sales").output
    town.wait(180)
    output = run(folder, "sales").output
    assert "EXPIRED" in output and "확인 중" not in output
    assert phone.balance_won() == 20_000


def test_killed_after_the_server_had_settled_the_next_start_finds_the_receipt(folder, wire, phone):
    """The one that hurt people: debited, though the shop never saw its approval."""
    wire.broken["POST /api/sales"] = "lose"
    wire.broken["GET /api/outcomes"] = "silent"
    process = start(folder, "scan", "5000")
    type_code(process, phone.code(50_000))
    wire.until("GET /api/outcomes")
    process.kill()
    process.communicate()
    assert phone.balance_won() == 15_000 and not kept(folder)[0].receipt

    wire.broken.clear()
    result = run(folder, "sales")
    assert "지난번에 확인되지 않은 거래" in result.output and "거래 번호" in result.output
    assert kept(folder)[0].receipt


def test_killed_while_it_waits_for_a_payment_the_next_start_finds_it(folder, wire, phone):
    wire.broken["GET /api/outcomes"] = "silent"
    process = start(folder, "charge", "7000")
    wire.until("GET /api/outcomes")
    process.kill()
    process.communicate()
    (line,) = kept(folder)
    phone.pay(line.raw)
    wire.broken.clear()
    assert "오늘 합계 7,000원" in run(folder, "sales").output


def test_nothing_leaves_the_till_before_it_is_in_the_journal(folder, wire, phone):
    """The journal can't be written, so the code is not used up and no request is shown."""
    (folder / "journal.db").write_bytes(b"not a database" * 100)
    code = qr.to_text(phone.code(50_000), HOST)
    for words in (("scan", "5000"), ("charge", "5000")):
        result = run(folder, *words, typed=code + "\n")
        assert result.exit_code == 2 and "HTTPS://" not in result.output
    assert not any(asked.startswith("POST") for asked in wire.seen)


# --- a line that breaks --------------------------------------------------------------------

def scanned(till: Till, phone, won: int) -> tuple[Sale, bytes]:
    code = phone.code(50_000)
    return till.charge(cose.parse(code), won), code


def test_a_lost_answer_is_asked_by_id_and_pays_once(till, line, wire, phone):
    wire.broken["POST /api/sales"] = "lose"
    sale, code = scanned(till, phone, 5000)
    sale = sync.take(till, line, sale, code)
    assert sale.state is State.SETTLED and phone.balance_won() == 15_000


def test_the_same_sale_sent_twice_moves_money_once(till, line, phone):
    sale, code = scanned(till, phone, 5000)
    first, second = (sync.take(till, line, sale, code) for _ in range(2))
    assert first == second and phone.balance_won() == 15_000 and len(till.journal.lines()) == 1


def test_a_dead_line_leaves_the_sale_open_and_unpaid(till, line, wire, phone, hurried):
    wire.broken[""] = "down"
    sale, code = scanned(till, phone, 5000)
    assert sync.take(till, line, sale, code).state is State.SIGNED
    assert [open_sale.id for open_sale in till.open_sales()] == [sale.id]
    wire.broken.clear()
    assert sync.resume(till, line) == ([], True)


def test_a_dead_line_is_said_at_the_counter(folder, wire, phone, hurried):
    wire.broken["POST"] = "down"
    result = run(folder, "scan", "5000", typed=qr.to_text(phone.code(50_000), HOST) + "\n")
    assert result.exit_code == 3 and "다시 받지 말고" in result.output and "\a" not in result.output


def test_a_refund_whose_answer_is_lost_goes_back_once(till, line, wire, phone, folder):
    sale, code = scanned(till, phone, 5000)
    entry = sync.take(till, line, sale, code).receipt.entry
    wire.broken["POST /api/refunds"] = "lose"
    back = sync.give_back(till, line, till.refund(entry, 5000, keys.refund(folder, PIN)))
    assert back.state is State.SETTLED and phone.balance_won() == 20_000


def test_the_till_key_can_not_send_money_back(till, line, phone):
    sale, code = scanned(till, phone, 5000)
    entry = sync.take(till, line, sale, code).receipt.entry
    back = sync.give_back(till, line, till.refund(entry, 5000, till.key))
    assert back.state is State.REFUSED and phone.balance_won() == 15_000


def test_stopped_by_hand_the_request_stays_open(folder, wire):
    process = start(folder, "charge", "7000")
    wire.until("GET /api/outcomes")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 3 and "다시 받지 말고" in output
    assert not kept(folder)[0].word


# --- a server that lies --------------------------------------------------------------------

@pytest.fixture
def issuer(town) -> Issuer:
    return town.office.issuer


def lie(town, issuer: Issuer, sale: Sale, **changes) -> bytes:
    told = {"subject": sale.id, "won": sale.body.amount_won} | changes
    return issuer.receipt(town.office.store.entry(5), told["subject"], told["won"])


@pytest.mark.parametrize("forge", [
    lambda town, issuer, sale: lie(town, replace(issuer, key=Signer(new_seed())), sale),
    lambda town, issuer, sale: lie(town, replace(issuer, chain_id=bytes(32)), sale),
    lambda town, issuer, sale: lie(town, replace(issuer, operational=9), sale),
    lambda town, issuer, sale: lie(town, issuer, sale, subject=b"\7" * 32),
    lambda town, issuer, sale: lie(town, issuer, sale, won=sale.body.amount_won - 1),
    lambda town, issuer, sale: forged(lie(town, issuer, sale)),
    lambda town, issuer, sale: sale.raw,
    lambda town, issuer, sale: b"",
], ids=["another key", "another chain", "unknown key number", "another sale", "another amount", "broken signature",
        "no receipt", "nothing"])
def test_a_sale_is_not_paid_without_a_receipt_for_that_very_sale(till, town, issuer, forge):
    sale = till.request(5000)
    with pytest.raises(NotProven):
        till.settle(sale, forge(town, issuer, sale))
    assert [one.state for one in till.open_sales()] == [State.SIGNED]


def test_a_receipt_of_another_sale_rings_no_bell(folder, wire, phone, till, town):
    other = phone.pay(till.request(5000).raw)
    wire.broken["POST /api/sales"] = lambda body: json.dumps(json.loads(body) | {"receipt": to_text(other)}).encode()
    wire.broken["GET /api/outcomes"] = "down"
    result = run(folder, "scan", "5000", typed=qr.to_text(phone.code(50_000), HOST) + "\n")
    assert result.exit_code == 3 and "믿을 수 없습니다" in result.output and "\a" not in result.output
    wire.broken.clear()
    assert "오늘 합계 10,000원" in run(folder, "sales").output


@pytest.mark.parametrize("nonsense", [
    b"", b"<html>", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"state": "settled"}', b'{"state": "settled", "receipt": 5}',
    b'{"state": "refused", "problem": []}', b'{"state": "unknown", "now_ms": "9999999999999"}', b'{"state": "refused"}',
])
def test_an_answer_that_makes_no_sense_closes_nothing(till, line, wire, nonsense):
    sale = till.request(5000)
    wire.broken["GET /api/outcomes"] = lambda _: nonsense
    closed, _ = sync.resume(till, line)
    assert closed == [] and [one.id for one in till.open_sales()] == [sale.id]


def test_a_true_receipt_for_that_very_sale_is_taken(till, town, issuer):
    sale = till.request(5000)
    assert till.settle(sale, lie(town, issuer, sale)).state is State.SETTLED


def test_a_receipt_that_was_written_into_the_journal_pays_nothing(till, town, issuer, folder):
    sale = till.request(5000)
    till.journal.settle(sale.number, lie(town, replace(issuer, key=Signer(new_seed())), sale), till.now_s())
    result = run(folder, "sales")
    assert result.exit_code == 3 and "믿을 수 없습니다" in result.output and "오늘 합계 0원" in result.output


def test_an_unpaid_request_is_given_up_by_the_servers_clock_alone(till, line, town):
    sale = till.request(5000)
    line.clock_ms = lambda: 10**15      # this machine's clock is far ahead
    assert sync.ask(till, line, sale).state is State.SIGNED
    town.wait(300)
    assert sync.ask(till, line, sale).word == "EXPIRED"
    assert (signed_noes(till), till.journal.unsigned_lines(9)) == (1, [])


def test_an_unpaid_request_is_not_given_up_by_its_age(till, line, town, wire):
    """The operator says the time, and signs nothing: a year later the line is still open."""
    sale = till.request(5000)
    late_ms = (sale.body.expires_at_s + 31_536_000) * 1000
    wire.broken["GET /api/outcomes"] = lambda _: json.dumps({"state": "unknown", "now_ms": late_ms}).encode()
    assert sync.resume(till, line) == ([], True)
    assert sync.ask(till, line, sale).state is State.SIGNED and till.open_sales() == [sale]


def test_a_sale_goes_through_its_states_in_one_direction(till, town, issuer):
    sale = till.request(5000)
    paid = till.settle(sale, lie(town, issuer, sale))
    with pytest.raises(AssertionError):
        paid.becomes(State.REFUSED)
    with pytest.raises(AssertionError):
        Sale(sale.body).becomes(State.SETTLED)


# --- a no ----------------------------------------------------------------------------------

def signed_noes(till) -> int:
    (count,) = till.journal.connection.execute("SELECT count(*) FROM refusal").fetchone()
    return count


def test_a_no_ends_a_line_for_good_only_when_the_operator_has_signed_it(till, line, town):
    poor = Phone(town, 10)
    code = poor.code(50_000)
    sale = sync.take(till, line, till.charge(cose.parse(code), 5000), code)
    assert (sale.state, sale.word, signed_noes(till)) == (State.REFUSED, "NOT_ENOUGH", 0)
    assert [kept.number for kept in till.journal.unsigned_lines(9)] == [sale.number]
    town.wait(300)
    line.get("/api/city")
    assert sync.resume(till, line) == ([], True)
    assert (signed_noes(till), till.journal.unsigned_lines(9)) == (1, [])
    assert till.read(till.journal.line(sale.number)).word == "NOT_ENOUGH"


def test_a_forged_no_ends_nothing(till, line, town, issuer):
    sale = till.request(5000)
    thief = replace(issuer, key=Signer(new_seed()))
    body = SignedNo(issuer.operational, sale.id[:16], 223, till.now_s(), sale.body.expires_at_s)
    for raw in (b"", b"junk", cose.sign(body, thief.key, town.chain_id),
                cose.sign(replace(body, subject=bytes(16)), issuer.key, town.chain_id),
                cose.sign(replace(body, ends_at_s=0), issuer.key, town.chain_id),
                cose.sign(replace(body, ends_at_s=1), issuer.key, town.chain_id)):
        assert not sync.keep_no(till, sale, {"refusal": to_text(raw)})
    assert sync.keep_no(till, sale, {"refusal": to_text(cose.sign(body, issuer.key, town.chain_id))})
    assert signed_noes(till) == 1
