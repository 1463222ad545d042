"""A till's saved queue at the counter: what an officer sees of it, hands in, and is told; whatever is dropped there."""

import json
import os
import random
import re
from html import unescape
from io import BytesIO

import pytest

from app.desk import queue
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import policy
from app.money.orders_offline import Deposit, OfflineCode, OfflineKey, Policy
from app.people import access
from pos.journal import Journal
from tests.cast import BOOKS, DAY_S, HOUR_S, RESTAURANT, raw, text
from tests.console.desk import AUDITOR, Desk, said

PATH, WHY = "/console/tills/queue", "도난 신고와 함께 주인이 가져옴"


@pytest.fixture
def town(city):
    prepare_offline(city)
    return city


def prepare_offline(city) -> None:
    """Figures for the time without a network."""
    now_s, hand = city.now_s(), city.numbers[0]
    for subject, figure in ((policy.OFFLINE_PAYER, 20_000), (policy.OFFLINE_TILL, 100_000), (policy.OFFLINE_DAY, 100_000), (policy.OFFLINE_LIFE, 8 * HOUR_S)):
        city.hand_in(Policy(hand, subject, figure, now_s - 60, now_s + 30 * DAY_S, os.urandom(8), now_s + 600))


class Phone:
    """A resident's, with a certified key."""

    def __init__(self, city, help_won: int = 20_000):
        self.city, self.wallet, self.key, self.count = city, city.wallet(help_won=help_won), Signer(new_seed()), 0
        asked = OfflineKey(self.wallet.aliases[0], self.key.public, os.urandom(8), city.now_s() + 300)
        made = city.line().post("/api/certificates", {"message": text(self.wallet._sign(asked))})
        assert made.status == 200, made.json
        self.certificate, self.until_s = made.json["certificate"], made.json["until_s"]

    def code(self, won: int) -> bytes:
        self.count += 1
        now_s = self.city.now_s()
        body = OfflineCode(self.key.public[:8], 0, won, self.count, os.urandom(8), now_s + 60, self.until_s + 14 * DAY_S)
        return cose.sign(body, self.key, self.city.chain_id)


def taken(city, till, phone: Phone, won: int, **changes) -> dict:
    """One line of a till's file."""
    code = phone.code(won)
    claim = Deposit(till.number, till.shop, city.id_of(code), changes.get("claimed_won", won), city.now_s(), os.urandom(8),
                    cose.parse(code).body.expires_at_s, b"T-7", 3)
    payee = till._sign(claim)
    return {"payer": text(code), "payee": text(payee), "certificate": phone.certificate, "id": city.id_of(payee).hex(), "amount_won": won,
            "taken_at_s": claim.taken_at_s, "expires_at_s": claim.expires_at_s}


def file_of(city, till, *rows: dict, **more) -> dict:
    return {"till": till.number, "shop": till.shop, "chain_id": city.chain_id.hex(), "sales": list(rows), **more}


def drop(desk, file: object, why: str = WHY, status: int | None = 200):
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    return desk.post(PATH, status, data={"file": (BytesIO(content), "queue.json")}, reason=why)


def hand_in(desk, page: str):
    lines = unescape(re.search(r'name="lines" value="([^"]*)"', page)[1])
    return desk.post(f"{PATH}/settle", 200, lines=lines, reason=WHY)


def test_an_officer_sees_what_is_in_it_and_hands_in_what_is_good(town, maker):
    till, kim = town.till(RESTAURANT), Phone(town)
    one, two, three = (taken(town, till, kim, won) for won in (3_000, 4_000, 5_000))
    town.wait(5)
    assert town.line().post("/api/sales", {"payer": one["payer"], "payee": one["payee"]}).status == 200
    kept_won = town.balance_won(kim.wallet)
    page = drop(maker, file_of(town, till, one, two, three, two, {"payer": "x"})).page
    text_ = said(page)
    for part in ("5건 · 16,000원", "정산됨 1건 3,000원", "정산할 수 있음 2건 9,000원", "위와 같은 줄 1건 4,000원", "읽을 수 없음 1건", "2건 제출하기", f"단말기 {till.number}"):
        assert part in text_, (part, text_)
    assert town.balance_won(kim.wallet) == kept_won, "looking moves nothing"
    done = hand_in(maker, page)
    assert "2건을 정산했습니다" in said(done.page) and "정산됨 3건 12,000원" in said(done.page)
    assert town.balance_won(kim.wallet) == kept_won - 9_000 == 8_000
    again = hand_in(maker, page)
    assert "정산된 것이 없습니다" in said(again.page) and town.balance_won(kim.wallet) == 8_000
    lines = [(each.officer, each.person, each.what, each.why) for each in access.newest(town.office.people)]
    assert lines == [(maker.number, access.of_till(till.number), "queue", WHY)] * 3
    assert f"단말기 {till.number}" in said(maker.get("/console/records/access")) and "단말기 파일 열람" in said(maker.get("/console/records/access"))


