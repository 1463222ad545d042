"""What the sequencer promises: each order once, the same answer for the same messages, a refused code stays refused."""

import threading
import time

import pytest

from app.errors import Refusal
from app.message import cose
from app.money import orders
from app.money.orders import Act, Sale
from app.money.state import RESIDENT, Register
from app.store.clock import anchor_s
from app.store.database import connect
from app.store.deciding import FIRST_ALIASES
from app.store.sequencer import MOST_OPENINGS, Sequencer
from tests.store.cast import CHECKER, DAY_S, MAKER, NOON_S, REGISTRAR, City, key


def refused(city: City, order) -> Refusal:
    with pytest.raises(Refusal) as caught:
        city.sequencer.submit(order)
    return caught.value


def word(city: City, order) -> str:
    return refused(city, order).word


def audited(city: City) -> None:
    report = city.audit()
    assert report.ok, report.problem


# --- each order once


def test_the_same_messages_get_the_same_entry_in_a_batch_later_and_after_a_restart(city):
    city.grant({"mina": 10_000})
    sale = city.sale("mina", 300)
    (one, other) = city.sequencer.submit_many([sale, sale])
    assert one == other == city.sequencer.submit(sale)
    assert city.started().submit(sale) == one
    assert (city.won("mina"), city.shop_won()) == (9_700, 300)


def test_every_kind_of_act_sent_again_gets_its_entry(city):
    city.grant({"mina": 10_000})
    sold = city.sequencer.submit(city.charge(city.code("mina", 500), 400))
    for act in (
        city.refund(sold, 100),
        city.opening("sora"),
        city.act(orders.AliasBatch(city.aliases["mina"], 3, city.nonce(), city.soon_s()), "mina"),
        city.act(orders.Freeze(REGISTRAR, city.accounts["jun"], 1, city.nonce(), city.soon_s()), "registrar"),
    ):
        number = city.sequencer.submit(act)
        assert city.sequencer.submit(act) == number
    assert city.won("mina") == 9_700
    audited(city)


def test_another_charge_on_a_used_code_is_refused_and_the_first_keeps_its_answer(city):
    city.grant({"mina": 10_000})
    code = city.code("mina", 500)
    first, second = city.charge(code, 400), city.charge(code, 100)
    number = city.sequencer.submit(first)
    assert word(city, second) == "CODE_USED"
    assert city.sequencer.submit(first) == number and city.shop_won() == 400


def test_the_same_id_under_another_key_has_its_own_word(city):
    freeze = orders.Freeze(REGISTRAR, city.accounts["jun"], 1, city.nonce(), city.soon_s())
    city.sequencer.submit(city.act(freeze, "registrar"))
    body = orders.Officer(0, REGISTRAR, key("new registrar").public, 20, 0, 2**52, city.nonce(), city.soon_s())
    city.sequencer.submit(city.approved(body, "root0"))
    assert word(city, city.act(freeze, "new registrar")) == "ID_UNDER_OTHER_KEY"
    assert city.sequencer.submit(city.act(freeze, "registrar")) > 0     # the first signer asks again


def test_an_approval_that_was_used_up_is_no_message_of_its_own(city):
    body = orders.Programme(
        1, 2, 1, 1000, NOON_S, NOON_S + DAY_S, NOON_S + DAY_S, b"", b"Milk", city.nonce(), city.soon_s()
    )
    act = city.approved(body, "maker")
    city.sequencer.submit(act)
    assert word(city, Act(act.approvals[0])) == "UNKNOWN_KIND"


