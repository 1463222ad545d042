"""Whoever has the file and a shell can drop a guard: then the auditor's replay finds what was changed."""

import pytest

from app.chain.block import origin
from app.chain.checkpoint import sign
from app.chain.verify import replay
from app.errors import Refusal
from app.money import orders
from app.money.state import RESIDENT
from app.store.audit import opened_log, state_root_job
from app.store.database import connect
from tests.store.cast import DAY_S, NOTICE, SWEEP, City, found, key

DAY = 20_833


@pytest.fixture
def busy(city):
    """A day of everything, a state root in a block, and a checkpoint over it all."""
    city.grant({"mina": 10_000, "jun": 5_000, "nobody": 70})
    sold = city.sequencer.submit(city.charge(city.code("mina", 5_000), 4_000))
    city.sequencer.submit(city.sale("jun", 5_000))
    city.sequencer.submit(city.refund(sold, 1_500))
    state_root_job(city.store, DAY)
    city.sequencer.submit(city.act(
        orders.Totals(NOTICE, DAY, 1, 15_000, 0, 0, 15_000, city.soon_s()), "notice"
    ))
    head = city.store.head()
    note = sign(origin(city.store.genesis(), "pay.example", 0), head.size, head.frontier.root(), key("checkpoint"))
    city.store.keep_checkpoint(0, head.size, head.time_s, note.note)
    return city


def test_an_honest_file_is_found_right(busy):
    report = busy.audit()
    assert report.ok, report.problem
    assert (report.sales, report.covered, report.checkpoints) == (2, busy.store.head().size, 1)


def test_the_audit_sees_one_moment_while_payments_go_on(busy):
    with opened_log(busy.store) as log:
        entries = log.entries()
        next(entries)
        busy.sequencer.submit(busy.sale("mina", 10))
        assert sum(1 for _ in entries) == busy.store.head().size - 3    # without genesis, the sale and its block
    assert busy.audit().ok


TAMPERING = {
    "a forged balance": "UPDATE lot SET balance_won = balance_won + 1000 WHERE owner_kind = 3 AND owner = 1",
    "money that was never there": "INSERT INTO lot SELECT max(id) + 1, 3, 99, 1, 5000000000, 77, 0, 0, NULL FROM lot",
    "a budget raised": "UPDATE lot SET floor_won = floor_won - 1000 WHERE owner_kind = 1",
    "a deleted leg": "DELETE FROM leg WHERE no = (SELECT max(no) FROM leg)",
    "a changed leg": "UPDATE leg SET amount_won = amount_won + 1 WHERE flow = 4",
    "a leg beside the entries": "INSERT INTO leg SELECT max(no) + 1, max(entry), 9, 4, 3, 5, 1 FROM leg",
    "a changed body": "UPDATE entry SET a = CAST(substr(a, 1, length(a) - 1) || x'63' AS BLOB) WHERE form = 2",
    "another's payment": "UPDATE entry SET b = (SELECT b FROM entry WHERE kind = 1) WHERE kind = 0",
    "a time put back": "UPDATE entry SET time_s = time_s - 60 WHERE number = 5",
    "a new salt": "UPDATE entry SET salt_a = zeroblob(32) WHERE form = 2",
    "the last entries cut off": "DELETE FROM entry WHERE number >= (SELECT max(number) - 1 FROM entry)",
    "an entry in the middle gone": "DELETE FROM entry WHERE kind = 0",
    "a record changed": "UPDATE record SET value = x'830118c801' WHERE register = 9",
    "a frozen account thawed": "DELETE FROM record WHERE register = 6",
    "an id set free": "DELETE FROM message_id WHERE entry = (SELECT number FROM entry WHERE kind = 0)",
    "an id given to another entry": "UPDATE message_id SET entry = entry - 1 WHERE entry > 20",
    "another block": "UPDATE block SET hash = zeroblob(32) WHERE height = 3",
    "a block gone": "DELETE FROM block WHERE height = (SELECT max(height) FROM block)",
    "a list changed": "UPDATE list SET leaves = zeroblob(length(leaves))",
    "another salt of the state root": "UPDATE state_root SET salt = zeroblob(32)",
    "a checkpoint of another history": "UPDATE checkpoint SET note = replace(note, char(10) || size, char(10) || (size - 1))",
}


def tampered(city: City, statement: str) -> None:
    """As a shell would do it: without settings, without guards."""
    raw = connect(city.path)
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("PRAGMA ignore_check_constraints = ON")
    triggers = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
    for trigger in triggers:
        raw.execute(f"DROP TRIGGER {trigger}")
    assert raw.execute(statement).rowcount > 0, "the attack touched nothing"
    raw.close()


