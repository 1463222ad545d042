"""담당자와 그 규칙: officers are invited, suspended and told apart; money is taken back; phones replace each other."""

import csv
import io
import re
from dataclasses import replace

import pytest

from app.desk import act, cards, certify, example, grant, monthly, officer
from app.message import cose, kinds, qr
from app.message.keys import Signer, new_seed
from app.money import limits, orders, policy
from app.money.rules import NEWEST
from app.money.state import Register
from app.people import access, joins, lists, proposals, register, series, signin
from app.people.register import Details
from tests.cast import DAY_S, HELP, City, text
from tests.console.desk import ADMINISTRATOR, AUDITOR, CHECKER, MAKER, Desk, said


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("office") / "data")
    yield city
    city.close()


@pytest.fixture(scope="module")
def maker(city):
    return Desk(city, MAKER)


@pytest.fixture(scope="module")
def checker(city):
    return Desk(city, CHECKER)


@pytest.fixture(scope="module")
def administrator(city):
    return Desk(city, ADMINISTRATOR)


def by_two(first: Desk, asked, second: Desk):
    """What the first asks for is signed by both."""
    assert asked.status == 200, said(asked.page)
    waiting = first.signs(asked.page)
    assert waiting.to.startswith("/console/proposals/"), said(waiting.page)
    return second.signs(second.get(waiting.to))


def test_an_administrator_invites_somebody_and_the_address_is_shown_once(city, administrator, maker):
    made = administrator.post("/console/officers", data={"name": "정다운", "login": "dawoon", "roles": "registrar"})
    address = re.search(r"https://[^<]+(/console/enrol/[^<]+)<", made.page)[1]
    assert made.status == 200 and "정다운" in said(administrator.client.get(address).text)
    assert "/console/enrol/" not in administrator.get("/console/officers")
    assert maker.post("/console/officers", data={"name": "x", "login": "xx", "roles": "maker"}).status == 403


def test_an_administrator_gives_another_officer_a_new_way_to_sign_in_never_themselves(city, administrator, maker):
    path = f"/console/officers/{AUDITOR}"
    auditor = Desk(city, AUDITOR)
    made = administrator.post(f"{path}/again", why="직접 만나 확인")
    address = re.search(r"https://[^<]+(/console/enrol/[^<]+)<", made.page)[1]
    assert made.status == 200 and signin.officer(city.office.people, AUDITOR).name in said(auditor.client.get(address).text)
    assert auditor.client.get("/console/records").status_code == 303 and "/console/enrol/" not in administrator.get(path)
    assert administrator.post(f"/console/officers/{ADMINISTRATOR}/again", why="잊음").status == 403
    assert maker.post(f"{path}/again", why="직접 만나 확인").status == 403
    assert "적어 주세요" in said(administrator.post(f"{path}/again", why="").page)
    line = said(maker.get("/console/records/access?what=door+again"))
    assert "담당자 로그인 다시 만듦" in line and f"담당자 {AUDITOR}번" in line and "직접 만나 확인" in line


def test_the_page_says_of_whom_nobody_knows_who_they_are_and_an_administrator_reads_how_many(city, administrator, checker, maker):
    asked = administrator.post(f"/console/officers/{MAKER}/person", reference=city.wallet().reference)
    rows = csv.DictReader(io.StringIO(administrator.get("/console/officers?csv=1").lstrip("\ufeff")))
    before = {row["번호"]: row["본인 확인"] for row in rows}
    assert before[str(MAKER)] == "안 됨"
    count = officer.unnamed(city.office)
    assert f"누구인지 아직 밝히지 않은 담당자 {count}명" in said(administrator.get("/console"))
    assert by_two(administrator, asked, checker).status == 303
    assert f"누구인지 아직 밝히지 않은 담당자 {count - 1}명" in said(administrator.get("/console"))
    assert "누구인지 아직" not in said(maker.get("/console"))
    assert re.search(r"본인 확인.* 됨 ", said(maker.get("/console/officers")))


@pytest.mark.parametrize("roles", [(), ("boss",), ("administrator", "maker"), ("auditor", "registrar")])
def test_roles_that_one_may_not_have_together_are_refused_in_the_form(administrator, roles):
    again = administrator.post("/console/officers", data={"name": "누구", "login": "nugu", "roles": list(roles)})
    assert 400 <= again.status < 500 and "누구" in again.page


