"""The background loop: what it does by itself, once, and what it does after it was stopped at any point."""

import os
import threading
from hashlib import sha256

import pytest

from app.chain import checkpoint
from app.chain.verify import replay
from app.desk import grant, pay, ready, seal
from app.money import orders, policy
from app.money.orders_offline import Policy
from app.money.state import Register
from app.people import lists
from app.store import database, sqlite
from app.store.audit import opened_log
from app.work import SELDOM_S, Work
from tests.cast import DAY_S, HELP, HOUR_S, MAKER, City, sale


@pytest.fixture
def city(tmp_path):
    city = City(tmp_path / "data")
    yield city
    city.close()


def work_of(city: City) -> Work:
    return Work(city.office, city.folder.path / "work.lock")


def report(city: City):
    with opened_log(city.office.store) as log:
        return replay(log)


def approved_list(city: City, wallets, won: int, programme: int = HELP) -> bytes:
    """A list that two officers approved and nobody has paid out yet."""
    raw = "".join(f"{wallet.reference},{won}\n" for wallet in wallets).encode()
    made = grant.upload(city.office, lists.Upload(programme, city.numbers[MAKER], "list.csv", raw))
    leaves = grant.leaves(made, lists.payable(city.office.people, made.list_id))
    signed = city.signed(MAKER, orders.Grant(
        city.numbers[MAKER], programme, made.list_id, grant.leaves_root(leaves), made.count, made.total_won, city.now_s() + HOUR_S,
    ))
    grant.propose(city.office, city.numbers[MAKER], made.list_id, signed)
    grant.approve(city.office, city.numbers[1], made.list_id, city.approval(signed))
    return made.list_id


def test_a_checkpoint_covers_everything_and_an_idle_city_signs_nothing_more(city):
    work = work_of(city)
    work.tick()
    found = report(city)
    assert found.ok and found.checkpoints
    work.tick()
    signed = city.office.checkpoints.last()
    assert signed.size == city.office.store.head().size
    work.tick()
    assert city.office.checkpoints.last().note == signed.note


def test_the_dashboards_figures_follow_the_ledger_by_themselves(city):
    city.wallet(help_won=5_000)
    work_of(city).tick()
    assert set(city.office.tally.moved(0, 2**31).values()) == {5_000}


def test_approved_lists_are_paid_without_anybody_watching(city):
    wallets = [city.wallet() for _ in range(3)]
    list_id = approved_list(city, wallets, 1_000)
    assert [city.balance_won(wallet) for wallet in wallets] == [0, 0, 0]
    work_of(city).tick()
    assert [city.balance_won(wallet) for wallet in wallets] == [1_000, 1_000, 1_000]
    assert grant.progress(city.office, list_id).next_row == 3 and grant.unfinished(city.office) == []


def test_a_list_whose_payment_was_cut_off_goes_on_where_the_chain_is(city, monkeypatch):
    wallets = [city.wallet() for _ in range(5)]
    list_id = approved_list(city, wallets, 1_000)
    monkeypatch.setattr(grant, "ROWS_AT_ONCE", 2)
    portions = grant.pay_rows(city.office, list_id)
    assert next(portions) == 2
    portions.close()
    work_of(city).tick()
    assert [city.balance_won(wallet) for wallet in wallets] == [1_000] * 5
    assert report(city).ok


def test_an_approval_that_the_crash_kept_from_the_chain_is_entered_by_the_loop(city, monkeypatch):
    wallet = city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        list_id = approved_list(city, [wallet], 700)
    assert grant.progress(city.office, list_id) is None
    work_of(city).tick()
    assert city.balance_won(wallet) == 700


def test_a_list_that_is_stuck_holds_up_no_other_and_not_the_day(city, monkeypatch):
    """What its maker signed can't be entered, as when they have another key since: it is over."""
    stuck, paid = city.wallet(), city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        list_id = approved_list(city, [stuck], 700)
    city.office.people.tables().execute("UPDATE list SET proposal = ? WHERE list_id = ?", (
        lists.get(city.office.people, list_id).proposal[:-1] + b"?", list_id))
    approved_list(city, [paid], 500)
    work_of(city).tick()
    assert (city.balance_won(stuck), city.balance_won(paid)) == (0, 500)
    found = lists.get(city.office.people, list_id)
    assert (found.state, found.why) == (lists.REFUSED, "MALLEATED_SIGNATURE")
    city.wait(1)
    assert seal.totals(city.office) == []       # they were written in the same round