def test_many_threads_get_each_their_own_answer(city):
    city.grant({"mina": 100 * 10})
    sales = [city.sale("mina", 100) for _ in range(20)]
    answers: dict[int, object] = {}

    def pay(at: int) -> None:
        (answers[at],) = city.sequencer.submit_many([sales[at]])

    threads = [threading.Thread(target=pay, args=(at,)) for at in range(len(sales))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settled = [answer for answer in answers.values() if isinstance(answer, int)]
    assert len(settled) == len(set(settled)) == 10
    for at, answer in answers.items():
        if isinstance(answer, int):
            assert city.store.entry_of(sales[at].payer.body.expires_at_s, sales[at].payer.id) == answer
    assert (city.won("mina"), city.shop_won()) == (0, 1000)
    audited(city)


# --- a crowd that opens accounts


def test_openings_go_behind_payments_few_in_a_batch_and_few_wait(city, monkeypatch):
    city.grant({"mina": 100 * 30})
    sales = [city.sale("mina", 100) for _ in range(30)]
    batches: list[tuple[int, int]] = []
    settle = city.sequencer._settle

    def settled(batch):
        kinds = [type(ticket.order) for ticket in batch]
        batches.append((kinds.count(Sale), kinds.count(Act)))
        settle(batch)

    monkeypatch.setattr(city.sequencer, "_settle", settled)
    strangers = [
        threading.Thread(target=city.sequencer.submit_opening, args=(city.opening(f"stranger {at}"),)) for at in range(20)
    ]
    payers = [threading.Thread(target=city.sequencer.submit, args=(sale,)) for sale in sales]
    with city.store.commit():           # nothing is decided while all of them come
        for thread in strangers:
            thread.start()
        while len(city.sequencer._openings) < 20 - MOST_OPENINGS:
            time.sleep(0.01)
        for thread in payers:
            thread.start()
        while city.sequencer._payments.qsize() < len(payers):
            time.sleep(0.01)
    for thread in strangers + payers:
        thread.join()
    paid_in = max(at for at, (payments, _) in enumerate(batches) if payments)
    assert paid_in <= 1 and max(openings for _, openings in batches) <= MOST_OPENINGS
    assert sum(openings for _, openings in batches) == 20
    audited(city)


def test_a_crowd_leaves_threads_for_payments(city, monkeypatch):
    """Each that waits holds a thread of those that answer."""
    monkeypatch.setattr("app.store.sequencer.OPENINGS_WAITING", 1)
    with city.store.commit():
        first = threading.Thread(target=city.sequencer.submit_opening, args=(city.opening("one"),))
        second = threading.Thread(target=city.sequencer.submit_opening, args=(city.opening("two"),))
        first.start()
        while city.sequencer._committer is None or city.sequencer._openings:    # until it is the committer's
            time.sleep(0.01)
        second.start()
        while not city.sequencer._openings:
            time.sleep(0.01)
        with pytest.raises(Refusal, match="BUSY"):
            city.sequencer.submit_opening(city.opening("three"))
    first.join()
    second.join()
    assert city.sequencer.submit_opening(city.opening("three")) > 0


# --- refusals


def test_a_refused_code_stays_refused_after_a_top_up(city):
    code = city.code("mina", 500)
    sale = city.charge(code, 400)
    first = refused(city, sale)
    assert first == Refusal("NOT_ENOUGH", spendable_here_won=0, balance_won=0, missing_won=400)
    city.grant({"mina": 10_000})
    assert refused(city, sale) == first
    assert refused(city, city.charge(code, 1)) == first
    assert city.started().submit_many([sale]) == [first]
    assert city.store.outcome(code.body.expires_at_s, code.id) == first
    assert city.won("mina") == 10_000


def test_a_request_that_one_could_not_pay_can_be_paid_by_another(city):
    city.grant({"jun": 1_000})
    request = city.request(700)
    payment = city.payment("mina", request)
    assert word(city, payment) == "NOT_ENOUGH"
    city.sequencer.submit(city.payment("jun", request))
    assert word(city, payment) == "NOT_ENOUGH"
    assert city.shop_won() == 700


def test_a_till_that_asks_too_much_does_not_spoil_the_code(city):
    city.grant({"mina": 10_000})
    code = city.code("mina", 500)
    greedy = city.charge(code, 501)
    assert word(city, greedy) == "OVER_CAP"
    city.sequencer.submit(city.charge(code, 500))
    assert word(city, greedy) in ("OVER_CAP", "CODE_USED")


def test_a_payment_handed_in_with_another_request_than_its_own_is_not_spoilt(city):
    """Whoever sees a phone's answer could else end it, with any request of theirs or of a till that was shut out."""
    city.grant({"mina": 10_000})
    city.shop(2)
    wanted, other = city.payment("mina", city.request(500)), city.request(500, till=2)
    assert word(city, Sale(wanted.payer, other)) == "OTHER_REQUEST"
    shut = orders.Till(REGISTRAR, 2, 2, 0, key("till 2").public, key("owner 2").public, city.nonce(), city.soon_s())
    city.sequencer.submit(city.act(shut, "registrar"))
    assert word(city, Sale(wanted.payer, other)) == "TILL_REVOKED"
    assert city.sequencer.submit(wanted) > 0


def test_a_charge_handed_in_with_another_code_is_not_spoilt(city):
    city.grant({"mina": 10_000})
    wanted = city.charge(city.code("mina", 500), 400)
    assert word(city, Sale(city.code("mina", 500), wanted.payee)) == "OTHER_CODE"
    assert city.sequencer.submit(wanted) > 0


@pytest.mark.parametrize("number, holder, refused_by", [
    (REGISTRAR, "registrar", "NO_RIGHT"), (MAKER, "maker", "NO_RIGHT"), (CHECKER, "a thief", "REVOKED_KEY"),
])
def test_a_second_officer_who_may_not_approve_does_not_spoil_what_the_first_signed(city, number, holder, refused_by):
    body = orders.Programme(
        MAKER, 2, 1, 1000, NOON_S, NOON_S + DAY_S, NOON_S + DAY_S, b"", b"Milk", city.nonce(), city.soon_s()
    )
    good = city.approved(body, "maker")
    bad = city.signed(orders.Approval(number, orders.OFFICERS, good.message.id, city.soon_s()), holder)
    assert word(city, Act(good.message, (bad,))) == refused_by
    assert city.sequencer.submit(good) > 0


def test_a_refusal_that_may_change_is_not_remembered(city):
    code = city.code("mina", 500)
    sale = city.charge(code, 400, till=2)
    assert word(city, sale) == "UNKNOWN_TILL"
    city.shop(2)
    city.grant({"mina": 10_000})
    assert city.sequencer.submit(sale) > 0


def test_refusals_go_when_their_messages_have_expired(city):
    sale = city.charge(city.code("mina", 500), 400)
    assert word(city, sale) == "NOT_ENOUGH"
    assert city.store.connection.execute("SELECT count(*) FROM refusal").fetchone() == (1,)
    city.clock.pass_s(3600)
    city.grant({"mina": 10_000})
    assert city.store.connection.execute("SELECT count(*) FROM refusal").fetchone() == (0,)
    assert word(city, sale) == "EXPIRED"


def test_a_refused_order_leaves_nothing_behind_for_the_orders_after_it_in_its_batch(city):
    city.grant({"mina": 1_000})
    size = city.store.head().size
    answers = city.sequencer.submit_many([
        city.sale("mina", 1_001), city.sale("mina", 600), city.sale("mina", 600), city.sale("mina", 400),
    ])
    assert [answer if isinstance(answer, int) else answer.word for answer in answers] == \
        ["NOT_ENOUGH", size, "NOT_ENOUGH", size + 1]
    assert (city.won("mina"), city.shop_won()) == (0, 1000)
    audited(city)


# --- a bug in one order


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_order_that_the_database_refuses_fails_alone(city, caplog):
    city.grant({"mina": 100_000})
    raw = connect(city.path)
    raw.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON leg WHEN NEW.amount_won = 4444 BEGIN SELECT RAISE(ABORT, 'bad'); END"
    )
    wanted = [city.sale("mina", won) for won in (100, 200, 4444, 300, 400)]
    answers = city.sequencer.submit_many(wanted)
    assert [answer.word for answer in answers if isinstance(answer, Refusal)] == ["INTERNAL"]
    assert isinstance(answers[2], Refusal)
    assert city.shop_won() == 1000
    assert city.sequencer.submit(city.sale("mina", 1)) > 0
    raw.execute("DROP TRIGGER poison")
    assert city.sequencer.submit(wanted[2]) > 0     # nothing was remembered of a bug
    assert "could not be entered: Payment + Request" in caplog.text
    assert "4444" not in caplog.text and "bytes" not in caplog.text     # never who, what or how much
    audited(city)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_decision_that_breaks_a_rule_of_posting_fails_alone(city):
    city.grant({"mina": 1_000})
    good, other = city.sale("mina", 100), city.sale("mina", 200)
    nobody = Sale(None, None)
    answers = city.sequencer.submit_many([good, nobody, other])
    assert [isinstance(answer, int) for answer in answers] == [True, False, True]
    assert answers[1] == Refusal("INTERNAL")
    audited(city)


