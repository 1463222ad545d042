"""What the store promises beside the writing: it opens again, it can be read, and its chain can be proven."""

import itertools

import pytest

from app.chain.block import header_hash
from app.chain.entry import leaf_data
from app.chain.merkle import consistency_proof, inclusion_proof, root_of, verify_consistency, verify_inclusion
from app.errors import Refusal, SetupError
from app.money import orders
from app.money.state import PAY, REFUND, RESIDENT, SHOP_TILL, TOP_UP, Register
from app.money.tree import leaf_hash
from app.store import history
from app.store.base import ACCOUNT, SHOP, TILL
from app.store.history import Supply, Takings
from app.store.sqlite import SqliteStore
from tests.store.cast import DAY_S, NOON_S, REGISTRAR, SWEEP, City, found, key


def expire(city: City, lot) -> int:
    body = orders.Expire(SWEEP, lot.id, lot.balance_won, city.soon_s())
    return city.sequencer.submit(city.act(body, "sweep"))


# --- the file


def test_a_ledger_is_never_overwritten(tmp_path):
    path = tmp_path / "chain.sqlite"
    genesis = found(path)
    with pytest.raises(SetupError, match="holds a ledger already"):
        found(path)
    assert SqliteStore.open(path).genesis() == genesis


def test_a_missing_or_empty_file_is_no_ledger(tmp_path):
    with pytest.raises(SetupError, match="is missing"):
        SqliteStore.open(tmp_path / "chain.sqlite")
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(SetupError, match="holds no ledger"):
        SqliteStore.open(tmp_path / "empty.sqlite")


def test_an_opened_ledger_stands_where_it_was_left(city):
    city.grant({"mina": 1_000})
    again = City(city.path, city.clock)
    assert again.store.head().header_hash == city.store.head().header_hash
    assert again.store.head().frontier.root() == city.store.head().frontier.root()
    again.aliases = city.aliases
    assert again.sequencer.submit(again.sale("mina", 100)) == city.store.head().size - 2
    again.close()


def test_a_failure_inside_a_commit_leaves_nothing(city):
    before = city.store.head()
    with pytest.raises(ZeroDivisionError), city.store.commit() as commit:
        commit.connection.execute("UPDATE head SET epoch = epoch + 1")
        raise ZeroDivisionError
    assert city.store.head().epoch == before.epoch


# --- the chain


def test_every_block_names_the_one_before_and_ends_with_its_header(city):
    city.grant({"mina": 1_000})
    blocks = city.store.blocks(limit=1000)[::-1]
    previous, first = city.chain_id, 1
    for height, block in enumerate(blocks, 1):
        assert (block.header.height, block.header.previous, block.header.first) == (height, previous, first)
        assert header_hash(city.store.entry(block.header.entry).a) == block.hash
        assert city.store.block_of(block.header.first).hash == block.hash == city.store.block_of(block.header.entry).hash
        previous, first = block.hash, block.header.entry + 1
    head = city.store.head()
    assert (head.height, head.header_hash, head.size) == (len(blocks), previous, first)
    assert city.store.block_of(0) is None and city.store.block_of(head.size) is None
    assert [block.header.height for block in city.store.blocks(before=4, limit=2)] == [3, 2]


def test_the_stored_subtrees_prove_every_entry_and_every_older_size(city):
    city.grant({"mina": 100_000})
    city.all_in([city.sale("mina", 10) for _ in range(600)])
    head, store = city.store.head(), city.store
    root = head.frontier.root()
    assert head.size > 512 and root_of(store.hashes, head.size) == root
    for index in (0, 1, 255, 256, 511, 512, head.size - 1):
        leaf = leaf_hash(leaf_data(store.entry(index)))
        assert leaf == store.entry(index).leaf
        assert verify_inclusion(leaf, index, head.size, inclusion_proof(store.hashes, index, head.size), root)
    for old in (1, 255, 256, 300, 512, head.size - 1):
        proof = consistency_proof(store.hashes, old, head.size)
        assert verify_consistency(old, head.size, root_of(store.hashes, old), root, proof)


def test_checkpoints_are_kept_as_published_and_the_same_again_is_no_error(city):
    assert city.store.checkpoint() is None
    for size, note in ((5, "five"), (9, "nine"), (5, "again")):
        city.store.keep_checkpoint(0, size, NOON_S, note)
    assert city.store.checkpoint() == "nine"
    assert [city.store.checkpoint(size) for size in (3, 5, 6, 9, 10)] == ["five", "five", "nine", "nine", None]


# --- what people read