def test_the_loop_sees_every_list_that_is_not_paid_and_no_other(city, monkeypatch):
    wallet = city.wallet()
    approved_list(city, [wallet], 1)
    work_of(city).tick()
    assert grant.unfinished(city.office) == lists.unpaid(city.office.people) == []
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        oldest = approved_list(city, [wallet], 700)
    for _ in range(101):
        grant.upload(city.office, lists.Upload(HELP, city.numbers[MAKER], "", f"{wallet.reference},1\n".encode()))
    people = city.office.people.tables()
    people.execute("UPDATE list SET state = 'approved' WHERE state = 'draft'")
    left = grant.unfinished(city.office)
    assert left[0] == oldest and len(left) == 102


def test_of_two_lists_that_only_one_budget_holds_the_second_is_over_and_says_why(city, monkeypatch):
    programme = city.open_programme(coin=1, budget_won=1_000)
    first, second = city.wallet(), city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        crash.setattr(grant, "affordable", lambda *_: None)     # both were approved at the same moment
        won, lost = (approved_list(city, [wallet], 700, programme) for wallet in (first, second))
    work_of(city).tick()
    found = lists.get(city.office.people, lost)
    assert (found.state, found.why) == (lists.REFUSED, "BUDGET_SPENT")
    assert (city.balance_won(first), city.balance_won(second)) == (700, 0)
    work_of(city).tick()
    city.top_up(programme, {second: 300})       # its maker makes a new one
    assert city.balance_won(second) == 300 and grant.unfinished(city.office) == []


def test_a_list_over_its_officers_day_at_its_start_is_over_and_says_why_and_is_not_tried_again(city, monkeypatch):
    first, second = city.wallet(), city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        lost = approved_list(city, [first], 700)
    now_s = city.now_s()
    city.hand_in(Policy(0, policy.DAY_OFFICER, 1_000, now_s, now_s + HOUR_S, bytes(8), now_s + HOUR_S))
    with monkeypatch.context() as moment:
        moment.setattr(grant, "affordable", lambda *_: None)    # both were approved at the same moment
        city.top_up(HELP, {second: 400})
    tried = []
    monkeypatch.setattr(grant, "enter", lambda office, list_id, enter=grant.enter: tried.append(list_id) or enter(office, list_id))
    work = work_of(city)
    for _ in range(3):
        work.tick()
    found = lists.get(city.office.people, lost)
    assert (found.state, found.why) == (lists.REFUSED, "OVER_OFFICER_LIMIT") and tried == [lost]
    assert city.balance_won(first) == 0 and grant.unfinished(city.office) == []


def test_a_list_whose_approval_does_not_hold_waits_for_another_checker(city, monkeypatch):
    wallet = city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(grant, "enter", lambda *_: None)
        list_id = approved_list(city, [wallet], 700)
    city.office.people.tables().execute("UPDATE list SET approval = ? WHERE list_id = ?", (
        lists.get(city.office.people, list_id).approval[:-1] + b"?", list_id))
    work_of(city).tick()
    assert lists.get(city.office.people, list_id).state == lists.PROPOSED


def test_a_row_that_is_not_as_it_was_signed_is_said_and_holds_up_no_other_list(city, caplog):
    wrong, right = [city.wallet() for _ in range(2)]
    list_id = approved_list(city, [wrong], 700)
    city.office.people.tables().execute("UPDATE list_row SET amount_won = 701 WHERE amount_won = 700")
    approved_list(city, [right], 500)
    work_of(city).tick()
    assert "LIST_DIFFERS" in caplog.text
    assert (city.balance_won(wrong), city.balance_won(right)) == (0, 500)
    assert grant.unfinished(city.office) == [list_id]


def test_a_list_that_the_crash_left_between_the_two_databases_is_issued(city, monkeypatch):
    wallet = city.wallet()
    with monkeypatch.context() as crash:
        crash.setattr(lists, "issued", lambda *_: None)
        list_id = approved_list(city, [wallet], 700)
    assert lists.get(city.office.people, list_id).state == lists.APPROVED
    work_of(city).tick()
    assert lists.get(city.office.people, list_id).state == lists.ISSUED and city.balance_won(wallet) == 700


def test_without_the_record_of_checkpoints_nothing_is_signed_and_the_rest_goes_on(city, caplog):
    wallet = city.wallet()
    approved_list(city, [wallet], 700)
    city.office.checkpoints.record.rename(city.folder.path / "away")
    work = work_of(city)
    work.tick()
    assert "is missing" in caplog.text and not work.halted
    assert city.balance_won(wallet) == 700


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_a_bug_the_loop_goes_on(city, monkeypatch):
    monkeypatch.setattr("app.work.AGAIN_S", 0.01)
    work, ticks, again = work_of(city), [], threading.Event()

    def tick():
        ticks.append(1)
        if len(ticks) == 1:
            raise ZeroDivisionError
        again.set()

    work.tick = tick
    work.start()
    assert again.wait(10)
    work.stop()