def test_an_officer_is_suspended_by_two_others_and_signs_nothing_until_they_lift_it(city, administrator, checker):
    auditor = Desk(city, AUDITOR)
    path = f"/console/officers/{AUDITOR}"
    assert by_two(administrator, administrator.post(f"{path}/suspend"), checker).status == 303
    assert "자격 정지" in said(administrator.get(path)) and city.office.store.get(Register.STANDING, AUDITOR).suspended
    assert by_two(administrator, administrator.post(f"{path}/suspend"), checker).status == 303
    assert not city.office.store.get(Register.STANDING, AUDITOR).suspended
    assert administrator.post(f"/console/officers/{ADMINISTRATOR}/door").status == 403
    assert administrator.post(f"/console/officers/{ADMINISTRATOR}/roles", roles="maker").status == 403


def addresses(city: City, method: str) -> list[str]:
    """Every address of the console's pages and of what they fetch, filled in, but for the door and one's own key."""
    free = re.compile(r"/console/(sign-in|sign-out|once/|enrol/|key)")
    rules = [rule.rule for rule in city.application().url_map.iter_rules() if method in rule.methods]
    filled = [re.sub(r"<[^:>]+>", "00" * 16, rule.replace("<any(csv,xlsx):kind>", "csv")) for rule in rules]
    return [re.sub(r"<int:\w+>", "1", rule) for rule in filled if "/console" in rule and not free.search(rule)]


def sees_nothing(city: City, desk: Desk) -> str:
    """The page that a stopped officer gets for every address; their key stays open, for the roots may be asked for another."""
    for path in addresses(city, "GET"):
        answer = desk.client.get(path, follow_redirects=True)
        assert answer.status_code == 403 or answer.request.path == "/console/key", path
    for path in addresses(city, "POST"):
        assert desk.post(path).status == 403, path
    assert desk.client.get("/api/console/lists/00").json["word"] == "OFFICER_NOT_VALID"
    assert "까지 서명할 수 있습니다" not in said(desk.get("/console/key"))
    return said(desk.get("/console/people", status=403))


def test_who_is_suspended_sees_and_does_nothing_and_reads_why_and_whom_to_ask(city, administrator, checker):
    registrar, path = Desk(city, AUDITOR, roles=orders.REGISTRAR), f"/console/officers/{AUDITOR}"
    kim = city.wallet()
    assert registrar.post(f"/console/people/{kim.person.hex()}/unmask", why="창구에 오심").status == 200
    by_two(administrator, administrator.post(f"{path}/suspend"), checker)
    page, name = sees_nothing(city, registrar), signin.officer(city.office.people, ADMINISTRATOR).name
    assert "자격이 정지되어 있습니다" in page and name in page
    assert registrar.post(f"/console/people/{kim.person.hex()}/unmask", why="창구에 오심").status == 403
    by_two(administrator, administrator.post(f"{path}/suspend"), checker)
    registrar.get("/console/people")
    assert registrar.post("/console/sign-out").to == "/console/sign-in"


def test_a_checker_reads_whose_fault_it_is_that_a_proposal_can_not_be_approved(city, maker, checker, administrator):
    old, now_s = city.office.store.get(Register.PROGRAMME, HELP), city.now_s()
    wanted = orders.Programme(MAKER, HELP, old.coin, old.budget_won + 1, old.opens_at_s, old.closes_at_s, old.spend_until_s,
                              old.categories, old.name, bytes(8), now_s + DAY_S, old.person_won, old.spend_days, old.shops)
    waiting = act.hand_in(city.office, MAKER, cose.sign(wanted, maker.key, city.chain_id)).proposal.message_id.hex()
    path, stop = f"/console/proposals/{waiting}", f"/console/officers/{MAKER}/suspend"
    assert "data-sign" in checker.get(path)
    by_two(administrator, administrator.post(stop), checker)
    page = checker.get(path)
    assert "올린 담당자가 지금은 서명할 수 없습니다" in said(page) and "data-sign" not in page
    by_two(administrator, administrator.post(stop), checker)
    assert "data-sign" in checker.get(path)
    by_two(administrator, administrator.post(stop), checker)
    assert checker.post(f"{path}/refuse", why="담당자가 멈추었습니다").status == 303
    assert act.waiting_for(city.office, HELP) is None
    by_two(administrator, administrator.post(stop), checker)


def test_whom_the_roots_dismissed_sees_and_does_nothing_though_the_door_stands_open(city):
    registrar = Desk(city, AUDITOR, roles=orders.REGISTRAR)
    registrar.get("/console/people")
    sheet = officer.sheet_for(city.office, AUDITOR, registrar.key.public, 0)
    certify.admit(city.office, example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s()))
    assert "담당에서 해제되었습니다" in sees_nothing(city, registrar)
    assert "담당에서 해제되었습니다" in said(registrar.get("/console/key"))
    Desk(city, AUDITOR).get("/console/people")


