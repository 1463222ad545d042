"""The public ledger's pages: they work without a script, link every figure to its entry, and tell nothing of anybody."""

import json
import re
from hashlib import sha256

import pytest

from app.desk import explore, seal
from app.message import cose, qr
from app.money.orders import Receipt
from app.store.history import Supply
from tests.cast import DAY_S, HELP, HOST, RESTAURANT, City, Wallet, text

PAGES = ["", "/blocks", "/blocks/0", "/blocks/3", "/checkpoint", "/shops", "/programmes", "/keys", "/genesis", "/receipt",
         "/entries/0", "/entries/1", "/entries/12"]
UNSAID = re.compile(r"explorer\.(?!css)[a-z_]+")


def page(line, path: str, language: str = "ko") -> str:
    answer = line.get(f"/explorer{path}", language=language)
    assert answer.status == 200, (path, answer.status)
    return answer.body.decode()


def post(line, receipt: str, language: str = "ko"):
    answer = line.to.post("/explorer/receipt", data={"receipt": receipt}, headers={"Accept-Language": language})
    return answer.status_code, answer.get_data(as_text=True)


# --- every page ----------------------------------------------------------------------------

@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_worded_in_both_languages_and_has_no_script(line, paid, path, language):
    said = page(line, path, language)
    assert f'<html lang="{language}">' in said and "<script" not in said
    assert UNSAID.findall(said) == []
    assert not re.search("decentrali[sz]ed|탈중앙", said)


def test_every_entry_of_a_busy_town_has_a_page(city, line, paid):
    for number in range(city.office.store.head().size):
        assert UNSAID.findall(page(line, f"/entries/{number}", "en")) == []


def test_every_link_of_every_page_leads_somewhere(city, line, paid):
    seen, left = set(), ["/explorer"]
    while left:
        path = left.pop()
        answer = line.get(path)
        assert answer.status == 200, path
        seen.add(path)
        links = re.findall(r'href="(/explorer[^"]*|/log/[^"]*)"', answer.body.decode()) if "html" in answer.headers["Content-Type"] else []
        left += [link.replace("&amp;", "&") for link in set(links) - seen - set(left) if "lang=" not in link]
    assert len([path for path in seen if path.startswith("/explorer/entries/")]) > 20


# --- what nobody may learn -----------------------------------------------------------------

def test_no_page_tells_who_paid_how_much_or_where(city, line, paid):
    kim, till, settled = paid
    secrets = [kim.account.hex(), kim.key.public.hex(), kim.person.hex(), *(alias.hex() for alias in kim.aliases),
               "5,000원", "4,700원", ">700원", "A-17"]
    everything = "".join(page(line, f"/entries/{number}") for number in range(city.office.store.head().size))
    everything += "".join(page(line, path) for path in PAGES)
    assert [secret for secret in secrets if secret in everything] == []
    own = page(line, f"/entries/{settled.entry}")
    assert "결제 또는 환불 (가려짐)" in own and "육거리" not in own


def test_a_hidden_entry_does_not_tell_its_kind(city, line, paid):
    hidden = [entry.number for entry in city.office.store.entries_after(-1) if entry.form == 1]
    said = {re.sub(r"[0-9a-f]{64,}|[\d,]+", "", page(line, f"/entries/{number}")) for number in hidden}
    assert len(hidden) > 3 and len(said) == 1


def test_the_figures_change_with_neither_payment_nor_refund(city, line, paid):
    before = explore.supply(city.office)
    kim, till, _ = paid
    code = kim.code(100)
    line.post("/api/sales", {"payer": text(code), "payee": text(till.charge(code, 100))})
    assert explore.supply(city.office) == before == [
        Supply(1, 10_000, 0, 0, 10_000), Supply(2, 2_000, 0, 0, 2_000),
    ]