# --- time


def test_the_entries_time_never_runs_backwards(city):
    city.grant({"mina": 1_000})
    city.clock.now_s -= 30
    number = city.sequencer.submit(city.sale("mina", 100))
    assert city.store.entry(number).time_s == NOON_S


@pytest.mark.parametrize("jump_s", [121, 3601, -3601])
def test_a_clock_that_jumps_halts_until_the_operator_confirms_it(city, jump_s):
    city.grant({"mina": 1_000})
    city.clock.pass_s(7200)
    city.clock.now_s += jump_s
    sale = city.sale("mina", 100)
    assert refused(city, sale) == Refusal("HALTED", jump_s=jump_s)
    city.sequencer.confirm_clock()
    assert city.sequencer.submit(sale) > 0


def test_a_step_by_which_a_clock_is_put_right_halts_nobody(city):
    city.grant({"mina": 1_000})
    city.clock.pass_s(7200)
    for step_s in (120, -120, -3600, 3600):
        city.clock.now_s += step_s
        assert city.sequencer.submit(city.sale("mina", 100)) > 0
        city.clock.pass_s(3600)


def test_a_clock_that_leapt_ahead_and_came_back_spoils_no_code_and_goes_on_by_itself(city):
    city.grant({"mina": 1_000})
    city.clock.now_s += 110
    city.sequencer.submit(city.sale("mina", 100))
    city.clock.now_s -= 110
    waits = [city.sale("mina", 100) for _ in range(3)]
    assert [refused(city, sale) for sale in waits] == [Refusal("HALTED", behind_s=110)] * 3
    city.clock.pass_s(80)
    for sale in waits:
        assert word(city, sale) == "EXPIRED"        # it was made 80 s ago and lived for 60
    assert city.sequencer.submit(city.sale("mina", 100)) > 0
    city.clock.pass_s(61)
    assert city.sequencer.submit(city.sale("mina", 100)) > 0