def test_who_was_invited_and_has_no_role_yet_begins_at_their_key_and_sees_nothing_else(tmp_path):
    city = City(tmp_path / "data")      # keeps the numbers of its invited officers free, which a real one need not
    number, _ = officer.invite(city.office, "신새봄", "begins", orders.REGISTRAR)
    signin.invite(city.office.people, number, "신새봄", "begins", orders.REGISTRAR, example=True)
    for new in (Desk.of_who_waits(city, number), Desk.of_who_waits(city, MAKER)):
        assert new.client.get("/console").headers["Location"] == "/console/key"
        assert "아직 담당자로 등록되지 않았습니다" in sees_nothing(city, new)
        assert "아직 열쇠가 없습니다" in said(new.get("/console/key"))
    city.close()


def test_whose_time_is_over_sees_and_does_nothing(city):
    registrar = Desk(city, AUDITOR)
    sheet = officer.sheet_for(city.office, AUDITOR, registrar.key.public, orders.REGISTRAR)
    body = replace(sheet.certificates[0].body, valid_until_s=city.now_s() + 5)
    sheet = replace(sheet, certificates=(replace(sheet.certificates[0], body=body),))
    certify.admit(city.office, example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s()))
    registrar.get("/console/people")
    city.wait(5)
    assert "담당 기간이 아닙니다" in sees_nothing(city, registrar)
    Desk(city, AUDITOR).get("/console/people")


def test_whom_the_rules_let_decide_the_console_lets_sign(city, maker, administrator):
    second = Desk(city, AUDITOR, roles=orders.ADMINISTRATOR)
    asked = administrator.post("/console/policies/1", figure="9,000", until="2026-11-23", **{"from": "2026-11-22"})
    assert by_two(administrator, asked, second).status == 303
    with city.office.store.snapshot() as state:
        assert policy.figure(state, policy.OFFLINE_PAYER, city.now_s()) == 9_000
    registrar = Desk(city, AUDITOR, roles=orders.REGISTRAR)
    person, now, path = unlinked(city)
    assert by_two(maker, maker.post(f"{path}/link", text=_shown(now)), registrar).status == 303
    assert city.office.store.get(Register.PERSON, person.person).account == now.account
    waiting = administrator.signs(administrator.post("/console/policies/1", figure="1", **{"from": "2026-11-22"}).page).to
    assert "data-sign" not in registrar.get(waiting) and registrar.post(f"{waiting}/refuse", why="아니요").status == 403
    administrator.post(f"{waiting}/withdraw")
    Desk(city, AUDITOR)


def test_nobody_decides_on_their_own_case_nor_ends_it(city, administrator, checker):
    second = Desk(city, AUDITOR, roles=orders.ADMINISTRATOR)
    waiting = administrator.signs(administrator.post(f"/console/officers/{AUDITOR}/suspend", status=200).page).to
    message_id = bytes.fromhex(waiting.rsplit("/", 1)[1])
    assert "data-sign" not in second.get(waiting)
    own = cose.sign(orders.Approval(AUDITOR, orders.OFFICERS, message_id, city.now_s() + 60), second.key, city.chain_id)
    for answer in (second.post(f"{waiting}/approve", message=text(own)), second.post(f"{waiting}/refuse", why="제 일입니다")):
        assert answer.status == 403 and "자기 자신의 일" in said(answer.page)
    assert proposals.get(city.office.people, message_id).state == proposals.WAITING
    administrator.post(f"{waiting}/withdraw")
    Desk(city, AUDITOR)


def test_who_is_shut_out_is_out_at_once(city, administrator):
    auditor = Desk(city, AUDITOR)
    administrator.post(f"/console/officers/{AUDITOR}/door", status=303)
    assert auditor.client.get("/console").status_code == 303
    administrator.post(f"/console/officers/{AUDITOR}/door", status=303)


def test_an_officers_own_wallet_gets_nothing_from_their_lists(city, administrator, maker, checker):
    wallet = city.wallet(help_won=1000)
    asked = administrator.post(f"/console/officers/{MAKER}/person", reference=wallet.reference)
    assert by_two(administrator, asked, checker).status == 303
    assert city.office.store.get(Register.STANDING, MAKER).person == wallet.person
    unknown = administrator.post(f"/console/officers/{MAKER}/person", reference="P-9999")
    assert 400 <= unknown.status < 500 and "P-9999" in unknown.page