def test_what_expired_is_rounded_until_the_days_totals_tell_it(tmp_path):
    city = City(tmp_path / "data")
    short = city.open_programme(coin=1, lives_s=3600)
    for won in (9_999, 15_000):
        kim = city.wallet()
        city.top_up(short, {kim: won})
    shown = []
    for step in (3_000, 1_000):
        city.wait(step)
        seal.expire(city.office)
        shown.append(explore.supply(city.office)[0])
    assert shown == [Supply(1, 24_999, 0, 0, 24_999), Supply(1, 24_999, 0, 20_000, 4_999)]
    seal.totals(city.office)
    said = page(city.line(), "")
    assert "24,999원" in said.split("날마다 적는 합계")[-1]
    city.close()


def test_which_files_are_served_is_in_the_log_and_can_be_checked_with_the_tools_of_any_machine(city, line):
    manifest = line.get("/static/manifest.json").body
    seal.served(city.office, manifest)
    said = page(line, "").split("화면을 만드는 파일")[1].split("날마다 적는")[0]
    digest = sha256(manifest).hexdigest()
    assert digest in said and "/static/manifest.json | sha256sum" in said
    path = re.search(r"curl -s \w+://[^/]+(/static/\S+) \| sha256sum", said.split("manifest.json | sha256sum")[1])[1]
    file = line.get(path)
    assert file.status == 200
    assert json.loads(manifest)[path.split("/", 3)[3]] == sha256(file.body).hexdigest()
    entry = page(line, f"/entries/{re.search(r'/explorer/entries/([0-9]+)', said)[1]}")
    assert digest in entry and "화면 파일의 지문" in entry and "목록의 지문" in entry


# --- finding -------------------------------------------------------------------------------

def test_the_days_totals_are_linked_to_their_entries(city, line, paid):
    numbers = [int(row) for row in re.findall(r"/explorer/entries/(\d+)", page(line, "").split("날마다 적는")[-1])]
    assert [city.office.store.entry(number).kind for number in numbers] == [26, 26]


def test_blocks_are_paged_and_found_by_day_and_entry(city, line, paid):
    def heights(path: str) -> list[int]:
        return [int(height) for height in re.findall(r'<td><a href="/explorer/blocks/(\d+)">', page(line, path))]

    last = city.office.store.head().height
    assert heights("/blocks") == list(range(last, last - 25, -1))
    assert heights(f"/blocks?before={last - 24}") == list(range(last - 25, max(0, last - 50), -1))
    assert heights("/blocks?day=2026-11-22") == heights("/blocks")
    assert heights("/blocks?day=2026-11-21") == []
    assert line.get("/explorer/go?entry=7").headers["Location"] == "/explorer/entries/7"


@pytest.mark.parametrize("path", [
    "/blocks/99999", "/blocks/99999999999999999999", "/entries/99999", "/entries/99999999999999999999", "/go?entry=99999",
    "/blocks?day=heute", "/blocks?before=x", "/blocks?day=9999-12-31", "/go", "/shops?after=-1", "/blocks?before=9999999999999999",
    "/shops?category=" + "9" * 400, "/blocks?day=0001-01-01",
])
def test_a_wrong_address_is_answered_in_words(line, path):
    answer = line.get(f"/explorer{path}")
    assert answer.status in (200, 303, 400, 404) and answer.headers["Content-Type"].startswith("text/html")


def test_shops_are_found_by_name_district_and_category(line, paid):
    def names(query: str) -> list[str]:
        return re.findall(r'<th scope="row">([^<]+)', page(line, f"/shops?{query}"))

    assert len(names("")) == 6
    assert names("q=약국") == names("q=복대1동") == names("category=3") == ["새봄약국"]
    assert names("q=약국&category=1") == names("q=%00") == []
    assert "<td>1</td><td>열림</td>" in page(line, "/shops?q=순대국")  # its one till


def test_a_text_from_the_address_stays_text(line):
    assert "<b>" not in page(line, "/shops?q=<b>x</b>&category=1")


# --- a receipt -----------------------------------------------------------------------------