def test_a_history_shows_what_came_went_and_returned(city):
    city.grant({"mina": 10_000, "jun": 10})
    sold = city.sequencer.submit(city.charge(city.code("mina", 5_000), 4_000))
    other = city.sequencer.submit(city.sale("mina", 1_000))
    back = city.sequencer.submit(city.refund(sold, 1_500))
    moved = city.store.history(city.number_of("mina"))
    assert [(each.entry, each.kind, each.amount_won, each.refunded_won, each.shop, each.of) for each in moved] == [
        (back, 7, 1_500, 0, 1, sold), (other, 1, 1_000, 0, 1, 0), (sold, 0, 4_000, 1_500, 1, 0),
        (moved[3].entry, 50, 10_000, 0, 0, 0),
    ]
    assert city.store.history(city.number_of("mina"), before=other, limit=1) == [moved[2]]
    (held,) = city.store.holdings(city.number_of("mina"), NOON_S)
    assert (held.amount_won, held.name, held.coin) == (6_500, "Food", 1)
    assert [each.amount_won for each in city.store.history(city.number_of("jun"))] == [10]


def test_a_till_and_a_shop_add_up_to_what_they_hold(city):
    city.grant({"mina": 10_000})
    city.shop(2)
    city.all_in([city.sale("mina", 100) for _ in range(3)])
    city.clock.pass_s(DAY_S)
    midnight = city.store.first_at(NOON_S + DAY_S)
    sold = city.sequencer.submit(city.sale("mina", 700))
    city.sequencer.submit(city.charge(city.code("mina", 50), 50, till=2))
    city.sequencer.submit(city.refund(sold, 200))
    assert city.store.takings((SHOP, 1)) == Takings(1_000, 200, 4)
    assert city.store.takings((TILL, 1), midnight) == Takings(700, 200, 1)
    assert city.store.takings((TILL, 2)).kept_won == 50 == city.shop_won(2)
    assert [each.amount_won for each in city.store.movements((TILL, 1), midnight)] == [200, 700]
    assert city.store.movement((TILL, 1), sold).refunded_won == 200
    assert city.store.movement((TILL, 2), sold) is None


def test_an_outcome_is_found_by_the_id_of_either_message(city):
    city.grant({"mina": 1_000})
    sale = city.sale("mina", 300)
    assert city.store.outcome(sale.payer.body.expires_at_s, sale.payer.id) is None
    number = city.sequencer.submit(sale)
    for message in (sale.payer, sale.payee):
        assert city.store.outcome(message.body.expires_at_s, message.id) == city.store.entry(number)
    poor = city.sale("mina", 5_000)
    assert city.sequencer.submit_many([poor]) == [city.store.outcome(poor.payer.body.expires_at_s, poor.payer.id)]
    assert isinstance(city.store.outcome(poor.payer.body.expires_at_s, poor.payer.id), Refusal)


def test_supply_and_programmes_add_up_over_everything_that_can_happen(city):
    city.programme(2, 2, budget_won=50_000, days=2)
    city.grant({"mina": 10_000, "jun": 5_000, "nobody": 70})
    city.grant({"mina": 4_000, "jun": 600}, programme=2)
    early = city.sequencer.submit(city.sale("mina", 3_000))      # coin 2 first: it expires sooner
    city.sequencer.submit(city.sale("mina", 2_000))              # both coins
    city.clock.pass_s(3 * DAY_S)
    assert [lot.balance_won for lot in city.store.expired_lots(int(city.clock()))] == [600]
    for lot in city.store.expired_lots(int(city.clock())):
        expire(city, lot)
    city.sequencer.submit(city.refund(early, 1_000))             # into the programme: its lot has expired
    assert city.store.supply() == {
        1: Supply(1, 15_000, 0, 0, 15_000), 2: Supply(2, 4_600, 0, 1_600, 3_000),
    }
    figures = {each.programme: each for each in city.store.figures()}
    assert (figures[2].left_won, figures[2].spent_won, figures[2].expired_won) == (50_000 - 3_000, 3_000, 1_600)
    held = {1: 0, 2: 0}
    for kind, owner in ((RESIDENT, city.number_of("mina")), (RESIDENT, city.number_of("jun")), (SHOP_TILL, 1)):
        for lot in city.store.lots_of(kind, owner):
            held[lot.programme] += lot.balance_won
    assert held == {1: 15_000, 2: 3_000}
    summed = city.store.connection.execute(
        "SELECT programme, flow, sum(amount_won) FROM leg JOIN lot ON lot.id = debit GROUP BY programme, flow"
    )
    assert {(programme, flow): won for programme, flow, won in summed} == city.store.flowed()
    lost = city.store.history(city.number_of("mina"))[0]
    assert (lost.amount_won, lost.to_programme_won) == (1_000, 1_000)
    assert city.audit().ok