@pytest.mark.parametrize("what", TAMPERING)
def test_what_a_shell_changes_is_found(busy, what):
    tampered(busy, TAMPERING[what])
    report = busy.audit()
    assert not report.ok, what


# --- what pages read ------------------------------------------------------------------------

FIRST_SALE = "(SELECT min(entry) FROM leg WHERE flow = 4)"
DERIVED = {
    "a payment hidden from its payer": (
        f"DELETE FROM mention WHERE kind = 3 AND entry = {FIRST_SALE}", "the mention of account 1 is missing"),
    "a sale hidden from its shop": (
        f"DELETE FROM mention WHERE kind = 4 AND entry = {FIRST_SALE}", "the mention of shop 1 is missing"),
    "the last sale of a till gone": (
        "DELETE FROM mention WHERE kind = 5 AND entry = (SELECT max(entry) FROM mention)", "the mention of till 1 is missing"),
    "a payment in another's history": (
        f"UPDATE mention SET owner = 77 WHERE kind = 3 AND entry = {FIRST_SALE}", "the mention of account 1 is missing"),
    "a payment in two histories": (
        f"INSERT INTO mention SELECT 3, 0, {FIRST_SALE}", "a mention of account 0 that the entry does not make"),
    "a mention of a block": (
        "INSERT INTO mention SELECT 4, 1, max(number) FROM entry", "a mention of shop 1 that the entry does not make"),
    "a mention of no entry": ("INSERT INTO mention VALUES (5, 1, 9999)", "entry 9999: a mention of till 1"),
    "less spent": (
        "UPDATE flowed SET amount_won = amount_won - 1 WHERE flow = 4",
        "what flowed in programme 1 by flow 4 differs: 9513 by the entries, 9512 in the log"),
    "nothing spent": ("DELETE FROM flowed WHERE flow = 4", "what flowed in programme 1 by flow 4 is missing"),
    "a flow from nowhere": ("INSERT INTO flowed VALUES (9, 4, 5)", "what flowed in programme 9 by flow 4 differs: None"),
    "another root of a subtree": ("UPDATE subtree SET hash = zeroblob(32) WHERE number = 1", "subtree 1/1 differs"),
    "a subtree gone": ("DELETE FROM subtree WHERE number = 0", "subtree 1/0 is missing"),
    "the last subtree gone": ("DELETE FROM subtree WHERE number = 1", "subtree 1/1 is missing"),
    "a subtree too many": ("INSERT INTO subtree VALUES (1, 2, zeroblob(32))", "subtree 1/2 is of no entries"),
}


@pytest.mark.parametrize("what", DERIVED)
def test_what_a_shell_changes_in_what_pages_read_is_found_and_named(busy, what):
    busy.all_in([busy.sale("mina", 1) for _ in range(2 * 256)])
    busy.sequencer.submit(busy.refund(busy.sequencer.submit(busy.sale("mina", 1)), 1))
    statement, said = DERIVED[what]
    assert busy.audit().ok
    tampered(busy, statement)
    assert said in str(busy.audit().problem)


def test_moved_money_is_reported_before_a_changed_page(busy):
    tampered(busy, "DELETE FROM mention WHERE kind = 3")
    tampered_again = connect(busy.path)
    tampered_again.execute("UPDATE lot SET balance_won = balance_won + 1 WHERE owner_kind = 3 AND owner = 1")
    tampered_again.close()
    assert "lot" in busy.audit().problem.what


