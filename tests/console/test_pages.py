"""What one answer of the console says: who may do what, what is refused and how, what is masked."""

import csv
import io
import re

import pyotp
import pytest
import zxingcpp
from PIL import Image

from app.desk import example
from app.desk.certify import Sheet
from app.message import cose, qr
from app.message.keys import Signer, new_seed
from app.money import orders, policy
from app.money.state import Register
from app.people import joins, lists, notices, register, signin
from app.people.register import Details
from tests.cast import GROCERY, HELP, RESTAURANT, TOWN_OFFICE, Wallet, sale
from tests.console.desk import ADMINISTRATOR, CHECKER, Desk, said, signed_sheet

HIDDEN = re.compile(r"\boffice\.[a-z_.]+|\bfields\.[a-z_]+|\brefusals\.[A-Z_.a-z]+")


def pages_of(city) -> list[str]:
    person = city.wallet(help_won=5_000).person.hex()
    [found] = lists.newest(city.office.people)
    return ["/console", "/console/figures", "/console/policies", "/console/officers", "/console/officers/1", "/console/people", "/console/people/new", f"/console/people/{person}", "/console/programmes",
            "/console/programmes/1", "/console/programmes/new", "/console/programmes/1/change", "/console/lists",
            "/console/lists/new", f"/console/lists/{found.list_id.hex()}", "/console/shops", "/console/shops/6",
            "/console/shops/new", "/console/shops/1/change", "/console/tills", "/console/tills/queue", "/console/notices", "/console/notices/new",
            "/console/records", "/console/records/access", "/console/records/review", "/console/key"]


# --- the door ------------------------------------------------------------------------------

def test_nobody_sees_anything_before_signing_in(city):
    client = city.application().test_client()
    for path in pages_of(city):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/console/sign-in"), path
        assert client.post(path, data={}).status_code in (303, 405), path
    assert client.get("/api/console/key").json["word"] == "SIGN_IN_FIRST"


def test_an_invited_officer_enrols_signs_in_with_password_and_phone_and_out_again(city):
    client = city.application().test_client()
    code = signin.invite(city.office.people, 9, "정다운", "dawoon")
    page = client.get(f"/console/enrol/{code}").text
    totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', page)[1])
    assert "<svg" in page and "정다운" in page
    wrong = client.post(f"/console/enrol/{code}", data={"password": "short", "again": "short", "code": "000000"})
    assert wrong.status_code == 400 and "12자 이상" in said(wrong.text)
    secret = {"password": "a long enough sentence", "again": "a long enough sentence"}
    assert client.post(f"/console/enrol/{code}", data={**secret, "code": totp.at(city.now_s())}).status_code == 303
    city.wait(60)
    tried = {"login": "dawoon", "password": secret["password"]}
    refused = client.post("/console/sign-in", data={**tried, "code": "123456"})
    assert refused.status_code == 401 and "맞지 않는 것이" in said(refused.text) and 'value="dawoon"' in refused.text
    city.wait(60)
    entered = client.post("/console/sign-in?next=/console/key", data={**tried, "code": totp.at(city.now_s())})
    assert entered.headers["Location"] == "/console/key"
    page = client.get("/console/key").text
    form = re.search(r'name="form" value="([^"]+)"', page)[1]
    assert client.post("/console/sign-out", data={"form": form}).headers["Location"] == "/console/sign-in"
    assert client.get("/console/shops").status_code == 303


def test_after_signing_in_nobody_is_led_to_another_site(city):
    client = city.application().test_client()
    code = signin.invite(city.office.people, 9, "정다운", "dawoon")
    totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', client.get(f"/console/enrol/{code}").text)[1])
    client.post(f"/console/enrol/{code}", data={"password": "x" * 12, "again": "x" * 12, "code": totp.at(city.now_s())})
    for path in ("https://evil.example/", "//evil.example", "/console/\\evil.example", "/\\evil"):
        city.wait(60)
        fields = {"login": "dawoon", "password": "x" * 12, "code": totp.at(city.now_s())}
        answer = client.post("/console/sign-in", query_string={"next": path}, data=fields)
        assert answer.headers["Location"] == "/console", path