def test_unspent_money_is_taken_back_by_two_from_the_persons_page(city, maker, checker):
    wallet = city.wallet(help_won=5000)
    path = f"/console/people/{wallet.person.hex()}"
    assert "5,000원" not in said(maker.get(path))
    assert maker.post(f"{path}/balance", why="").status == 400
    shown = maker.post(f"{path}/balance", why="잘못 지급했다는 연락", status=200).page
    lot = re.search(r'name="lot" value="(\d+)"', shown)[1]
    assert "5,000원" in said(shown) and "잔액 열람" in said(maker.get(path))
    assert "잘못 지급했다는 연락" in said(maker.get("/console/records/access?what=balance"))
    assert '<option value="balance">잔액 열람' in maker.get("/console/records/access")
    assert 400 <= maker.post(f"{path}/recall", lot=lot, amount_won="0").status < 500
    asked = maker.post(f"{path}/recall", lot=lot, amount_won="2,000")
    assert "이천 원" in said(asked.page)
    assert by_two(maker, asked, checker).status == 303
    assert city.balance_won(wallet) == 3000


def test_a_new_phone_takes_the_old_ones_place_in_one_act(city, maker, checker):
    old, new = city.wallet(help_won=5000), city.wallet()
    city.hand_in(_unlinked(city, new))
    path = f"/console/people/{old.person.hex()}"
    page = maker.get(path)
    assert f'value="{old.key.public.hex()}" selected' in page
    asked = maker.post(f"{path}/device", text=_shown(new), replaces=old.key.public.hex())
    for words in ("잃어버린 휴대전화를 새 휴대전화로 바꾸기", "두 번째 서명과 함께 바로 멈춥니다", "새 기기의 첫 24시간 한도 50,000원"):
        assert words in said(asked.page), words
    assert by_two(maker, asked, checker).status == 303
    page = said(maker.get(path))
    assert re.search("휴대전화 [0-9a-f]{8} · 2026년 11월 22일 12:00에 멈춤", page) and re.search("휴대전화 [0-9a-f]{8} · 2026년 11월 22일 12:00부터", page)
    keys = dict(city.office.store.keys_of(old.account))
    assert keys[old.key.public].revoked and not keys[new.key.public].revoked
    with city.office.store.snapshot() as state:
        assert limits.of_key(state, new.key.public, city.now_s(), city.office.rules) == 50_000


def test_a_caregivers_phone_has_a_form_of_its_own_that_asks_its_limit_and_stops_no_other(city, maker, checker):
    old, hers, later = city.wallet(help_won=5000), city.wallet(linked=False), city.wallet(linked=False)
    path = f"/console/people/{old.person.hex()}"
    form = re.search(r'<form method="post" action="[^"]+/caregiver".*?</form>', maker.get(path), re.DOTALL)[0]
    assert re.search(r'name="day_won"[^>]*\srequired', form) and "replaces" not in form
    assert 'name="day_won"' not in re.search(r'<form method="post" action="[^"]+/device".*?</form>', maker.get(path), re.DOTALL)[0]
    asked = maker.post(f"{path}/caregiver", status=400, text=_shown(hers), day_won="")
    assert re.search(r"<details open><summary>돌보는 가족의 휴대전화 더하기", asked.page)
    asked = maker.post(f"{path}/caregiver", status=200, text=_shown(hers), day_won="20,000", replaces=old.key.public.hex())
    assert "이만 원" in said(asked.page) and "멈춥니다" not in said(asked.page)
    assert by_two(maker, asked, checker).status == 303
    keys = dict(city.office.store.keys_of(old.account))
    assert not keys[old.key.public].revoked and keys[hers.key.public].day_won == 20_000
    page = maker.get(path)
    assert "하루 20,000원까지" in said(page) and f'value="{old.key.public.hex()}" selected' in page, "who comes with a new phone lost their own"
    asked = maker.post(f"{path}/device", status=200, text=_shown(later), replaces=hers.key.public.hex())
    assert "이만 원" in said(asked.page), "a new phone of hers keeps her limit"
    assert by_two(maker, asked, checker).status == 303
    keys = dict(city.office.store.keys_of(old.account))
    assert keys[hers.key.public].revoked and keys[later.key.public].day_won == 20_000 and not keys[old.key.public].revoked


def test_a_phone_that_was_stopped_by_a_call_is_what_the_new_one_replaces(city, maker, checker):
    old, hers, new = city.wallet(help_won=5000), city.wallet(linked=False), city.wallet(linked=False)
    path, key = f"/console/people/{old.person.hex()}", old.key.public
    maker.signs(maker.post(f"{path}/revoke", status=200, key=key.hex()).page)
    assert by_two(maker, maker.post(f"{path}/caregiver", status=200, text=_shown(hers), day_won="20,000"), checker).status == 303
    page = maker.get(path)
    assert f'value="{key.hex()}" selected' in page and "이미 정지한 기기: 휴대전화" in said(page), "a relative's phone is not theirs"
    asked = maker.post(f"{path}/device", status=200, text=_shown(new), replaces=key.hex())
    for words in ("잃어버린 휴대전화를 새 휴대전화로 바꾸기", "이미 멈추었습니다", "첫 24시간 한도 50,000원"):
        assert words in said(asked.page), words
    assert by_two(maker, asked, checker).status == 303
    assert not dict(city.office.store.keys_of(old.account))[new.key.public].revoked
    page = maker.get(path)
    assert "이미 정지한 기기" not in page and f'value="{new.key.public.hex()}" selected' in page, "it has its follower"
    assert maker.post(f"{path}/device", text=_shown(city.wallet(linked=False)), replaces=key.hex()).status == 400