@pytest.mark.parametrize("skin", [
    lambda raw: qr.to_text(raw, HOST), lambda raw: f"  {qr.to_text(raw, HOST)}\n", qr.to_digits, text,
])
def test_a_receipt_is_checked_however_it_was_copied(line, paid, skin):
    _, _, settled = paid
    status, said = post(line, skin(settled.receipt))
    assert status == 200
    assert "진짜 영수증입니다. 장부에 그대로 있습니다." in said and "5,000원" in said
    assert f'href="/explorer/entries/{settled.entry}"' in said and "육거리" not in said


def test_a_receipt_that_no_checkpoint_covers_waits(city, line, paid):
    kim, till, _ = paid
    code = kim.code(50)
    answer = line.post("/api/sales", {"payer": text(code), "payee": text(till.charge(code, 50))}).json
    status, said = post(line, answer["receipt"], "en")
    assert status == 200 and "check again in a moment" in said and "Download the proof" not in said
    seal.checkpoint(city.office)
    assert "and the ledger holds it" in post(line, answer["receipt"], "en")[1]


def test_a_true_signature_over_another_leaf_is_told_loudly(city, line, paid):
    """What a server would sign that lies."""
    _, _, settled = paid
    office, other = city.office, city.office.store.entry(settled.entry - 1)
    body = Receipt(1, 0, settled.entry, bytes(16), other.leaf, 5_000, settled.at_s)
    status, said = post(line, text(cose.sign(body, office.issuer.key, office.chain_id)), "en")
    assert status == 200 and "the ledger differs" in said and "and the ledger holds it" not in said
    judged = explore.judge(office, text(cose.sign(body, office.issuer.key, office.chain_id)))
    assert judged.proof and not judged.in_tree
    beyond = Receipt(1, 0, 10**6, bytes(16), other.leaf, 5_000, settled.at_s)
    status, said = post(line, text(cose.sign(beyond, office.issuer.key, office.chain_id)), "en")
    assert status == 200 and "the ledger differs" in said


def test_only_the_receipt_key_signs_receipts(city, line, paid):
    """A true signature of another of the server's keys, and one under a number that no key has."""
    _, _, settled = paid
    key = city.office.checkpoints.key
    leaf = city.office.store.entry(settled.entry).leaf
    for number in (2, 99):
        body = Receipt(number, 0, settled.entry, bytes(16), leaf, 5_000, settled.at_s)
        assert post(line, text(cose.sign(body, key, city.chain_id)))[0] == 401


def test_what_is_no_receipt_proves_nothing(city, line, paid, tmp_path):
    kim, till, settled = paid
    elsewhere = City(tmp_path / "other")
    stranger, machine = elsewhere.wallet(help_won=1_000), elsewhere.till(RESTAURANT)
    code = stranger.code(10)
    foreign = elsewhere.line().post("/api/sales", {"payer": text(code), "payee": text(machine.charge(code, 10))}).json
    elsewhere.close()
    changed = bytearray(settled.receipt)
    changed[-80] ^= 1
    for wrong in (
        "", " ", "안녕", "0" * 400, "9" * 5000, "<script>", text(kim.code(10)), text(bytes(changed)), foreign["receipt"],
        "HTTPS://EVIL.EXAMPLE/P#123", text(settled.receipt[:-1]), text(settled.receipt + b"x"), "\ud800".encode("utf-8", "replace").decode(),
        "A", "AAAAA", text(b"\x84" * 200),
    ):
        status, said = post(line, wrong)
        assert 400 <= status < 500, wrong
        assert "이 글로는 아무것도 증명되지 않습니다" in said and "<script" not in said, wrong


def test_a_receipt_never_stands_in_an_address(line, paid):
    said = page(line, "/receipt")
    assert re.search(r'<form[^>]* method="post" action="/explorer/receipt"', said)


def test_the_figures_hold_after_a_year(tmp_path):
    city = City(tmp_path / "data")
    kim = Wallet(city)
    city.link(kim)
    city.top_up(HELP, {kim: 40_000})
    city.wait(100 * DAY_S)
    seal.expire(city.office)
    assert explore.supply(city.office)[0] == Supply(1, 40_000, 0, 40_000, 0)
    city.close()