def test_a_one_time_link_opens_once(city):
    code = signin.one_time_code(city.office.people, 1)
    first, second = (city.application().test_client() for _ in range(2))
    assert first.get(f"/console/once/{code}").headers["Location"] == "/console"
    assert first.get(f"/console/once/{code}").headers["Location"] == "/console"     # the same browser is in already
    assert second.get(f"/console/once/{code}").status_code == 401


def test_a_form_of_another_session_or_another_site_is_refused_and_nothing_changes(city, maker):
    before = register.count(city.office.people)
    fields = {"name": "아무개", "birth_date": "1990-01-01"}
    for form in ("", "x" * 43):
        answer = maker.client.post("/console/people/new", data={**fields, "form": form})
        assert answer.status_code == 403 and "화면을 연 지 오래되었습니다" in said(answer.text)
    token = re.search(r'name="form" value="([^"]+)"', maker.get("/console/key"))[1]
    answer = maker.client.post("/console/people/new", data={**fields, "form": token},
                               headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert register.count(city.office.people) == before


# --- every page ----------------------------------------------------------------------------

@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_opens_and_every_word_is_there(city, maker, language):
    administrator = Desk(city, ADMINISTRATOR)
    pages = [(maker, path) for path in pages_of(city)]
    pages += [(administrator, f"/console/policies/{subject}") for subject in policy.SUBJECTS if subject not in policy.WITHOUT_EFFECT]
    pages += [(administrator, path) for path in ("/console/policies", "/console/policies/14/1", "/console/officers", "/console/officers/1")]
    for desk, path in pages:
        page = desk.get(f"{path}?lang={language}")
        assert not HIDDEN.findall(said(page)), path
        if language == "en":
            assert not re.search(r"(로그인|서명|승인|기록|지급)", said(page)), path


def test_addresses_that_lead_nowhere_are_refused_and_are_no_fault_of_ours(city, maker):
    for path in ("/console/people/00", "/console/people/" + "0" * 32, "/console/people/" + "é" * 32, "/console/lists/zz",
                 "/console/proposals/" + "0" * 64, "/console/shops/999999999999999999999999", "/console/shops/77",
                 "/console/programmes/77", "/console/programmes/99999999999999999999999/change", "/notice/1",
                 "/notice/99999999999999999999.png", "/console/pairings/5", "/console/wishes/5", "/console/nothing",
                 "/console/to-sign/00.json", "/console/to-sign/zz.json", "/console/to-sign/.json", "/console/key/sheet.json"):
        assert 400 <= maker.client.get(path).status_code < 500, path
    for path in ("/console/people?after=%00&text=%00", "/console/lists?programme=x&state=y", "/console/lists?after=x",
                 "/console/records/access?before=x&officer=y", "/console/shops?category=x", "/console?lang=xx"):
        maker.get(path)


def test_a_new_key_goes_to_the_roots_and_back_as_the_text_of_a_code(city, maker):
    key = Signer(new_seed()).public
    maker.post("/console/key", 303, key=key.hex())
    page = maker.get("/console/key")
    sheet = Sheet.from_text(re.search("HAGC-SHEET#[0-9]+", page)[0])
    assert str(qr.svg(sheet.to_qr())) in page
    signed = example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s())
    maker.post("/console/key/signed", 303, sheet=signed.to_qr())
    assert city.office.store.get(Register.OFFICER, maker.number).key == key and "HAGC-SHEET" not in maker.get("/console/key")