def test_each_line_that_is_not_settled_says_why(town, maker):
    till, other, kim = town.till(RESTAURANT), town.till(BOOKS), Phone(town)
    forged = taken(town, till, kim, 1_000)
    forged["payee"] = forged["payee"][:-4] + ("AAAA" if forged["payee"][-4:] != "AAAA" else "BBBB")
    wrong_amount, stopped = taken(town, till, kim, 1_000, claimed_won=2_000), taken(town, other, kim, 1_500)
    town.wait(5)
    town.stop(other)
    before = town.balance_won(kim.wallet)
    page = drop(maker, file_of(town, till, forged, wrong_amount, stopped)).page
    for word in ("BAD_SIGNATURE", "OVER_CAP", "TILL_REVOKED"):
        assert town.shell.words.say("ko", f"refusals.{word}.title") in said(page), word
    assert "다른 단말기의 결제 가져오기" in said(page) and "지금 제출할 수 있는 결제가 없습니다" in said(page)
    hand_in(maker, page)
    assert town.balance_won(kim.wallet) == before
    town.wait(16 * DAY_S)
    (row,) = queue.look(town.office, maker.number, [queue.Pair(wrong_amount["payer"], wrong_amount["payee"])], WHY)
    assert (row.state, row.refusal.word) == (queue.REFUSED, "EXPIRED")


def test_a_tablets_whole_record_is_read_too(town, maker):
    till, kim = town.till(RESTAURANT), Phone(town)
    row = taken(town, till, kim, 2_500)
    sent = {"number": 1, "before": "0" * 64, "what": "sent", "kind": "deposit", "payer": row["payer"], "message": row["payee"],
            "certificate": row["certificate"], "id": row["id"]}
    others = [{"number": 2, "what": "sent", "kind": "charge", "message": "AAAA", "payer": "AAAA"}, {"number": 3, "what": "said", "id": row["id"]}]
    written = "".join(json.dumps(each) + "\n" for each in (sent, *others)).encode()
    town.wait(5)
    page = drop(maker, written).page
    assert "1건 · 2,500원" in said(page) and "1건 제출하기" in said(page)


def test_a_till_pcs_whole_record_is_read_too(town, maker, tmp_path):
    """As its journal writes it: other messages beside, the certificate behind the code."""
    till, kim, journal = town.till(RESTAURANT), Phone(town), Journal(tmp_path / "journal.db")
    row = taken(town, till, kim, 2_500)
    both = raw(row["payer"]) + raw(row["certificate"])
    journal.write(bytes(32), 1, till.request(700), b"", town.now_s())
    journal.write(town.id_of(raw(row["payee"])), row["expires_at_s"], raw(row["payee"]), both, town.now_s())
    written, broken = journal.text()
    journal.close()
    town.wait(5)
    rows = queue.read(town.office, written.encode())
    assert len(rows) == 1 and not broken
    torn = written.replace(rows[0].payee, rows[0].payee[:-8])
    assert len(queue.read(town.office, torn.encode())) == 1         # shown as one that can't be read, and not left out
    page = drop(maker, written.encode()).page
    assert "1건 · 2,500원" in said(page)
    assert "1건을 정산했습니다" in said(hand_in(maker, page).page)


BAD = [b"", b"junk", b"\xff\xfe\x00", b"[]", b"7", b'{"sales": 7}', b'{"sales": []}', b"[" * 100_000, b"PK\x03\x04", b'{"what": "sent"}\n', b'"\\ud800"', b"\x00" * 25_000_000, b"1\n" * 100_001]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(town, maker, bad):
    filled = bad.replace(b'"sales"', f'"chain_id": "{town.chain_id.hex()}", "sales"'.encode())
    answer = drop(maker, filled, status=None)
    assert 400 <= answer.status < 500 and "role=\"alert\"" in answer.page and "단말기" in said(answer.page)
    assert access.newest(town.office.people) == []


def test_another_citys_file_a_crowd_of_lines_no_reason_and_no_right_are_refused(town, maker):
    till, kim = town.till(RESTAURANT), Phone(town)
    row = taken(town, till, kim, 1_000)
    words = town.shell.words
    for file, why, word in ((file_of(town, till, row, chain_id="00" * 32), WHY, "OTHER_CHAIN"), (file_of(town, till, *[row] * (queue.MOST + 1)), WHY, "TOO_MANY"),
                            (file_of(town, till, row), "", "REASON_MISSING")):
        answer = drop(maker, file, why, status=None)
        assert answer.status >= 400 and words.say("ko", f"refusals.{word}.title") in said(answer.page)
    auditor = Desk(town, AUDITOR)
    assert drop(auditor, file_of(town, till, row), status=None).status == 403
    assert 'type="file"' not in auditor.get(PATH), "who read such files is in the record, which is named there"
    assert access.newest(town.office.people) == []


def test_whatever_stands_in_a_line_is_shown_and_no_bug(town, maker):
    till, kim = town.till(RESTAURANT), Phone(town)
    good, chance = taken(town, till, kim, 1_000), random.Random(7)
    odd = [None, 7, [], {}, "x", {"payer": 7, "payee": []}, {"payer": good["payer"]}, {"payer": good["payee"], "payee": good["payer"]}, {"payer": "한글", "payee": "\ud800"}]
    odd += [{name: value[:at] + chance.choice("AB_-=%") + value[at + 1:] if name == side else value for name, value in good.items()}
            for side in ("payer", "payee") for at in chance.sample(range(len(good["payer"])), 20)]
    town.wait(5)
    page = drop(maker, file_of(town, till, *odd, good)).page
    assert f"{len(odd) + 1}건" in said(page) and "1건 제출하기" in said(page)
    assert "2건을 정산" not in (done := said(hand_in(maker, page).page)) and "1건을 정산했습니다" in done
    for lines in ("", "[]", "7", "[[1]]", "{}", "[" * 5_000):
        assert maker.post(f"{PATH}/settle", None, lines=lines, reason=WHY).status == 403
