"""A ledger is lost and an older copy is all that is left: the city is founded anew, and pays people what the copy says they held."""

import csv
import logging
import os
import shutil
from dataclasses import replace

import pytest

from app.chain.verify import replay
from app.desk import backup, cards, example, found, grant, holdings, pay
from app.desk.found import Folder
from app.errors import SetupError
from app.money import orders
from app.money.lists import leaves_root
from app.money.state import Register
from app.people import anew, closings, drafts, lists, register, repeats, signin, vendors
from app.people.people import People
from app.people.register import Details
from app.store.audit import opened_log
from app.work import Work
from tests.cast import CHECKER, GIVE, HELP, HOUR_S, MAKER, RESTAURANT, TOWN_OFFICE, City, Wallet


def pay_once(city: City, wallet: Wallet, till, won: int) -> None:
    code = wallet.code(won)
    pay.settle(city.office, code, till.charge(code, won))


def approve_list(city: City, programme: int, raw: bytes) -> bytes:
    """A file that an officer uploads and another approves; none of its rows is paid yet. Its id."""
    made = grant.judge(city.office, grant.upload(city.office, lists.Upload(programme, city.numbers[MAKER], "again.csv", raw)).list_id, 60)
    assert made.faulty == 0
    if before := repeats.seen(city.office.people, made.list_id):
        drafts.pay_again(city.office.people, made.list_id, city.numbers[MAKER], "the city was founded anew", before.list_id)
    leaves = grant.leaves(made, lists.payable(city.office.people, made.list_id))
    signed = city.signed(MAKER, orders.Grant(
        city.numbers[MAKER], programme, made.list_id, leaves_root(leaves), made.count, made.total_won, city.now_s() + HOUR_S))
    grant.propose(city.office, city.numbers[MAKER], made.list_id, signed)
    grant.approve(city.office, city.numbers[CHECKER], made.list_id, city.approval(signed))
    return made.list_id


def pay_list(city: City, programme: int, raw: bytes) -> None:
    for _ in grant.pay_rows(city.office, approve_list(city, programme, raw)):
        pass


def link(city: City, wallet: Wallet, person: bytes) -> None:
    city.hand_in(orders.Link(city.numbers[MAKER], wallet.account, person, os.urandom(8), city.now_s() + HOUR_S))


def give_card(city: City, person: bytes) -> None:
    city.hand_in(cards.make(city.office, city.numbers[MAKER], person, (os.urandom(8), city.now_s() + HOUR_S)))


def rows(file) -> list[list[str]]:
    return list(csv.reader(file.read_text(encoding="utf-8").splitlines()))


def founded_in_another_order(path, monkeypatch) -> City:
    """The same city, its shops registered from the last to the first."""
    read = example.read_example
    monkeypatch.setattr(example, "read_example", lambda *of: replace(read(*of), shops=read(*of).shops[::-1]))
    return City(path)