def test_what_is_posted_wrong_is_refused_in_words_with_the_form_kept(city, maker):
    cases = {
        "/console/programmes/new": {"name": "가" * 30, "budget_won": "십만", "opens": "어제", "categories": "x"},
        "/console/shops/new": {"name": "순대", "sort": "9", "category": "x", "district": "없는동", "standing": "1"},
        "/console/people/new": {"name": "김철수", "birth_date": "1990-13-45"},
        "/console/notices/new": {"till": "1", "amount_won": "0", "reference": "한글"},
        "/console/lists/new": {"programme": "77", "rows": "P-0001 1000"},
        "/console/key": {"key": "zz"},
        "/console/key/signed": {"sheet": "{}"},
        "/console/acts": {"payload": "00", "message": "x"},
    }
    for path, fields in cases.items():
        answer = maker.post(path, data=fields)
        assert 400 <= answer.status < 500, (path, answer.status)
        assert "안내 번호" in said(answer.page), path
        if "name" in fields and len(fields["name"]) < 20:
            assert f'value="{fields["name"]}"' in answer.page, path


# --- people --------------------------------------------------------------------------------

@pytest.fixture
def kim(city):
    return register.add(city.office.people, Details("김철수수", "1950-03-14", "010-1234-5678"))


def test_a_person_is_masked_until_a_reason_is_typed_and_the_reason_is_on_record(city, maker, kim):
    path = f"/console/people/{kim.token.hex()}"
    for page in (maker.get(path), maker.get("/console/people?text=김철수수"), maker.get("/console/people?csv=1")):
        assert "김철수수" not in page.replace('value="김철수수"', "") and "03-14" not in page and "1234" not in page
    assert maker.post(f"{path}/unmask", status=400, why=" ").page.count("이유를 적어 주세요")
    shown = maker.post(f"{path}/unmask", status=200, why="전화 문의 확인").page
    assert "김철수수" in shown and "1950-03-14" in shown and "010-1234-5678" in shown
    again = maker.get(path)
    assert "김철수수" not in again and "전화 문의 확인" in again and "한소라" in again
    assert "전화 문의 확인" in maker.get("/console/records/access")


def test_the_same_person_is_not_registered_twice_by_mistake(city, maker, kim):
    fields = {"name": "김철수수", "birth_date": "1950.3.14", "phone": ""}
    asked = maker.post("/console/people/new", status=200, **fields)
    assert kim.reference in asked.page and "다른 사람이 맞습니다" in asked.page
    before = register.count(city.office.people)
    assert maker.post("/console/people/new", status=303, another="1", **fields).to.startswith("/console/people/")
    assert register.count(city.office.people) == before + 1


def test_a_resident_number_is_kept_nowhere(city, maker, kim):
    for path, fields in (
        ("/console/people/new", {"name": "김 900101-1234567", "birth_date": "1990-01-01"}),
        (f"/console/people/{kim.token.hex()}/unmask", {"why": "900101-1234567 확인"}),
        ("/console/notices/new", {"till": "1", "amount_won": "100", "reference": "900101-1234567"}),
    ):
        answer = maker.post(path, status=400, **fields)
        assert "주민등록번호" in said(answer.page), path


def test_a_code_from_home_becomes_a_wish_and_a_signed_link(city, maker, kim):
    path = f"/console/people/{kim.token.hex()}"
    code = re.search(r"\d{4}-\d{4}-\d{4}-\d{4}", maker.post(f"{path}/code", status=200).page)[0]
    assert code not in maker.get(path)
    wallet = Wallet(city)
    wish = joins.wish(city.office.people, code, wallet.account)
    assert "연결 요청 1건" in said(maker.get("/console"))
    done = maker.signs(maker.get(f"/console/wishes/{wish.number}"))
    assert (done.status, done.to.split("?")[0]) == (303, path)
    assert city.office.store.get(Register.PERSON, kim.token).account == wallet.account
    assert joins.get(city.office.people, wish.number).state == joins.LINKED


def test_a_wallet_that_is_somebody_elses_is_not_linked_again(city, maker, kim):
    taken = city.wallet()
    answer = maker.post(f"/console/people/{kim.token.hex()}/link", status=409, text=qr.to_text(taken.joining(), "localhost:8080"))
    assert "이미 연결된 지갑" in said(answer.page)
    other = maker.post(f"/console/people/{kim.token.hex()}/link", text="HTTPS://OTHER.EXAMPLE/P#123")
    assert other.status == 400 and "다른 도시" in said(other.page)


