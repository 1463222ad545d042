"""One of the server's own keys is replaced: asked for, signed by the roots, admitted; then the city goes on."""

from dataclasses import replace

import pytest

from app.chain.verify import replay
from app.desk import certify, example, found, officer, pay, rotate, seal
from app.errors import Refusal
from app.message.keys import Signer, read_seed
from app.money import orders
from app.store.audit import opened_log
from app.work import SELDOM_S, Work
from tests.cast import DAY_S, City
from tests.console.desk import ADMINISTRATOR, MAKER, Desk, said


def admitted(city: City, name: str) -> list[str]:
    """As at the operator's machine, and the names of what was replaced."""
    sheet = rotate.wanted(city.folder, city.office, name)
    signed = example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s())
    certify.admit(city.office, signed)
    return rotate.take_over(city.folder, city.office)


def start_again(city: City) -> None:
    example.close(city.office)
    city.office = found.open_office(city.folder, city.clock)


@pytest.mark.parametrize("name", rotate.ROLES)
def test_after_a_key_was_replaced_and_the_server_started_again_everything_goes_on(city, name):
    city.wallet(help_won=100)
    seal.checkpoint(city.office)
    assert admitted(city, name) == [name]
    assert f"keys/{name}.seed is not" in found.key_fault(city.office)      # what still runs knows the key before
    start_again(city)
    assert found.key_fault(city.office) == ""
    kim, till = city.wallet(help_won=1_000), city.till()
    code = kim.code(100)
    assert pay.settle(city.office, code, till.charge(code, 100)).receipt
    before = seal.checkpoint(city.office)
    assert seal.totals(city.office) and seal.checkpoint(city.office).size > before.size
    with opened_log(city.office.store) as log:
        assert replay(log).ok


def test_a_key_that_is_asked_for_changes_nothing_before_the_roots_have_signed(city):
    place = city.folder.key(rotate.ROLES["receipt"])
    before = place.read_bytes()
    one, two = (rotate.wanted(city.folder, city.office, "receipt").certificates[0].body.key for _ in range(2))
    assert one == two and rotate.take_over(city.folder, city.office) == []
    assert place.read_bytes() == before and found.key_fault(city.office) == ""
    assert admitted(city, "receipt") == ["receipt"] and rotate.take_over(city.folder, city.office) == []
    assert Signer(read_seed(place)).public == one


def test_a_handing_over_of_the_checkpoints_that_was_cut_off_in_the_middle_is_done_again(city, monkeypatch):
    seal.checkpoint(city.office)
    with monkeypatch.context() as crash:
        crash.setattr(rotate, "_replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            admitted(city, "checkpoint")
    start_again(city)
    assert rotate.take_over(city.folder, city.office) == ["checkpoint"]


def test_a_stranger_can_not_hand_a_key_in(city):
    sheet = rotate.wanted(city.folder, city.office, "notice")
    stranger = Signer(bytes(32))
    with pytest.raises(Refusal):
        certify.admit(city.office, certify.Sheet(sheet.genesis, tuple(
            certify.Certificate(one.body, certify.cose.sign(one.body, stranger, city.chain_id)) for one in sheet.certificates)))
    assert rotate.take_over(city.folder, city.office) == []


# --- before they end -----------------------------------------------------------------------

def kept_until(city: City, days: int) -> None:
    """The roots accept the server's own keys until so many days from now."""
    sheet = found.wanted_keys(city.folder, city.office.store.genesis(), city.now_s())
    lines = tuple(replace(one, body=replace(one.body, valid_until_s=city.now_s() + days * DAY_S)) for one in sheet.certificates)
    signed = example.signed_by_roots(example.trial_of(city.folder), replace(sheet, certificates=lines), city.now_s())
    certify.admit(city.office, signed)


@pytest.mark.parametrize("days, told, soon", [(61, False, False), (60, True, False), (15, True, False), (14, True, True)])
def test_the_end_of_the_servers_keys_is_said_while_there_is_time(city, days, told, soon):
    administrator, maker = Desk(city, ADMINISTRATOR), Desk(city, MAKER)
    kept_until(city, days)
    answer = city.line().get("/readyz")
    assert (answer.status, answer.json["ready"]) == (200, True) and ("key ends on" in answer.json["keys"]) == told
    words = "서버의 열쇠가"
    assert (words in said(administrator.get("/console/officers"))) == (words in said(administrator.get("/console"))) == told
    assert words not in said(maker.get("/console/shops")) and (words in said(maker.get("/console"))) == soon


def test_the_log_says_once_a_day_that_the_servers_keys_end(city, caplog, monkeypatch):
    kept_until(city, 30)
    clock, work = [0.0], Work(city.office, city.folder.path / "work.lock")
    monkeypatch.setattr("app.work.time.monotonic", lambda: clock[0])
    for _ in range(3):
        clock[0] += SELDOM_S
        work.tick()
    assert sum("key ends on" in line for line in caplog.messages) == 1


def test_an_officer_reads_when_their_own_key_ends(city):
    maker = Desk(city, MAKER)
    for days, told in ((31, False), (30, True)):
        sheet = officer.sheet_for(city.office, MAKER, maker.key.public, orders.MAKER)
        [line] = sheet.certificates
        sheet = replace(sheet, certificates=(replace(line, body=replace(line.body, valid_until_s=city.now_s() + days * DAY_S)),))
        certify.admit(city.office, example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s()))
        assert ("내 열쇠가" in said(maker.get("/console"))) == ("에 끝납니다" in said(maker.get("/console/key"))) == told
