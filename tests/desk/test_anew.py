"""A ledger is lost and an older copy is all that is left: the city is founded anew, and pays people what the copy says they held."""

import csv
import os
import shutil

import pytest

from app.chain.verify import replay
from app.desk import backup, cards, example, found, grant, holdings, pay
from app.desk.found import Folder
from app.errors import SetupError
from app.money import orders
from app.money.lists import leaves_root
from app.money.state import Register
from app.people import drafts, lists, register, repeats
from app.people.register import Details
from app.store.audit import opened_log
from app.work import Work
from tests.cast import CHECKER, GIVE, HELP, HOUR_S, MAKER, RESTAURANT, City, Wallet


def pay_once(city: City, wallet: Wallet, till, won: int) -> None:
    code = wallet.code(won)
    pay.settle(city.office, code, till.charge(code, won))


def pay_list(city: City, programme: int, raw: bytes) -> None:
    """A file that an officer uploads and another approves."""
    made = grant.judge(city.office, grant.upload(city.office, lists.Upload(programme, city.numbers[MAKER], "again.csv", raw)).list_id, 60)
    assert made.faulty == 0
    if repeats.seen(city.office.people, made.list_id):
        drafts.pay_again(city.office.people, made.list_id, city.numbers[MAKER], "the city was founded anew")
    leaves = grant.leaves(made, lists.payable(city.office.people, made.list_id))
    signed = city.signed(MAKER, orders.Grant(
        city.numbers[MAKER], programme, made.list_id, leaves_root(leaves), made.count, made.total_won, city.now_s() + HOUR_S))
    grant.propose(city.office, city.numbers[MAKER], made.list_id, signed)
    grant.approve(city.office, city.numbers[CHECKER], made.list_id, city.approval(signed))
    for _ in grant.pay_rows(city.office, made.list_id):
        pass


def link(city: City, wallet: Wallet, person: bytes) -> None:
    city.hand_in(orders.Link(city.numbers[MAKER], wallet.account, person, os.urandom(8), city.now_s() + HOUR_S))


def give_card(city: City, person: bytes) -> None:
    city.hand_in(cards.make(city.office, city.numbers[MAKER], person, (os.urandom(8), city.now_s() + HOUR_S)))


def rows(file) -> list[list[str]]:
    return list(csv.reader(file.read_text(encoding="utf-8").splitlines()))


def test_a_city_founded_anew_pays_what_the_last_copy_says_people_held(tmp_path):
    old = City(tmp_path / "old")
    kim, till = old.wallet(help_won=10_000, give_won=2_000), old.till()
    lee = register.add(old.office.people, Details("이순이", "1944-01-01", ""))      # without a wallet: money waits
    pay_list(old, HELP, f"{lee.reference},7000\n".encode())
    ryu = register.add(old.office.people, Details("류순자", "1940-01-01", ""))      # with a paper card
    give_card(old, ryu.token)
    pin = cards.new_pin(old.office, old.numbers[MAKER], cards.of_person(old.office, ryu.token))
    pay_list(old, HELP, f"{ryu.reference},900\n".encode())
    pay_once(old, kim, till, 3_000)
    backup.make(old.folder, tmp_path / "copy")
    pay_once(old, kim, till, 500)                                                   # what nobody gets back
    old.close()

    before = {file.name: file.read_bytes() for file in (tmp_path / "copy").iterdir()}
    sums = {each.file: (each.rows, each.won) for each in holdings.write(Folder(tmp_path / "copy"), tmp_path / "lists")}
    assert {file.name: file.read_bytes() for file in (tmp_path / "copy").iterdir()} == before
    assert (sums["programme-1.csv"], sums["programme-2.csv"], sums["others.csv"], sums["shops.csv"]) == ((3, 14_900), (1, 2_000), (0, 0), (1, 3_000))
    assert sorted(rows(tmp_path / "lists" / "programme-1.csv")[1:]) == sorted([[kim.reference, "7000"], [lee.reference, "7000"], [ryu.reference, "900"]])
    assert rows(tmp_path / "lists" / "shops.csv")[1][0] == str(RESTAURANT)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "lists").iterdir()} == {0o600}

    new = City(tmp_path / "new")
    example.close(new.office)
    for left in new.folder.path.glob("people.sqlite*"):
        left.unlink()
    shutil.copy(tmp_path / "copy" / "people.sqlite", new.folder.people)
    shutil.copy(old.folder.card_key, new.folder.card_key)                           # out of the safe
    new.office = found.open_office(new.folder, new.clock)
    work = Work(new.office, new.folder.path / "work.lock")
    work.tick()                                                                     # old lists mean nothing on this chain
    again = Wallet(new)
    link(new, again, kim.person)
    give_card(new, ryu.token)                                                       # the same card, signed for anew
    for programme in (HELP, GIVE):
        pay_list(new, programme, (tmp_path / "lists" / f"programme-{programme}.csv").read_bytes())
    work.tick()
    assert new.balance_won(again) == 7_000 + 2_000 and not work.halted
    waiting = new.office.store.get(Register.RESERVED, lee.token)
    assert sum(lot.balance_won for lot in new.office.store.lots_of(3, waiting.number)) == 7_000
    till = new.till()
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