def test_a_lost_phone_is_replaced_by_two_officers_and_the_old_one_revoked(city, maker, checker):
    old, new = city.wallet(help_won=9_000), Wallet(city)
    path = f"/console/people/{old.person.hex()}"
    asked = maker.post(f"{path}/device", status=200, text=qr.to_text(new.joining(), "localhost:8080"), replaces="beside")
    proposal = maker.signs(asked.page)
    assert proposal.to.startswith("/console/proposals/")
    assert "data-sign" not in maker.get(proposal.to)
    assert checker.signs(checker.get(proposal.to)).status == 303
    assert city.office.store.get(Register.KEY, new.key.public).account == old.account
    asked = maker.post(f"{path}/revoke", status=200, key=old.key.public.hex())
    assert maker.signs(asked.page).status == 303
    assert city.office.store.get(Register.KEY, old.key.public).revoked


# --- money ---------------------------------------------------------------------------------

def proposed(city, maker) -> str:
    wallet = city.wallet()
    page = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{wallet.reference} 5000").to
    assert maker.signs(maker.get(page)).to == page
    return page


def test_the_maker_can_not_approve_not_even_with_a_made_up_form(city):
    maker = Desk(city, 1, roles=orders.MAKER | orders.CHECKER)
    path = proposed(city, maker)
    assert "승인 서명하기" not in maker.get(path)
    found = lists.newest(city.office.people, lists.PROPOSED)[0]
    approval = cose.sign(orders.Approval(1, orders.OFFICERS, city.id_of(found.proposal), city.now_s() + 60), maker.key,
                         city.chain_id)
    answer = maker.post(f"{path}/approve", message=sale(approval, b"")["payer"])
    assert answer.status == 403 and "같은 사람이 두 번" in said(answer.page)


def test_another_officer_approves_and_the_same_list_never_pays_twice(city, maker, checker):
    path = proposed(city, maker)
    page = checker.get(path)
    assert checker.signs(page).to == path
    assert checker.signs(page).status == 409        # the same form again
    assert len(city.office.store.entries_of(Register.LIST, bytes.fromhex(path.rsplit("/", 1)[1]))) == 1


def test_an_officer_without_the_right_is_told_so(city):
    registrar = Desk(city, CHECKER, roles=orders.REGISTRAR)
    assert "/console/lists/new" not in registrar.get("/console")
    for path in ("/console/lists/new", "/console/programmes/new"):
        assert "권한이 없습니다" in registrar.get(path, status=403)
        assert registrar.post(path).status == 403
    auditor = Desk(city, 1, roles=orders.AUDITOR)
    kim = register.search(city.office.people)[0]
    assert auditor.post(f"/console/people/{kim.token.hex()}/unmask", why="궁금해서").status == 403


def test_a_bad_row_blocks_the_list_until_it_is_set_aside(city, maker):
    wallet = city.wallet()
    path = maker.post("/console/lists/new", programme=HELP, rows=f"{wallet.reference} 5000\nP-9999 100\n").to
    page = maker.get(path)
    assert "data-sign" not in page and "P-9999" in page
    assert b"P-9999" in maker.client.get(f"{path}/refused.csv").data
    maker.post(f"{path}/aside", status=303)
    assert "data-sign" in maker.get(path)
    assert "P-9999" in maker.get(path)


def test_a_list_that_the_budget_does_not_cover_is_refused_before_anybody_signs(city, maker):
    wallet = city.wallet()
    path = maker.post("/console/lists/new", programme=HELP, rows=f"{wallet.reference} 90000000").to
    assert "모자랍니다" in said(maker.get(path))
    answer = maker.signs(maker.get(path))
    assert answer.status == 422 and "사업 예산이 모자랍니다" in said(answer.page)
    assert lists.newest(city.office.people)[0].state == lists.DRAFT