def test_where_an_own_phone_is_in_use_beside_a_stopped_one_the_officer_says_which_is_lost(city, maker, checker):
    old, hers, new = city.wallet(help_won=5000), city.wallet(linked=False), city.wallet(linked=False)
    path, key = f"/console/people/{old.person.hex()}", hers.key.public
    assert by_two(maker, maker.post(f"{path}/caregiver", status=200, text=_shown(hers), day_won="20,000"), checker).status == 303
    maker.signs(maker.post(f"{path}/revoke", status=200, key=key.hex()).page)
    form = re.search(r'<select id="replaces" name="replaces" required>.*?</select>', maker.get(path), re.DOTALL)[0]
    assert f'value="{key.hex()}"' in form and f'value="{old.key.public.hex()}"' in form
    assert " selected" not in form and re.search(r'required>\s*<option value="">', form), "a relative's stopped phone is not the lost one"
    assert maker.post(f"{path}/device", text=_shown(new), replaces="").status == 400
    asked = maker.post(f"{path}/device", status=200, text=_shown(new), replaces=old.key.public.hex())
    assert "두 번째 서명과 함께 바로 멈춥니다" in said(asked.page) and "이만 원" not in said(asked.page)
    maker.signs(maker.post(f"{path}/revoke", status=200, key=old.key.public.hex()).page)
    assert f'value="{old.key.public.hex()}" selected' in maker.get(path), "both are stopped: their own was lost"


def test_by_earlier_rules_a_new_phone_takes_no_stopped_ones_place(city, maker, checker, monkeypatch):
    old, new = city.wallet(), city.wallet(linked=False)
    path, key = f"/console/people/{old.person.hex()}", old.key.public
    maker.signs(maker.post(f"{path}/revoke", status=200, key=key.hex()).page)
    earlier = replace(city.office.rules, replaces_revoked=False)
    monkeypatch.setattr(type(city.office), "rules", property(lambda _: earlier))
    asked = maker.post(f"{path}/device", status=200, text=_shown(new), replaces=key.hex())
    assert "새 기기를 지갑에 더하기" in said(asked.page) and by_two(maker, asked, checker).status == 303
    assert not dict(city.office.store.keys_of(old.account))[new.key.public].revoked


def test_who_stops_a_device_reads_whose_it_is_before_and_after(city, maker):
    kim = city.wallet()
    path = f"/console/people/{kim.person.hex()}"
    asked = maker.post(f"{path}/revoke", status=200, key=kim.key.public.hex())
    assert kim.reference in said(asked.page) and "휴대전화" in said(asked.page)
    sent = maker.signs(asked.page)
    assert re.fullmatch(rf"{path}\?entry=\d+", sent.to)
    page = said(maker.get(sent.to))
    assert "장부에 올렸습니다" in page and re.search("휴대전화 [0-9a-f]{8} · [^·]+에 멈춤", page)


def _unlinked(city: City, wallet):
    return orders.Link(city.numbers[0], wallet.account, b"", bytes(8), city.now_s() + 3600)


def _shown(wallet) -> str:
    return qr.to_text(wallet.joining(), wallet.city.office.genesis.host)


def paid(city: City, path: str) -> None:
    for _ in grant.pay_rows(city.office, bytes.fromhex(path.rsplit("/", 1)[1])):
        pass