def test_the_days_totals_are_written_once_a_day_and_are_true(city):
    city.wallet(help_won=3_000)
    city.wallet(give_won=500)
    size = city.office.store.head().size
    assert len(seal.totals(city.office)) == 2
    city.wait(1)
    assert seal.totals(city.office) == []
    assert city.office.store.head().size == size + 4     # two entries, each with its block
    city.wait(DAY_S)
    assert len(seal.totals(city.office)) == 2
    assert report(city).ok


def test_the_day_begins_at_midnight_in_the_city(city):
    city.clock.now_s = 1_795_359_599        # 23:59:59 in Seoul
    day = seal.city_day(city.office, city.now_s())
    assert seal.city_day(city.office, city.now_s() + 1) == day + 1


def test_what_has_expired_goes_back_to_its_programme(city):
    programme = city.open_programme(coin=1, lives_s=2 * HOUR_S)
    wallet = city.wallet(help_won=1_000)
    city.top_up(programme, {wallet: 400})
    assert seal.expire(city.office) == 0
    city.wait(2 * HOUR_S)
    assert seal.expire(city.office) == 1 and seal.expire(city.office) == 0
    assert city.balance_won(wallet) == 1_000
    figures = {each.programme: each for each in city.office.store.figures()}
    assert figures[programme].expired_won == 400 and figures[programme].left_won == 1_000_000
    assert report(city).ok


def test_the_loop_empties_every_lot_that_expired_and_then_looks_at_new_ones_alone(city, monkeypatch):
    programme = city.open_programme(coin=1, lives_s=2 * HOUR_S)
    wallets = [city.wallet() for _ in range(5)]
    city.top_up(programme, {wallet: 400 for wallet in wallets})
    work = work_of(city)
    city.wait(2 * HOUR_S)
    monkeypatch.setattr(seal, "EXPIRE_AT_ONCE", 2)
    work._expire()
    assert [city.balance_won(wallet) for wallet in wallets] == [0] * 5
    assert work._swept_s == city.now_s() - HOUR_S
    later = city.open_programme(coin=1, lives_s=2 * HOUR_S)
    city.top_up(later, {wallets[0]: 300})
    city.wait(2 * HOUR_S)
    work._expire()
    assert city.balance_won(wallets[0]) == 0 and report(city).ok


def test_a_database_behind_its_last_checkpoint_halts_instead_of_forking(city):
    work = work_of(city)
    work.tick()
    signer, head = city.office.checkpoints, city.office.store.head()
    signer.record.write_text(checkpoint.sign(signer.origin, head.size + 5, os.urandom(32), signer.key).note)
    city.wallet(linked=False)
    work.tick()
    assert work.halted and city.office.store.halted()
    with pytest.raises(Exception, match="HALTED"):
        city.wallet(linked=False)


def test_after_a_halt_the_loop_works_again_once_the_operator_lifted_it(city):
    work = work_of(city)
    city.office.store.halt("the audit found a difference")
    work.tick()
    assert work.halted and city.office.store.checkpoint() is None
    city.office.store.lift()
    work.tick()
    assert not work.halted and city.office.store.checkpoint()


def test_outside_the_time_of_the_servers_keys_the_loop_signs_nothing_and_says_why(city, caplog):
    work = work_of(city)
    city.accept_keys(HOUR_S)
    city.wait(HOUR_S)
    work.tick()
    work.tick()
    assert city.office.store.checkpoint() is None and caplog.text.count("`renew`") == 1
    city.accept_keys(HOUR_S)
    work.tick()
    assert city.office.store.checkpoint()


def test_a_key_whose_time_ends_while_a_list_is_paid_signs_nothing_more(city, monkeypatch):
    wallets = [city.wallet() for _ in range(4)]
    approved_list(city, wallets, 1_000)
    monkeypatch.setattr(grant, "ROWS_AT_ONCE", 2)
    city.accept_keys(HOUR_S)
    work, paid = work_of(city), grant.pay_rows

    def slowly(office, list_id):
        for portion in paid(office, list_id):
            yield portion
            city.wait(HOUR_S)
    monkeypatch.setattr(grant, "pay_rows", slowly)
    work.tick()
    assert city.balance_won(wallets[3]) == 1_000
    assert city.office.checkpoints.last().size < city.office.store.head().size - 1
    monkeypatch.undo()
    city.accept_keys(HOUR_S)
    work.tick()
    found = report(city)
    assert found.ok and found.after_checkpoint < 5, found.problem