def test_what_a_clock_behind_refuses_can_be_sent_again(city):
    city.grant({"mina": 1_000})
    city.clock.now_s -= 40
    sale = city.sale("mina", 100)
    assert refused(city, sale) == Refusal("HALTED", behind_s=40) and not refused(city, sale).final
    city.clock.pass_s(10)
    assert city.sequencer.submit(sale) > 0


def test_a_process_that_takes_a_dead_ones_place_does_not_confirm_a_clock_that_jumped(city):
    city.grant({"mina": 1_000})
    anchor = anchor_s(city.clock, city.clock.uptime)
    city.clock.now_s += 30 * DAY_S
    respawned = Sequencer(city.store, city.clock, uptime=city.clock.uptime, anchor=anchor)
    assert respawned.submit_many([city.sale("mina", 100)]) == [Refusal("HALTED", jump_s=30 * DAY_S)]
    city.clock.now_s -= 30 * DAY_S
    city.clock.pass_s(2 * 3600)
    assert respawned.submit(city.sale("mina", 100)) > 0
    respawned.close()


def test_a_clock_behind_the_last_entry_is_waited_for_even_after_a_restart(city):
    city.grant({"mina": 1_000})
    city.clock.now_s -= 3601
    city.sequencer = city.started()
    assert refused(city, city.sale("mina", 100)) == Refusal("HALTED", behind_s=3601)
    city.clock.pass_s(3571)
    assert city.sequencer.submit(city.sale("mina", 100)) > 0