def test_rows_that_went_back_are_found_among_all_others_with_the_reason(city, maker, checker):
    kim, locked = city.wallet(), city.wallet()
    waits = register.add(city.office.people, Details("남궁하늘", "1950-03-14", ""))
    rows = "\n".join(f"{one.reference} {won}" for one, won in ((kim, 1_000), (locked, 2_000), (waits, 3_000)))
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=rows).to
    maker.signs(maker.get(path))
    checker.signs(checker.get(path))
    city.freeze(locked)         # after two signed
    paid(city, path)
    page = maker.get(path)
    assert re.findall(r'href="(/console/lists/[^"]+which=returned)', page) == [f"{path}?which=returned"]
    assert said(page).count("되돌아감: 지갑이 잠긴 분입니다") == 1 == said(page).count("되돌아감:"), "what waits for a wallet did not go back"
    found = maker.get(f"{path}?which=returned")
    assert locked.person.hex() in found and kim.person.hex() not in found and "되돌아감: 지갑이 잠긴 분입니다" in said(found)
    signed = maker.client.get(f"/api{path}/rows").json["rows"]
    assert [set(row) for row in signed] == [{"person", "amount_won", "salt"}] * 3, "what the root is made of, and no name"
    rows = list(csv.reader(io.StringIO(maker.client.get(f"{path}/rows.csv").data.decode("utf-8-sig"))))
    assert rows[0][-2:] == ["paid", "returned"]
    assert [(row[1], *row[-2:]) for row in rows[1:]] == [
        (kim.reference, "지급함", ""), (locked.reference, "되돌아감", "지갑이 잠긴 분입니다"), (waits.reference, "지급함", "")]
    assert locked.person.hex() in maker.get(f"{path}?which=returned&after=0")
    assert locked.person.hex() not in maker.get(f"{path}?which=returned&after=1")
    city.freeze(locked, False)
    assert "되돌아감: 지갑이 잠긴 분입니다" in said(maker.get(f"{path}?which=returned")), "the reason is that of then"


def test_letters_of_a_list_are_made_once_each_and_again_only_on_purpose(city, maker, checker):
    away = register.add(city.office.people, Details("박구름", "1950-03-14", ""))
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{away.reference} 3100").to
    maker.signs(maker.get(path))
    checker.signs(checker.get(path))
    paid(city, path)
    page = maker.get(f"{path}/letters")
    assert "아직 편지를 만들지 않은 1명" in said(page) and "이미 보낸 편지의 번호" not in said(page)
    assert maker.post(f"{path}/letters", part="next", why="12월 우편").status == 200
    page = maker.get(f"{path}/letters")
    [batch] = re.findall(r'<option value="(\d+)"', page)
    assert "이미 보낸 편지의 번호는 못 쓰게 됩니다" in said(page) and '<option value="">' in page
    assert [maker.post(f"{path}/letters", part=part, why="12월 우편").status for part in ("next", "", batch)] == [422, 400, 200]
    assert "번호 기한" not in said(maker.get(f"{path}/letters"))
    with city.office.people.write() as connection:      # two weeks go by
        connection.execute("UPDATE join_code SET expires_at_s = ? WHERE person = ?", (city.now_s(), away.token))
    page = said(maker.get(f"{path}/letters"))
    assert "1명 · 번호 기한 지남 1명" in page and "다시 만들어 보내 주세요" in page and "이미 보낸 편지의 번호" not in page
    assert maker.post(f"{path}/letters", part=batch, why="기한이 지남").status == 200
    page = said(maker.get(f"{path}/letters"))
    assert "번호 기한" not in page and "이미 보낸 편지의 번호" in page, "its codes are new"


def test_a_first_letter_says_whose_code_from_before_it_would_end(city, maker, checker):
    away, other = (register.add(city.office.people, Details(name, "1950-03-14", "")) for name in ("박구름", "이바다"))
    path = maker.post("/console/lists/new", status=303, programme=HELP, rows=f"{away.reference} 3100\n{other.reference} 3100").to
    maker.signs(maker.get(path))
    checker.signs(checker.get(path))
    paid(city, path)
    code = joins.send_code(city.office.people, MAKER, away.token)       # as by letters of which earlier releases kept no record
    page = said(maker.get(f"{path}/letters"))
    assert "아직 편지를 만들지 않은 분 가운데 1명은 전에 받은 가입 번호를 아직 쓸 수 있습니다" in page and "번호 기한" not in page
    joins.wish(city.office.people, code, city.wallet(linked=False).account)
    assert "전에 받은 가입 번호" not in said(maker.get(f"{path}/letters"))


def test_a_monthly_list_of_who_left_is_taken_over_by_another_maker_with_those_to_come(city, administrator, maker, checker):
    kim, left = city.wallet(), Desk(city, AUDITOR, roles=orders.MAKER)
    path = left.post("/console/lists/new", status=303, programme=HELP, rows=f"{kim.reference} 5000").to
    left.signs(left.get(path))
    checker.signs(checker.get(path))
    paid(city, path)
    left.post(f"{path}/monthly", status=303, day="31")
    with city.office.people.write() as connection:
        connection.execute("UPDATE series SET next_at_s = ?", (city.now_s(),))
    monthly.prepare_due(city.office)
    grant.judge_all(city.office)
    draft = f"/console/lists/{lists.newest(city.office.people, lists.DRAFT, 1)[0].list_id.hex()}"
    by_two(administrator, administrator.post(f"/console/officers/{AUDITOR}/suspend"), checker)
    assert draft in maker.get("/console") and draft not in administrator.get("/console")
    assert "지금 명단을 올릴 수 없습니다" in said(maker.get(draft)) and "내가 이어받기" not in said(checker.get(draft))
    assert checker.post(f"{draft}/take").status == 403 and "data-sign" not in maker.get(draft)
    maker.post(f"{draft}/take", status=303)
    name, before = (signin.officer(city.office.people, number).name for number in (MAKER, AUDITOR))
    assert f"{name}님이 {before}님에게서 이어받음" in said(maker.get(draft))
    assert maker.post(f"{draft}/take").status == 409
    maker.post(f"{draft}/again", status=303, why="매달 지급", of=path.rsplit("/", 1)[1])
    assert maker.signs(maker.get(draft)).to == draft
    found = lists.get(city.office.people, bytes.fromhex(draft.rsplit("/", 1)[1]))
    assert (found.state, found.maker, series.of(city.office.people, found.series).maker) == (lists.PROPOSED, MAKER, MAKER)
    by_two(administrator, administrator.post(f"/console/officers/{AUDITOR}/suspend"), checker)
    Desk(city, AUDITOR)


