"""Officers come in the order of their numbers: who comes early waits, and who never comes is given up."""

import time
from pathlib import Path

import pytest

from app import cli
from app.desk import certify, example, found, officer
from app.desk.certify import Sheet
from app.errors import Refusal, SetupError
from app.message.keys import Signer
from app.money import orders
from app.money.state import Register
from app.people import signin
from tests.cast import City
from tests.console.desk import Desk, said

KEY = Signer(bytes((77,)) * 32).public


def invited(city: City, login: str) -> int:
    return officer.invite(city.office, "새 담당자", login, orders.MAKER)[0]


def signed(city: City, sheet: Sheet) -> Sheet:
    return example.signed_by_roots(example.trial_of(city.folder), sheet, city.now_s())


def of_file(city: City, file: Path) -> Sheet:
    return signed(city, Sheet.from_text(file.read_text()))


def test_an_early_sheet_is_refused_and_stays_good(city):
    first, second = invited(city, "first"), invited(city, "second")
    early = signed(city, officer.sheet_for(city.office, second, KEY, orders.MAKER))
    with pytest.raises(Refusal) as refused:
        certify.admit(city.office, early)
    assert refused.value == Refusal("OFFICER_TURN", next=first)
    certify.admit(city.office, of_file(city, officer.dismiss(city.office, first)))
    certify.admit(city.office, early)
    assert city.office.store.get(Register.OFFICER, first).roles == 0
    assert city.office.store.get(Register.OFFICER, second).key == KEY


def test_two_officers_come_by_one_sheet(city):
    first, second = invited(city, "first"), invited(city, "second")
    lines = [officer.sheet_for(city.office, number, Signer(bytes((number,)) * 32).public, orders.MAKER).certificates[0] for number in (first, second)]
    genesis = city.office.store.genesis()
    with pytest.raises(Refusal, match="OFFICER_TURN"):
        certify.admit(city.office, signed(city, Sheet(genesis, (lines[1], lines[0]))))
    assert len(certify.admit(city.office, signed(city, Sheet(genesis, tuple(lines))))) == 2


def test_who_is_dismissed_signs_in_no_more_and_has_no_role(city):
    number = invited(city, "gone")
    certify.admit(city.office, signed(city, officer.sheet_for(city.office, number, KEY, orders.MAKER)))
    assert officer.state_of(city.office, number) == officer.LIVE
    file = officer.dismiss(city.office, number)
    assert signin.officer(city.office.people, number).disabled and officer.state_of(city.office, number) == officer.LIVE
    certify.admit(city.office, of_file(city, file))
    assert officer.state_of(city.office, number) == officer.DISMISSED
    with pytest.raises(Refusal, match="NOT_FOUND"):
        officer.dismiss(city.office, number + 1)


def test_a_trial_citys_roots_wait_for_the_officer_before(city):
    first, second = invited(city, "first"), invited(city, "second")
    roots = example.RootsAtHand(city.folder)
    early = officer.ask_roots(city.office, city.folder.path, second, KEY, orders.MAKER)
    roots._certify(city.office, early)
    assert early.exists()
    roots._certify(city.office, officer.dismiss(city.office, first))
    roots._certify(city.office, early)
    assert not early.exists() and city.office.store.get(Register.OFFICER, second).key == KEY


def test_the_console_says_who_comes_first(city):
    first, second = invited(city, "first"), invited(city, "second")
    early = signed(city, officer.sheet_for(city.office, second, KEY, orders.MAKER)).to_text()
    told = said(Desk.of_who_waits(city, 1).post("/console/key/signed", 409, sheet=early).page)
    assert f"{first}번 담당자가 아직 등록되지 않았습니다" in told and f"(dismiss {first})" in told


def test_the_operator_is_told_and_gives_the_number_up(tmp_path, capsys):
    city = City(tmp_path / "data", time.time)
    first, second = invited(city, "first"), invited(city, "second")
    early = tmp_path / "early.json"
    early.write_text(signed(city, officer.sheet_for(city.office, second, KEY, orders.MAKER)).to_text())
    city.close()

    def hagc(*words: object) -> str:
        cli.commands.main([*map(str, words), "--data", str(city.folder.path)], standalone_mode=False)
        return capsys.readouterr().out

    with pytest.raises(SetupError, match=f"officer {first} comes first: .* python -m app dismiss {first}"):
        hagc("admit", early)
    assert f"officer-{first}.sheet.json to the roots" in hagc("dismiss", first)
    file = city.folder.path / officer.OUTBOX / f"officer-{first}.sheet.json"
    file.write_text(of_file(city, file).to_text())
    hagc("admit", file)
    hagc("admit", early)
    office = found.open_office(city.folder, city.clock)
    assert office.store.get(Register.OFFICER, second).key == KEY
    example.close(office)