def test_a_city_that_was_idle_over_night_or_switched_off_for_a_week_goes_on(city):
    city.grant({"mina": 1_000})
    city.clock.pass_s(14 * 3600)
    assert city.sequencer.submit(city.sale("mina", 100)) > 0
    city.clock.now_s += 7 * DAY_S
    city.sequencer = city.started()
    number = city.sequencer.submit(city.sale("mina", 100))
    assert city.store.entry(number).time_s == NOON_S + 14 * 3600 + 7 * DAY_S


def test_a_halted_ledger_enters_nothing_in_any_process_until_it_is_lifted(city):
    city.grant({"mina": 1_000})
    sale = city.sale("mina", 100)
    city.store.halt("the audit found a difference")
    assert word(city, sale) == "HALTED"
    other = City(city.path, city.clock)
    assert other.sequencer.submit_many([sale]) == [Refusal("HALTED")]
    assert other.store.halted() == "the audit found a difference"
    other.close()
    city.store.lift()
    assert city.sequencer.submit(sale) > 0


# --- what the chain gives


def test_an_account_gets_its_address_and_aliases_from_the_chain(city):
    number = city.sequencer.submit(city.opening("sora"))
    address, aliases = city.store.get(Register.KEY, key("sora").public).account, []
    for alias, record in city.store.records(Register.ALIAS):
        if record.key == key("sora").public:
            aliases.append(alias)
    assert len(address) == 8 and len(aliases) == FIRST_ALIASES == len(set(aliases))
    assert city.store.entry(number).form == 1
    batch = city.act(orders.AliasBatch(aliases[0], 5, city.nonce(), city.soon_s()), "sora")
    size = city.store.head().size
    assert word(city, batch) == "NO_RIGHT" and city.store.head().size == size
    assert connect(city.path).execute("SELECT count(*) FROM refusal").fetchone() == (0,)    # nothing stays of a stranger's
    city.sequencer.submit(city.act(
        orders.Link(REGISTRAR, address, b"sora".ljust(16), city.nonce(), city.soon_s()), "registrar"))
    city.sequencer.submit(batch)
    assert len(city.store.records(Register.ALIAS)) == 3 * FIRST_ALIASES + 5


def test_a_second_device_gets_aliases_of_its_own_and_a_moved_key_keeps_its_own(city):
    new = orders.KeyAdd(REGISTRAR, city.accounts["jun"], key("tablet").public, 0, city.nonce(), city.soon_s())
    city.sequencer.submit(city.approved(new, "registrar"))
    city.sequencer.submit(city.opening("phone"))
    before = len(city.store.records(Register.ALIAS))
    moved = orders.KeyAdd(REGISTRAR, city.accounts["jun"], key("phone").public, 0, city.nonce(), city.soon_s())
    city.sequencer.submit(city.approved(moved, "registrar"))
    assert before == 4 * FIRST_ALIASES == len(city.store.records(Register.ALIAS))
    assert city.store.get(Register.KEY, key("phone").public).account == city.accounts["jun"]
    audited(city)


# --- lists, queues