def test_a_proposal_is_withdrawn_by_its_maker_and_refused_only_with_a_reason(city, maker, checker):
    path = proposed(city, maker)
    assert checker.post(f"{path}/refuse", status=400, why="").page.count("이유")
    assert checker.post(f"{path}/withdraw").status == 403
    assert maker.post(f"{path}/withdraw", status=303).to == path
    assert "거둠" in said(maker.get(path))
    assert checker.post(f"{path}/refuse", why="늦었습니다").status == 409


def test_a_change_of_a_programme_shows_before_and_after_and_takes_two(city, maker, checker):
    form = maker.get("/console/programmes/1/change")
    fields = dict(re.findall(r'name="(name|budget_won|opens|closes|spend_until)"[^>]*?value="([^"]*)"', form, re.DOTALL))
    categories = {name: "1" for name in re.findall(r'name="(category-\d+)" value="1" checked', form)}
    asked = maker.post("/console/programmes/1/change", status=200, coin=1, **{**fields, **categories, "budget_won": "9,000,000"})
    assert '<p class="before">5,000,000원' in asked.page and asked.page.count('class="before"') == 1
    paper = maker.signs(asked.page).to
    assert "겨울 돌봄 지원" in said(checker.get("/console"))
    page = checker.get(paper)
    assert '<p class="before">5,000,000원' in page and '<p class="after">9,000,000원' in page
    assert page.count('class="before"') == 1
    again = maker.post("/console/programmes/1/change", status=200, coin=1, **fields, **categories)
    assert maker.signs(again.page).status == 409      # one at a time
    assert checker.signs(page).status == 303
    assert city.office.store.get(Register.PROGRAMME, 1).budget_won == 9_000_000


def test_a_proposal_that_the_ledger_refuses_for_good_is_over_and_says_why(city, maker, checker):
    city.wallet(help_won=50_000)
    form = maker.get("/console/programmes/1/change")
    fields = dict(re.findall(r'name="(name|budget_won|opens|closes|spend_until)"[^>]*?value="([^"]*)"', form, re.DOTALL))
    categories = {name: "1" for name in re.findall(r'name="(category-\d+)" value="1" checked', form)}
    asked = maker.post("/console/programmes/1/change", status=200, coin=1, **{**fields, **categories, "budget_won": "40,000"})
    paper = maker.signs(asked.page).to
    answer = checker.signs(checker.get(paper))
    assert answer.status == 422 and "이미 지급한 금액보다 적은 예산입니다" in said(answer.page)
    page = maker.get(paper)
    assert "이미 지급한 금액보다 적은 예산입니다" in said(page) and "새로 올려" in said(page) and "거두어들이기" not in said(page)
    assert paper not in maker.get("/console") and "이미 지급한 금액보다" in said(maker.get("/console/records"))


def test_rows_may_be_typed_or_pasted_out_of_a_spreadsheet(city, maker):
    typed = "P-0001\t1000\nP-0002 2000\nP-0003,3000\n\nP-0004 , 4,000\n"
    path = maker.post("/console/lists/new", programme=HELP, rows=typed).to
    rows = lists.rows(city.office.people, bytes.fromhex(path.rsplit("/", 1)[1]))
    assert [(row.person_cell, row.amount_cell) for row in rows] == [
        ("P-0001", "1000"), ("P-0002", "2000"), ("P-0003", "3000"), ("P-0004", "4,000")]


# --- shops and notices ---------------------------------------------------------------------

def test_two_new_shops_at_once_do_not_overwrite_each_other(city, maker, checker):
    fields = {"sort": "1", "category": "1", "district": "", "standing": "1"}
    first = maker.post("/console/shops/new", status=200, name="첫 가게", **fields)
    second = checker.post("/console/shops/new", status=200, name="둘째 가게", **fields)
    assert maker.signs(first.page).status == 303
    answer = checker.signs(second.page)
    assert answer.status == 409 and "이미 쓰고 있는" in said(answer.page)
    assert city.office.store.get(Register.SHOP, 7).name.decode() == "첫 가게"