def test_an_auditor_reads_every_page_and_changes_nothing(city, maker):
    auditor, waits = Desk(city, AUDITOR), register.add(city.office.people, Details("남궁하늘", "1940-01-02", "010-5555-1234"))
    paid = city.top_up(city.open_programme(1, lives_s=2 * DAY_S), {waits: 4_321}).hex()
    code = joins.send_code(city.office.people, MAKER, waits.token)
    wish = joins.wish(city.office.people, code, city.wallet(linked=False).account).number
    cards.make_blanks(city.office, MAKER, 2)
    for path in ("people/ending", "people/ending/letters", "people/cards", f"lists/{paid}/cards", f"lists/{paid}/letters", "tills/queue",
                 "wishes", f"wishes/{wish}", "people/ending?csv=1"):
        page = auditor.get(f"/console/{path}")
        assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page) in ([], ["/console/sign-out"]), path
        assert "남궁하늘" not in page and "5555" not in page and "4,321" not in page, path
        assert ".pdf" not in page, path
    assert waits.reference in auditor.get("/console/people/ending") and "카드 묶음" in said(auditor.get("/console/people/cards"))
    for path in ("/console/people/cards/1.pdf", f"/console/lists/{paid}/cards.pdf", f"/console/people/{waits.token.hex()}/card.pdf"):
        assert auditor.client.get(path).status_code == 403, "what is printed is money in the hand"
    for path in addresses(city, "POST"):
        assert auditor.post(path).status >= 400, path


def unlinked(city: City):
    """Somebody whose wallet was taken from them, and the wallet that they have now."""
    before, now = city.wallet(help_won=1_000), city.wallet()
    for one in (before, now):
        city.hand_in(_unlinked(city, one))
    return before, now, f"/console/people/{before.person.hex()}"


def test_a_wrong_link_is_put_right_by_two_who_have_a_week_for_it(city, maker, checker):
    person, now, path = unlinked(city)
    waiting = maker.signs(maker.post(f"{path}/link", status=200, text=_shown(now)).page)
    assert waiting.to.startswith("/console/proposals/"), "who had a wallet gets another by two"
    found = proposals.get(city.office.people, bytes.fromhex(waiting.to.rsplit("/", 1)[1]))
    assert found.expires_at_s - city.now_s() > 6 * DAY_S
    assert waiting.to in maker.get(path) and waiting.to in checker.get("/console")
    before, after = ('<p class="%s">%s</p>' % (name, " ".join(re.findall("....", account.hex())))
                     for name, account in (("before", person.account), ("after", now.account)))
    assert before + after in checker.get(waiting.to), "which wallet they had, and which they get"
    assert checker.signs(checker.get(waiting.to)).to == waiting.to
    assert city.office.store.get(Register.PERSON, person.person).account == now.account
    assert re.search(r"장부 \d+번", said(checker.get(waiting.to))) and waiting.to not in maker.get(path)


def test_a_wish_from_home_of_who_had_a_wallet_before_is_fulfilled_by_two(city, maker, checker):
    person, now, path = unlinked(city)
    code = re.search(r"\d{4}-\d{4}-\d{4}-\d{4}", maker.post(f"{path}/code", status=200).page)[0]
    wish = joins.wish(city.office.people, code, now.account)
    waiting = maker.signs(maker.get(f"/console/wishes/{wish.number}")).to
    assert checker.client.get(f"/console/wishes/{wish.number}").headers["Location"] == waiting, "nobody signs it a second time"
    checker.signs(checker.get(waiting))
    assert city.office.store.get(Register.PERSON, person.person).account == now.account
    assert joins.get(city.office.people, wish.number).state == joins.LINKED


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_proposal_has_its_word(city, language):
    words = city.shell.words.texts[language]["office"]["kind"]
    numbers = {str(kind.number) for kind in kinds.BY_NAME.values() if kind.form in act.PROPOSED}
    assert len(numbers) == len(act.PROPOSED) and numbers == set(words)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_deed_of_the_access_record_has_its_word_and_may_be_asked_for(city, language):
    assert {each.replace(" ", "_") for each in access.DEEDS} == set(city.shell.words.texts[language]["office"]["access"])