def test_nothing_that_an_auditor_reads_is_sorted_in_memory(busy):
    """Sorting would hold every row of years at once."""
    asked = []
    with opened_log(busy.store) as log:
        log.connection.set_trace_callback(asked.append)
        assert replay(log).ok
        plans = [row[3] for query in asked if query.startswith(("SELECT", "\n"))
                 for row in log.connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert len(plans) > 10 and not [plan for plan in plans if "TEMP" in plan]


def test_a_remembered_refusal_is_no_money_and_may_be_gone(city):
    """Whoever takes it out lets the same code be judged again while it lives: by the rules, once."""
    code = city.code("mina", 5_000)
    assert isinstance(city.sequencer.submit_many([city.charge(code, 4_000)])[0], Refusal)
    city.grant({"mina": 10_000})
    before = city.audit()
    raw = connect(city.path)
    assert raw.execute("DELETE FROM refusal").rowcount == 1
    raw.close()
    assert before.ok and city.audit() == before
    city.sequencer.submit(city.charge(code, 4_000))
    assert city.sequencer.submit_many([city.charge(code, 4_000)])[0].word == "CODE_USED"
    assert city.audit().ok and city.won("mina") == 6_000


# --- a checkpoint's key, and when it was good ---------------------------------------------------

CHECKPOINT = 3              # its number among the server's keys


def noted(city: City, holder: str) -> int:
    """A checkpoint over all there is, published; the entries that it covers."""
    head = city.store.head()
    note = sign(origin(city.store.genesis(), "pay.example", 0), head.size, head.frontier.root(), key(holder))
    city.store.keep_checkpoint(0, head.size, head.time_s, note.note)
    return head.size


def certified(city: City, holder: str, from_s: int, until_s: int, number: int = CHECKPOINT) -> int:
    """The roots give the server's checkpoint key another holder or other dates."""
    body = orders.OperationalKey(
        0, number, orders.CHECKPOINT_KEY, key(holder).public, from_s, until_s, city.nonce(), city.soon_s()
    )
    return city.sequencer.submit(city.approved(body, "root0"))


def test_a_key_that_was_replaced_signs_no_good_checkpoint_any_more(city):
    early = noted(city, "checkpoint")
    entry = certified(city, "checkpoint 2", 0, 2**52)
    good = noted(city, "checkpoint 2")
    report = city.audit()
    assert report.ok and (report.checkpoints, report.covered) == (2, good) and early < good
    city.clock.pass_s(3600)
    city.residents("sora")
    stolen = noted(city, "checkpoint")
    report = city.audit()
    assert report.problem.what == f"the checkpoint of {stolen} entries is signed by a key that entry {entry} had replaced"
    assert (report.checkpoints, report.covered) == (2, good)


def test_a_key_signs_no_good_checkpoint_outside_its_dates(city):
    now_s = int(city.clock())
    certified(city, "checkpoint", now_s, now_s + DAY_S)
    good = noted(city, "checkpoint")
    city.clock.pass_s(DAY_S - 100)
    city.residents("sora")
    good = noted(city, "checkpoint")
    assert city.audit().covered == good
    city.clock.pass_s(200)
    city.residents("dana")
    late = noted(city, "checkpoint")
    report = city.audit()
    assert report.problem.what.startswith(f"the checkpoint of {late} entries is signed by a key that was good from {now_s} to")
    assert report.covered == good


def test_a_key_that_is_good_from_tomorrow_on_has_signed_nothing_today(city):
    now_s = int(city.clock())
    certified(city, "checkpoint 2", now_s + DAY_S, 2**52)
    early = noted(city, "checkpoint 2")
    assert city.audit().ok, "it may have been made tomorrow: nothing came since"
    city.residents("sora")
    assert f"the checkpoint of {early} entries is signed by a key that was good from" in city.audit().problem.what


def test_the_last_note_that_a_new_key_signs_once_more_is_good(city):
    """So does the signer when its key is replaced (checkpoint.hand_over): that note may be what an auditor kept."""
    last = noted(city, "checkpoint 2")
    assert "not signed by a checkpoint key" in city.audit().problem.what
    certified(city, "checkpoint 2", 0, 2**52)
    assert city.audit().ok and city.audit().covered == last


def test_a_checkpoint_from_before_its_key_was_certified_beside_another_is_no_good(city):
    early = noted(city, "checkpoint 2")
    certified(city, "checkpoint 2", 0, 2**52, number=5)
    assert f"the checkpoint of {early} entries is not signed by a checkpoint key of this log" == city.audit().problem.what


# --- days and their figures ---------------------------------------------------------------------

def published(city: City, day: int, issued_won: int, root: bool = True) -> None:
    """What the background writes at the beginning of a day."""
    body = orders.Totals(NOTICE, day, 1, issued_won, 0, 0, issued_won, city.soon_s())
    city.sequencer.submit(city.act(body, "notice"))
    if root:
        state_root_job(city.store, day)


def until(city: City, day: int, second: int) -> None:
    """The clock turns to this second of a day, in the city's time."""
    city.clock.pass_s(day * DAY_S + second - 9 * 3600 - city.clock())


@pytest.fixture
def figured(city):
    """A founded city whose first day has its figures."""
    published(city, DAY, 0)
    city.grant({"mina": 10_000})
    until(city, DAY + 1, 5)
    return city


def sold(city: City, day: int, second: int) -> None:
    until(city, day, second)
    city.sequencer.submit(city.sale("mina", 10))


def test_days_with_figures_and_root_leave_no_remark(figured):
    published(figured, DAY + 1, 10_000)
    sold(figured, DAY + 1, 43_200)
    until(figured, DAY + 2, 5)
    published(figured, DAY + 2, 10_000)
    sold(figured, DAY + 2, 43_200)
    report = figured.audit()
    assert report.ok and report.remarks == ()


@pytest.mark.parametrize("left_out", ["totals", "root", "both"])
def test_a_day_on_which_money_moved_without_figures_or_root_is_remarked(figured, left_out):
    if left_out == "root":
        published(figured, DAY + 1, 10_000, root=False)
    elif left_out == "totals":
        state_root_job(figured.store, DAY + 1)
    sold(figured, DAY + 1, 43_200)
    assert figured.audit().remarks == (), "the day is not over"
    until(figured, DAY + 2, 5)
    published(figured, DAY + 2, 10_000)
    report = figured.audit()
    assert report.ok, "it is no proof of a wrong"
    assert report.remarks == ("1 day without totals or without a state root, though money moved: 2027-01-16",)


def test_figures_that_are_dated_back_don_t_count(figured):
    sold(figured, DAY + 1, 43_200)
    state_root_job(figured.store, DAY + 1)
    until(figured, DAY + 2, 7200)
    published(figured, DAY + 1, 10_000, root=False)
    assert "2027-01-16" in figured.audit().remarks[0]


def test_figures_that_were_signed_just_before_midnight_count(figured):
    sold(figured, DAY + 1, 86_300)
    state_root_job(figured.store, DAY + 1)
    until(figured, DAY + 2, 30)
    published(figured, DAY + 1, 10_000, root=False)
    assert figured.audit().remarks == ()


def test_a_day_on_which_coins_only_expired_owes_nothing(figured):
    published(figured, DAY + 1, 10_000)
    figured.programme(2, 1, days=2)
    figured.grant({"mina": 500}, programme=2)
    lot = figured.store.lots_of(RESIDENT, figured.number_of("mina"))[-1]
    until(figured, DAY + 4, 43_200)
    body = orders.Expire(SWEEP, lot.id, lot.balance_won, figured.soon_s())
    figured.sequencer.submit(figured.act(body, "sweep"))
    until(figured, DAY + 5, 43_200)
    figured.residents("sora")
    report = figured.audit()
    assert report.ok and report.remarks == ()


def test_a_sale_just_after_midnight_owes_nothing_yet_and_a_day_without_money_owes_nothing(figured):
    sold(figured, DAY + 1, 60)
    until(figured, DAY + 2, 43_200)
    figured.residents("sora")
    until(figured, DAY + 3, 5)
    published(figured, DAY + 3, 10_000)
    assert figured.audit().remarks == ()


# --- the day's root over all balances


def test_the_next_block_carries_the_days_state_root_once(city):
    city.grant({"mina": 10_000})
    entry = state_root_job(city.store, DAY)
    assert state_root_job(city.store, DAY) == entry
    city.sequencer.submit(city.sale("mina", 10))
    city.sequencer.submit(city.sale("mina", 10))
    last, before = city.store.blocks(limit=2)
    assert (before.header.state_at, len(before.header.state_root)) == (entry, 32)
    assert (last.header.state_at, last.header.state_root) == (0, b"")
    assert city.audit().ok


def test_where_nothing_moved_there_is_no_new_state_root(city):
    first = state_root_job(city.store, DAY)
    assert state_root_job(city.store, DAY + 1) == first
    assert city.store.connection.execute("SELECT day FROM state_root").fetchall() == [(DAY,)]


def test_a_state_root_of_a_ledger_that_holds_only_its_genesis_is_not_taken(tmp_path):
    found(tmp_path / "chain.sqlite")
    city = City(tmp_path / "chain.sqlite")
    assert state_root_job(city.store, DAY) == 0
    assert city.store.connection.execute("SELECT count(*) FROM state_root").fetchone() == (0,)
    city.open_office()
    assert city.audit().ok
    city.close()


def test_state_roots_of_two_days_are_both_carried(city):
    city.grant({"mina": 10_000})
    state_root_job(city.store, DAY)
    city.sequencer.submit(city.sale("mina", 10))
    city.clock.pass_s(DAY_S)
    state_root_job(city.store, DAY + 1)
    city.sequencer.submit(city.sale("mina", 10))
    roots = [block.header.state_at for block in city.store.blocks() if block.header.state_root]
    assert len(roots) == 2 and city.audit().ok
