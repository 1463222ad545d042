"""What an auditor proves of the office from the log alone: two officers, an open programme, a budget; money that waited,
was claimed and taken back."""

from dataclasses import replace

import pytest

from app.chain import verify
from app.money import orders, orders_office, orders_offline, policy, signers
from app.money.apply import apply
from app.money.rules import RULES
from app.money.state import Register
from tests.chain import ledger
from tests.chain.ledger import CHECKER, DAY_S, MAKER, NOON_S, REGISTRAR, Ledger, bytes_of, key

ADMINISTRATOR = 4


def office() -> Ledger:
    """A town under rule set 2, with everything that it brought."""
    town = Ledger()
    town.open_office()
    town.submit(town.approved(orders.Officer(
        0, ADMINISTRATOR, key("administrator").public, 16, 0, 2**52, town.nonce(), town.soon_s()), "root0"))
    town.submit(town.approved(orders_office.Rulebook(0, 2, town.nonce(), town.soon_s()), "root0"))
    town.block()
    for subject, won, target in ((policy.DAY_KNOWN, 20_000, 0), (policy.SHOP_CATEGORY, 2, 1), (policy.DAY_OFFICER, 500_000, 0)):
        town.submit(town.approved(orders_offline.Policy(
            ADMINISTRATOR, subject, won, town.now_s, town.now_s + DAY_S, town.nonce(), town.soon_s(), target), "administrator"))
    town.submit(town.approved(orders_office.Standing(
        ADMINISTRATOR, MAKER, 0, bytes_of("person maker", 16), town.nonce(), town.soon_s()), "administrator"))
    town.submit(town.approved(orders.Programme(
        MAKER, 2, 1, 10**6, NOON_S, NOON_S + 9 * DAY_S, NOON_S + 9 * DAY_S, b"", b"Aid", town.nonce(), town.soon_s(),
        30_000, 5, b"\0\0\0\1"), "maker"))
    town.resident("mina")
    town.grant({"mina": 30_000, "later": 9_000, "maker": 5_000}, programme=2)
    town.block()
    town.resident("later")                      # claims what waited
    town.submit(town.sale("later", 4_000))
    lot = next(lot for lot in town.lots() if lot.owner_kind == 3 and lot.balance_won == 5_000)
    town.submit(town.approved(orders_office.Recall(
        MAKER, bytes_of("account of later", 8), lot.id, 2_000, town.nonce(), town.soon_s()), "maker"))
    town.submit(town.approved(orders.KeyAdd(
        REGISTRAR, bytes_of("account of mina", 8), key("new").public, 0, town.nonce(), town.soon_s(), key("mina").public, 9_000),
        "registrar", bytes_of("alias of new", 8)))
    town.submit(town.sale("new", 9_000))
    town.block(with_state=True)
    town.checkpoint()
    return town


@pytest.fixture(scope="module")
def town():
    return office()


def test_everything_that_rule_set_2_brought_is_replayed_to_the_last_won():
    report = verify.replay(office())
    assert report.ok, report.problem


def test_the_log_in_clear_says_which_rules_hold_and_hides_whom_they_touch(town):
    forms = {entry.kind: entry.form for entry in town.entries()}
    assert forms[51] == 0 and forms[24] == 0            # rulebook, policy
    assert forms[35] == 1 and forms[47] == 1            # recall, standing


def forged(monkeypatch, change, order):
    """The problem that a replay finds when a server whose rules or books were bent by `change` entered `order`."""
    town = office()
    change(town, monkeypatch)
    entry = town.submit(order(town))
    town.block()
    monkeypatch.undo()
    report = verify.replay(town)
    assert not report.ok and report.problem.entry == entry.number
    return report.problem.what


def rules_without_a_second_officer(town, monkeypatch):
    monkeypatch.setattr(ledger, "in_force", lambda state: replace(RULES[2], checkers={}))


def says_that_the_checker_is_the_maker(town):
    message = town.signed(orders_office.Standing(
        ADMINISTRATOR, CHECKER, 0, bytes_of("person maker", 16), town.nonce(), town.soon_s()), "administrator")
    approval = orders.Approval(REGISTRAR, orders.OFFICERS, message.id, town.soon_s())
    return orders.Act(message, (town.signed(approval, "registrar"),))