def test_a_programme_says_amount_a_person_days_and_single_shops(city, maker, checker):
    fields = {"name": "한 사람 한 번", "coin": "1", "budget_won": "100,000", "opens": "2026-11-22", "closes": "2026-12-31",
              "spend_until": "2027-01-31", "person_won": "30,000", "spend_days": "14", "shops": "3, 1"}
    for wrong in ({"shops": "99"}, {"spend_days": "0"}, {"person_won": "많이"}, {"shops": "하나"}):
        again = maker.post("/console/programmes/new", data=fields | wrong)
        assert 400 <= again.status < 500 and "한 사람 한 번" in again.page, wrong
    asked = maker.post("/console/programmes/new", data=fields)
    assert "14일" in said(asked.page) and "새봄약국" in said(asked.page)
    waiting = maker.signs(asked.page).to
    for listed in (checker.get("/console/programmes"), checker.get("/console/programmes?phase=waiting")):
        assert f'<a href="{waiting}">한 사람 한 번</a>' in listed and "승인 대기" in said(listed)
    assert "한 사람 한 번" in checker.get("/console/programmes?csv=1") and "한 사람 한 번" not in checker.get("/console/programmes?phase=open")
    assert checker.signs(checker.get(waiting)).status == 303
    assert waiting not in checker.get("/console/programmes")
    number, record = city.office.store.records(Register.PROGRAMME)[-1]
    assert (record.person_won, record.spend_days, record.shops) == (30_000, 14, b"\0\0\0\1\0\0\0\3")
    page = said(maker.get(f"/console/programmes/{number}"))
    assert "14일" in page and "육거리 순대국, 새봄약국" in page
    assert 'value="1, 3"' in maker.get(f"/console/programmes/{number}/change")
    changed = maker.signs(maker.post(f"/console/programmes/{number}/change", data=fields | {"budget_won": "200,000"}).page).to
    listed = checker.get("/console/programmes")
    assert listed.count(f'<a href="/console/programmes/{number}">') == 1 and f'href="{changed}"' in listed, "beside what holds"
    maker.post(f"{changed}/withdraw", status=303)


def test_limits_and_single_shops_have_their_place_among_the_policies(city, administrator, checker):
    listed = said(administrator.get("/console/policies"))
    assert "한도 없음" in listed and "50,000원" in listed       # a card's, as the trial city begins
    asked = administrator.post("/console/policies/9", figure="20,000", until="2026-11-30", **{"from": "2026-11-22"})
    assert '<p class="before">한도 없음</p><p class="after">20,000원' in asked.page
    assert by_two(administrator, asked, checker).status == 303
    asked = administrator.post("/console/policies/14", target="5", figure="1", until="2026-11-30", **{"from": "2026-11-22"})
    assert "오창 머리방" in said(asked.page)
    assert by_two(administrator, asked, checker).status == 303
    with city.office.store.snapshot() as state:
        assert policy.limit(state, policy.DAY_KNOWN, city.now_s()) == 20_000
        assert policy.limit(state, policy.SHOP_CATEGORY, city.now_s(), 5) == 1
    listed = said(administrator.get("/console/policies"))
    assert "20,000원" in listed and "가게의 업종: 오창 머리방" in listed and "한도 없음" in listed
    assert administrator.post("/console/policies/14", target="77", figure="1").status in (400, 422)
    administrator.get("/console/policies/14/77", status=404)


def test_the_trial_city_goes_by_rule_set_2_from_its_first_day(city):
    assert city.office.rules.version == NEWEST


def test_the_only_phone_is_the_one_to_be_replaced_though_there_is_a_card_beside_it(city, maker):
    kim = city.wallet()
    city.hand_in(orders.KeyAdd(0, kim.account, Signer(new_seed()).public, orders.CARD, bytes(8), city.now_s() + 3600))
    page = maker.get(f"/console/people/{kim.person.hex()}")
    assert re.findall(r'<option value="([0-9a-f]*)" selected', page) == [kim.key.public.hex()]
    city.hand_in(orders.KeyAdd(0, kim.account, Signer(new_seed()).public, orders.HARD, b"12345678", city.now_s() + 3600))
    page = maker.get(f"/console/people/{kim.person.hex()}")
    assert not re.findall(r'<option value="[0-9a-f]+" selected', page)