def test_the_sweep_reads_only_the_lots_of_its_span_and_pays_nothing_for_it_at_a_payment(city):
    city.grant({"mina": 1_000})
    city.clock.pass_s(3_000 * DAY_S)
    (lot,) = city.store.expired_lots(int(city.clock()))
    assert city.store.expired_lots(lot.expires_at_s - 1) == [] == city.store.expired_lots(int(city.clock()), lot.expires_at_s)
    assert city.store.expired_lots(lot.expires_at_s, lot.expires_at_s - 1) == [lot]
    plan = str(city.store.connection.execute(f"EXPLAIN QUERY PLAN {history._EXPIRED}", (0, 1)).fetchall())
    assert "USING INDEX lot_expiry (expires_at_s>? AND expires_at_s<?)" in plan
    index = city.store.connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'lot_expiry'").fetchone()[0]
    assert "balance" not in index


def test_a_batch_asks_for_all_its_payers_at_once(city):
    """Each query alone gives the processor away to a crowd of threads."""
    names = [f"payer {n}" for n in range(20)]
    city.residents(*names)
    city.grant(dict.fromkeys(names, 1_000))
    sales = [city.sale(name, 10) for name in names] + [city.sale("payer 0", 5)]
    fresh = SqliteStore(city.store.path)
    asked = []
    with fresh.commit() as commit:
        commit.connection.set_trace_callback(asked.append)
        commit.expect([message for sale in sales for message in (sale.payer, sale.payee)])
        loaded = len(asked)
        for sale in sales:
            key = commit.state.get(Register.KEY, commit.state.get(Register.ALIAS, sale.payer.body.alias).key)
            account = commit.state.get(Register.ACCOUNT, key.account)
            assert [lot.balance_won for lot in commit.state.lots_of(RESIDENT, account.number)] == [1_000]
        assert loaded == len(asked) <= 6
        commit.connection.set_trace_callback(None)
    fresh.close()


def test_news_says_whom_an_entry_concerns_and_starts_where_the_last_ended(city):
    city.grant({"mina": 1_000})
    start = city.store.head().size - 1
    assert city.store.news(start) == []
    number = city.sequencer.submit(city.sale("mina", 300))
    (news,) = city.store.news(start)
    assert (news.entry.number, news.accounts, news.shop, news.till) == (number, (city.number_of("mina"),), 1, 1)
    assert city.store.news(number) == []
    everything = city.store.news(-1)
    flows = {leg[0] for leg in city.store.connection.execute("SELECT DISTINCT flow FROM leg")}
    assert {PAY, TOP_UP} <= flows and REFUND not in flows
    assert [each.accounts for each in everything] == [(), (1,), (1,)]      # the till, the list's row, the sale


def test_a_reader_sees_one_moment_while_others_write(city):
    city.grant({"mina": 1_000})
    with city.store.snapshot() as state:
        before = state.lots_of(RESIDENT, 1)
        city.sequencer.submit(city.sale("mina", 300))
        assert city.store.lots_of(RESIDENT, 1)[0].balance_won == before[0].balance_won == 1_000
    assert city.store.lots_of(RESIDENT, 1)[0].balance_won == 700


def test_the_latest_record_of_a_register_holds(city):
    city.shop(1, standing=orders.CLOSED)
    assert city.store.get(Register.SHOP, 1).standing == orders.CLOSED
    assert [(number, shop.standing) for number, shop in city.store.records(Register.SHOP)] == [(1, orders.CLOSED)]
    assert city.store.get(Register.SHOP, 2) is None


def test_the_devices_of_an_account_are_found_by_an_index_each_since_its_last_change(city):
    city.clock.pass_s(60)
    body = orders.KeyAdd(REGISTRAR, city.accounts["mina"], key("mina's new").public, 0, city.nonce(), city.soon_s(), key("mina").public)
    city.sequencer.submit(city.approved(body, "registrar", b"newalias"))
    assert [(public, record.revoked, at_s) for public, record, at_s in city.store.devices_of(city.accounts["mina"])] == [
        (key("mina's new").public, 0, NOON_S + 60), (key("mina").public, 1, NOON_S + 60)]
    assert [public for public, _ in city.store.keys_of(city.accounts["jun"])] == [key("jun").public]
    asked = []
    city.store.connection.set_trace_callback(asked.append)
    city.store.devices_of(city.accounts["mina"])
    city.store.connection.set_trace_callback(None)
    plan = city.store.connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
    assert any("key_account" in row[3] for row in plan), plan


def test_the_first_entry_of_a_day_is_found_by_its_time(city):
    city.clock.pass_s(DAY_S)
    number = city.sequencer.submit(city.opening("sora"))
    assert city.store.first_at(NOON_S + 1) == number == city.store.first_at(NOON_S + DAY_S)
    assert city.store.first_at(0) == 0 and city.store.first_at(NOON_S + DAY_S + 1) == city.store.head().size
    entries = city.store.entries_after(-1)
    assert [entry.number for entry in entries] == list(range(city.store.head().size))
    assert all(one.time_s <= other.time_s for one, other in itertools.pairwise(entries))