def test_a_city_founded_anew_pays_what_the_last_copy_says_people_held(tmp_path, monkeypatch, caplog):
    old = City(tmp_path / "old")
    kim, till = old.wallet(help_won=10_000, give_won=2_000), old.till()
    lee = register.add(old.office.people, Details("이순이", "1944-01-01", ""))      # without a wallet: money waits
    pay_list(old, HELP, f"{lee.reference},7000\n".encode())
    ryu = register.add(old.office.people, Details("류순자", "1940-01-01", ""))      # with a paper card
    give_card(old, ryu.token)
    pin = cards.new_pin(old.office, old.numbers[MAKER], cards.of_person(old.office, ryu.token))
    pay_list(old, HELP, f"{ryu.reference},900\n".encode())
    pay_once(old, kim, till, 3_000)
    half = approve_list(old, HELP, f"{kim.reference},60\n{lee.reference},40\n".encode())
    monkeypatch.setattr(grant, "ROWS_AT_ONCE", 1)
    next(grant.pay_rows(old.office, half))                                          # the server stopped in the middle
    closings.add(old.office.people, closings.Closing(RESTAURANT, 0, 0, 1, 5, old.now_s(), till.number, 0))
    vendors.add_token(old.office.people, bytes(32), (RESTAURANT, till.number), "vendor")
    backup.make(old.folder, tmp_path / "copy")
    pay_once(old, kim, till, 500)                                                   # what nobody gets back
    old.close()

    before = {file.name: file.read_bytes() for file in (tmp_path / "copy").iterdir()}
    sums = {each.file: (each.rows, each.won) for each in holdings.write(Folder(tmp_path / "copy"), tmp_path / "lists")}
    assert {file.name: file.read_bytes() for file in (tmp_path / "copy").iterdir()} == before
    assert (sums["programme-1.csv"], sums["programme-2.csv"], sums["others.csv"], sums["shops.csv"]) == ((3, 14_960), (1, 2_000), (0, 0), (1, 3_000))
    assert sorted(rows(tmp_path / "lists" / "programme-1.csv")[1:]) == sorted([[kim.reference, "7060"], [lee.reference, "7000"], [ryu.reference, "900"]])
    assert sums["unpaid-1.csv"] == (1, 40) and rows(tmp_path / "lists" / "unpaid-1.csv")[1:] == [[lee.reference, "40"]]
    assert rows(tmp_path / "lists" / "shops.csv")[1][0] == str(RESTAURANT)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "lists").iterdir()} == {0o600}
    assert [file.name for file in (tmp_path / "lists").glob("people*")] == ["people.sqlite"]        # one file, that can be carried alone

    new = founded_in_another_order(tmp_path / "new", monkeypatch)
    example.close(new.office)
    for left in new.folder.path.glob("people.sqlite*"):
        left.unlink()
    shutil.copy(tmp_path / "lists" / "people.sqlite", new.folder.people)
    shutil.copy(old.folder.card_key, new.folder.card_key)                           # out of the safe
    new.office = found.open_office(new.folder, new.clock)
    work = Work(new.office, new.folder.path / "work.lock")
    with caplog.at_level(logging.WARNING):
        work.tick()
    assert caplog.text == "" and closings.of(new.office.people, RESTAURANT, 0) == []    # another shop has this number now
    assert vendors.tokens(new.office.people, RESTAURANT) == []
    again = Wallet(new)
    link(new, again, kim.person)
    give_card(new, ryu.token)                                                       # the same card, signed for anew
    for programme in (HELP, GIVE):
        pay_list(new, programme, (tmp_path / "lists" / f"programme-{programme}.csv").read_bytes())
    pay_list(new, HELP, (tmp_path / "lists" / "unpaid-1.csv").read_bytes())
    work.tick()
    assert new.balance_won(again) == 7_060 + 2_000 and not work.halted
    waiting = new.office.store.get(Register.RESERVED, lee.token)
    assert sum(lot.balance_won for lot in new.office.store.lots_of(3, waiting.number)) == 7_040
    till = new.till(TOWN_OFFICE + 1 - RESTAURANT)
    pay_once(new, again, till, 9_000)
    number = cards.of_person(new.office, ryu.token).number
    assert cards.pay(new.office, till.number, (number, pin), till.request(900)).receipt
    with opened_log(new.office.store) as log:
        assert replay(log).ok
    new.close()


def test_whose_money_is_whose(city, tmp_path):
    """In a wallet that was taken from a person it stays theirs until another is linked; then it is in a file of its own."""
    kim = city.wallet(help_won=4_000)
    link(city, kim, b"")
    sums = {each.file: (each.rows, each.won) for each in holdings.write(city.folder, tmp_path / "one")}
    assert sums["programme-1.csv"] == (1, 4_000) and sums["others.csv"] == (0, 0)
    link(city, Wallet(city), kim.person)
    sums = {each.file: (each.rows, each.won) for each in holdings.write(city.folder, tmp_path / "two")}
    assert sums["programme-1.csv"] == (0, 0)
    assert rows(tmp_path / "two" / "others.csv")[1] == [kim.account.hex(), "1", "4000"]
    with pytest.raises(SetupError, match="name a new folder"):
        holdings.write(city.folder, tmp_path / "two")