def rules_that_compare_no_people(town, monkeypatch):
    town.submit(town.approved(orders_office.Rulebook(0, 3, town.nonce(), town.soon_s()), "root0"))
    monkeypatch.setattr(ledger, "in_force", lambda state: replace(RULES[3], persons_apart=False))


def one_person_under_two_numbers(town, monkeypatch):
    town.submit(says_that_the_checker_is_the_maker(town))       # allowed under rule set 2
    rules_that_compare_no_people(town, monkeypatch)


def a_programme_that_was_said_to_be_open(town, monkeypatch):
    record = town.state.records[Register.PROGRAMME, 2]
    town.state.records[Register.PROGRAMME, 2] = replace(record, closes_at_s=2**40)
    town.now_s = NOON_S + 20 * DAY_S


def a_budget_that_was_stretched(town, monkeypatch):
    lot = town.state.lots[town.state.records[Register.PROGRAMME, 2].lot]
    town.state.lots[lot.id] = replace(lot, floor_won=-10**12)
    a_limit_that_was_left_out(town, monkeypatch)


def a_limit_that_was_left_out(town, monkeypatch):
    town.state.records.pop((Register.POLICY, policy.place(policy.DAY_OFFICER, 0)))


def grant(town: Ledger, total_won: int = 5_000, second: str = "checker", signer: int = CHECKER) -> orders.Act:
    root = ledger.leaves_root(bytes(32))
    body = orders.Grant(MAKER, 2, bytes_of("forged", 16), root, 1, total_won, town.soon_s())
    message = town.signed(body, "maker")
    approval = orders.Approval(signer, orders.OFFICERS, message.id, town.soon_s())
    return orders.Act(message, (town.signed(approval, second),) if second else (), (bytes(32),))


def a_second_signature_that_nobody_made(town, monkeypatch):
    """The server decides as if the checker had approved, and enters the one signature that there is."""
    def decided(state, order, now_s, rules):
        made_up = orders.Approval(CHECKER, orders.OFFICERS, order.message.id, town.soon_s())
        approved = replace(order, approvals=(orders.Signed(made_up, bytes(32), key("checker").public, b""),))
        return apply(state, approved, now_s, rules)

    monkeypatch.setattr(ledger, "apply", decided)


def one_officer_who_is_both(town, monkeypatch):
    """The maker is a checker as well, and the server forgot that two signatures are of two officers."""
    town.submit(town.approved(orders.Officer(0, MAKER, key("maker").public, 3, 0, 2**52, town.nonce(), town.soon_s()), "root0"))
    monkeypatch.setattr(signers, "_apart", lambda act, signer: None)


def one_key_under_two_numbers(town, monkeypatch):
    """The checker's number has the maker's key in the server's books."""
    record = town.state.records[Register.OFFICER, CHECKER]
    town.state.records[Register.OFFICER, CHECKER] = replace(record, key=key("maker").public)
    monkeypatch.setattr(signers, "_apart", lambda act, signer: None)


@pytest.mark.parametrize(("change", "order", "word"), [
    (a_programme_that_was_said_to_be_open, grant, "PROGRAMME_NOT_OPEN"),
    (a_budget_that_was_stretched, lambda town: grant(town, 990_000), "BUDGET_SPENT"),
    (a_limit_that_was_left_out, lambda town: grant(town, 480_000), "OVER_OFFICER_LIMIT"),
    (a_second_signature_that_nobody_made, lambda town: grant(town, second=""), "APPROVALS_MISSING"),
    (one_officer_who_is_both, lambda town: grant(town, second="maker", signer=MAKER), "SAME_OFFICER"),
    (one_key_under_two_numbers, lambda town: grant(town, second="maker"), "REVOKED_KEY"),
    (one_person_under_two_numbers, grant, "SAME_OFFICER"),
    (rules_that_compare_no_people, says_that_the_checker_is_the_maker, "PERSON_NAMED"),
])
def test_what_a_bent_server_entered_is_named(monkeypatch, change, order, word):
    assert word in forged(monkeypatch, change, order)


def test_a_recall_on_one_signature_is_named(monkeypatch):
    def recall(town):
        lot = next(lot for lot in town.lots() if lot.owner_kind == 3 and lot.balance_won)
        body = orders_office.Recall(MAKER, bytes_of("account of mina", 8), lot.id, 1, town.nonce(), town.soon_s())
        return town.act(body, "maker")

    assert "APPROVALS_MISSING" in forged(monkeypatch, rules_without_a_second_officer, recall)