def test_rows_run_beside_payments_and_each_pays_once(city):
    city.grant({"mina": 100_000})
    rows = city.listed([("jun", 10)] * 1000)
    paid: list[object] = []
    issuing = threading.Thread(target=lambda: paid.extend(city.sequencer.submit_rows(rows)))
    issuing.start()
    numbers = [city.sequencer.submit(city.sale("mina", 10)) for _ in range(20)]
    issuing.join()
    assert all(isinstance(answer, int) for answer in paid) and len(set(paid) | set(numbers)) == 1020
    assert [answer.word for answer in city.sequencer.submit_rows(rows[:3])] == ["ALREADY_DONE"] * 3
    assert (city.won("jun"), city.won("mina")) == (10_000, 99_800)
    audited(city)


def test_a_row_whose_person_has_no_account_goes_back_to_the_budget(city):
    city.grant({"mina": 100, "nobody": 50, "jun": 25})
    (figures,) = city.store.figures()
    assert (figures.granted_won, figures.issued_won) == (125, 125)
    audited(city)


def test_too_long_a_queue_is_answered_busy(city):
    assert city.sequencer.submit_many([city.sale("mina", 1)] * 9000) == [Refusal("BUSY")] * 9000


def test_a_sequencer_answers_what_is_queued_before_it_closes(city):
    city.grant({"mina": 1_000})
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.extend(city.sequencer.submit_many(
        [city.sale("mina", 1) for _ in range(300)]
    )))
    thread.start()
    thread.join()
    city.sequencer.close()
    assert len(answers) == 300 and all(isinstance(answer, int) for answer in answers)


def test_a_budget_that_is_cut_and_spent_in_one_batch_is_entered_in_order(city):
    """The new floor stands between the legs before and after it."""
    city.programme(2, 1, budget_won=1_000)
    rows = city.listed([("mina", 400)], programme=2)
    cut = orders.Programme(
        1, 2, 1, 400, NOON_S, NOON_S + 3000 * DAY_S, NOON_S + 3000 * DAY_S, b"", b"Food", city.nonce(), city.soon_s()
    )
    raised = orders.Programme(
        1, 2, 1, 900, NOON_S, NOON_S + 3000 * DAY_S, NOON_S + 3000 * DAY_S, b"", b"Food", city.nonce(), city.soon_s()
    )
    city.all_in([rows[0], city.approved(cut, "maker"), city.approved(raised, "maker")])
    issuer = city.store.lots_of(1, 2)[0]
    assert (issuer.balance_won, issuer.floor_won) == (-400, -900)
    audited(city)


def test_lots_of_many_residents_are_opened_in_one_batch(city):
    names = [f"resident {number}" for number in range(40)]
    city.residents(*names)
    city.grant(dict.fromkeys(names, 500))
    assert [city.won(name) for name in names] == [500] * 40
    assert len({lot.id for name in names for lot in city.store.lots_of(RESIDENT, city.number_of(name))}) == 40


def test_two_servers_in_turn_see_what_the_other_wrote(city):
    """What one process remembers of the state holds only for the head that it left itself."""
    city.grant({"mina": 1_000})
    other = City(city.path, city.clock)
    other.aliases, other.accounts = city.aliases, city.accounts
    for server in (city, other, other, city, other):
        server.sequencer.submit(server.sale("mina", 200))
    assert refused(city, city.sale("mina", 1)).facts["missing_won"] == 1
    assert other.won("mina") == 0
    other.close()
    audited(city)


def test_a_message_of_another_key_than_the_registered_is_not_remembered_against_the_owner(city):
    """REVOKED_KEY on a till's old key says nothing about what the new key signs."""
    city.grant({"mina": 1_000})
    body = orders.Request(1, 1, 100, city.nonce(), city.soon_s(), b"")
    forged = cose.verify(cose.parse(cose.sign(body, key("thief"), city.chain_id)), key("thief").public, city.chain_id)
    assert word(city, city.payment("mina", forged)) == "REVOKED_KEY"
    assert city.sequencer.submit(city.payment("mina", city.signed(body, "till 1"))) > 0