def test_an_auditor_takes_every_checkpoint_and_every_day_of_a_city_that_works(city):
    work, days = work_of(city), 4
    wallet, till = city.wallet(help_won=1_000), city.till()
    for _ in range(days):
        work._seldom_at_s = -SELDOM_S
        work.tick()
        request = till.request(10)
        pay.settle(city.office, wallet.payment(request), request)
        work.tick()
        city.wait(DAY_S)
        city.accept_keys(DAY_S + HOUR_S)
    work._seldom_at_s = -SELDOM_S
    work.tick()
    found = report(city)
    assert (found.problem, found.remarks) == (None, ()) and found.checkpoints >= 2 * days


def test_which_files_are_served_stands_in_the_log_whenever_it_is_another_list(city):
    def told() -> list[int]:
        return city.office.store.entries_of(Register.SERVED, 0)

    for manifest in (b"one", b"one", b"two"):
        for _ in range(2):      # as the server is started again
            work = Work(city.office, city.folder.path / "work.lock", manifest)
            work.tick()
            work.tick()
    assert len(told()) == 2
    assert city.office.store.get(Register.SERVED, 0).digest == sha256(b"two").digest()
    work_of(city).tick()        # a server that gives nothing to browsers says nothing
    assert len(told()) == 2 and report(city).ok


def test_a_clock_that_cannot_be_believed_is_said_once_and_so_is_its_end(city, caplog):
    work, line = work_of(city), city.line()
    city.wallet(linked=False)
    city.clock.now_s -= 45
    work.tick()
    work.tick()
    assert caplog.text.count("45 s behind the last entry") == 1 and city.office.store.checkpoint()
    answer = line.get("/readyz")
    assert (answer.status, answer.json["ready"]) == (503, False) and "45 s behind" in answer.json["why"]
    city.clock.now_s += 45
    work.tick()
    assert caplog.text.count("payments go on") == 1 and line.get("/readyz").json["ready"] is True
    city.clock.now_s += HOUR_S
    assert "start `run` again" in line.get("/readyz").json["why"]
    city.wait(0)
    city.office.store.halt("the audit found a difference")
    assert "`resume`" in line.get("/readyz").json["why"]


def test_a_disk_that_fills_up_is_said_early_stops_everything_before_a_write_breaks_and_ends_by_itself(city, caplog, monkeypatch):
    kim, till = city.wallet(help_won=1_000), city.till()
    work, line = work_of(city), city.line()
    left = database.free_bytes(city.folder.chain)
    monkeypatch.setattr(ready, "EARLY_ROOM", 0)
    work.tick()
    assert caplog.messages == [] and line.get("/readyz").json["ready"] and line.get("/readyz").json["disk"] == ""

    monkeypatch.setattr(ready, "EARLY_ROOM", 2 * left)
    work._seldom_at_s = -SELDOM_S
    work.tick()
    assert len(caplog.messages) == 1 and "below 64 MB nothing is paid any more" in caplog.messages[0]
    assert line.get("/readyz").json["ready"] and "below 64 MB nothing is paid" in line.get("/readyz").json["disk"]

    with monkeypatch.context() as filled:
        filled.setattr(sqlite, "LEAST_ROOM", 2 * left)
        code = kim.code(100)
        charge = till.charge(code, 100)
        refused = line.post("/api/sales", sale(code, charge))
        assert (refused.status, refused.word) == (503, "HALTED")
        why = line.get("/readyz")
        assert why.status == 503 and "MB left" in why.json["why"] and "make room" in why.json["why"]
        work.tick()
        assert f"nothing is paid: {why.json['why'][:20]}" in caplog.messages[-1]
    assert line.post("/api/sales", sale(code, charge)).status == 200      # the same messages
    work.tick()
    assert caplog.messages[-1] == "payments go on" and line.get("/readyz").status == 200


def test_of_two_loops_on_one_city_only_one_works(city):
    first, second = work_of(city), work_of(city)
    ticks = {first: 0, second: 0}
    both = threading.Event()

    def counted(work):
        def tick():
            ticks[work] += 1
            if sum(ticks.values()) > 2:
                both.set()
        return tick

    for work in (first, second):
        work.tick = counted(work)
        work.start()
    assert both.wait(10)
    first.stop()
    second.stop()
    assert sorted(ticks.values())[0] == 0, ticks


def test_the_seldom_work_is_seldom(city):
    work = work_of(city)
    work.tick()
    at_s = work._seldom_at_s
    work.tick()
    assert work._seldom_at_s == at_s and SELDOM_S >= 60