def test_filters_stand_in_the_address_and_lists_go_to_the_spreadsheet(city, maker):
    page = maker.get("/console/shops?category=2")
    assert "가경 한아름마트" in page and "육거리 순대국" not in page
    rows = list(csv.reader(io.StringIO(maker.client.get("/console/shops?category=2&csv=1").data.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [str(GROCERY)]
    for path in ("/console/people", "/console/programmes", "/console/lists", "/console/notices", "/console/records",
                 "/console/records/access"):
        answer = maker.client.get(f"{path}?csv=1")
        assert answer.status_code == 200 and answer.data.startswith(b"\xef\xbb\xbf"), path


def test_a_till_is_taken_out_of_use_by_a_signature(city, maker):
    till = city.till(RESTAURANT)
    asked = maker.post(f"/console/shops/{RESTAURANT}/tills/{till.number}/revoke", status=200)
    assert "단말기 정지" in said(asked.page)
    assert maker.signs(asked.page).status == 303
    assert city.office.store.get(Register.TILL, till.number).rights == 0
    assert maker.post(f"/console/shops/{GROCERY}/tills/{till.number}/revoke").status == 404


def test_a_notice_is_written_read_off_its_picture_paid_and_shown_as_paid(city, maker):
    paper = maker.post("/console/notices/new", status=303, till=1, amount_won="12,500", reference="2026-11-a").to
    picture = Image.open(io.BytesIO(maker.client.get(f"{paper}.png").data))
    raw = qr.from_text(zxingcpp.read_barcodes(picture)[0].text, ["localhost:8080"])
    kim = city.wallet(help_won=20_000)
    assert cose.parse(raw).body.shop == TOWN_OFFICE
    settled = city.line().post("/api/sales", sale(kim.payment(raw), raw))
    page = maker.get(paper)
    assert settled.status == 200 and "냈음" in said(page) and f"/explorer/entries/{settled.json['entry']}" in page
    assert "냈음" in said(maker.get("/console/notices?state=paid"))
    token = maker.post(f"/console/notices/{paper.rsplit('/', 1)[1]}/withdraw")
    assert token.status == 409
    assert notices.get(city.office.people, int(paper.rsplit("/", 1)[1])).state == notices.PAID


def test_the_same_reference_is_not_asked_for_twice(city, maker):
    fields = {"till": 1, "amount_won": "100", "reference": "A-1"}
    assert maker.post("/console/notices/new", **fields).status == 303
    answer = maker.post("/console/notices/new", **fields)
    assert answer.status == 409 and 'value="A-1"' in answer.page


# --- signing elsewhere ---------------------------------------------------------------------

def test_somebody_elses_signature_is_not_taken(city, maker, checker):
    asked = maker.post("/console/shops/1/change", status=200, name="새 이름", sort=1, category=1, standing=1)
    payload = re.search(r'name="payload" value="([0-9a-f]+)"', asked.page)[1]
    stolen = cose.sign(orders.Shop(2, 1, 1, 1, 1, b"x", b"", b"n" * 8, city.now_s() + 60), checker.key, city.chain_id)
    for message, status in ((sale(stolen, b"")["payer"], 403), ("AAAA", 400), ("%%%", 400), ("", 400)):
        answer = maker.post("/console/acts", payload=payload, message=message)
        assert answer.status == status and "서명하는 내용" in answer.page, message


def test_a_signed_sheet_of_the_roots_is_handed_in_and_a_wrong_one_refused(city, maker):
    sheet = signed_sheet(city, 1, Signer(b"n" * 32).public)
    assert maker.post("/console/key/signed", sheet=sheet.to_text()).status == 303
    assert city.office.store.get(Register.OFFICER, 1).key == Signer(b"n" * 32).public
    assert maker.post("/console/key/signed", sheet=sheet.to_text()).status in (303, 409)
    other = sheet.to_text().replace(city.office.store.genesis().hex()[:20], "00" * 10)
    assert 400 <= maker.post("/console/key/signed", sheet=other).status < 500


def test_the_consoles_own_scripts_are_known_by_the_officers_cookie_and_others_are_not(city, maker):
    assert maker.client.get("/api/console/key").status_code == 200
    assert city.application().test_client().get("/api/console/key").status_code == 401