def test_what_lies_in_a_wallet_that_is_somebody_elses_now_is_not_paid_to_who_had_it_before(city, tmp_path):
    """A registrar links Kim to Lee's phone by mistake, takes it back, and links Lee."""
    phone = Wallet(city)
    people = (register.add(city.office.people, Details(name, "1950-03-14", "")) for name in ("김순자", "이순이"))
    lee, kim = sorted(people, key=lambda one: one.token)        # who comes last in the ledger is not who has it
    link(city, phone, kim.token)
    link(city, phone, b"")
    link(city, phone, lee.token)
    pay_list(city, HELP, f"{lee.reference},4000\n".encode())
    holdings.write(city.folder, tmp_path / "one")
    assert rows(tmp_path / "one" / "programme-1.csv")[1:] == [[lee.reference, "4000"]]
    link(city, phone, b"")                      # was both of theirs, and is nobody's
    holdings.write(city.folder, tmp_path / "two")
    assert rows(tmp_path / "two" / "programme-1.csv")[1:] == []
    assert rows(tmp_path / "two" / "others.csv")[1:] == [[phone.account.hex(), "1", "4000"]]


def test_nothing_is_left_of_lists_that_could_not_be_written_to_the_end(city, tmp_path, monkeypatch):
    monkeypatch.setattr(holdings.anew, "carry", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SetupError, match="No space left"):
        holdings.write(city.folder, tmp_path / "one")
    assert not list(tmp_path.glob("one*"))


def test_the_sum_of_a_half_paid_list_whose_rows_are_gone_is_said(city, tmp_path):
    kim = city.wallet()
    list_id = approve_list(city, HELP, f"{kim.reference},60\n".encode())
    with city.office.people.write() as connection:
        connection.execute("DELETE FROM list WHERE list_id = ?", (list_id,))
    holdings.write(city.folder, tmp_path / "one")
    assert rows(tmp_path / "one" / "others.csv")[1:] == [["", "1", "60"]]


def test_every_table_of_the_people_database_goes_along_or_stays(city):
    tables = {name for (name,) in city.office.people.read().execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
    assert not set(anew.GOES) & set(anew.STAYS) and set(anew.GOES) | set(anew.STAYS) == tables


def test_people_officers_and_the_access_record_go_along_whole(city, tmp_path):
    kim = city.wallet()
    register.unmask(city.office.people, city.numbers[MAKER], kim.person, "at the counter")
    signin.one_time_code(city.office.people, 1)
    anew.carry(city.office.people, tmp_path / "people.sqlite")
    made = People(tmp_path / "people.sqlite", city.clock)
    for table in (*anew.GOES, *anew.STAYS):
        here, there = ([*people.read().execute(f"SELECT * FROM {table}")] for people in (city.office.people, made))
        assert there == (here if table in anew.GOES or table == "migration" else []), table
    assert signin.officer(made, 1) == signin.officer(city.office.people, 1)
    assert register.add(made, Details("새 사람", "1950-03-14", "")).reference not in {kim.reference}
    made.close()


def test_money_that_has_ended_and_people_who_were_erased(city, tmp_path):
    kim = city.wallet()
    short = city.open_programme(1, lives_s=HOUR_S)
    city.top_up(short, {kim: 300})
    city.wait(2 * HOUR_S)
    city.top_up(HELP, {kim: 100})
    register.erase(city.office.people, city.numbers[MAKER], kim.person, "asked for it")
    sums = {each.title: (each.rows, each.won) for each in holdings.write(city.folder, tmp_path / "one")}
    assert sums[f"사업 {short}"] == (0, 0) and (1, 100) in sums.values()
    assert rows(tmp_path / "one" / "programme-1.csv")[1] == [f"erased {kim.person.hex()}", "100"]
