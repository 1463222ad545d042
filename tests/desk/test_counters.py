"""The counters: what each takes, what it refuses, and that the second try of the same thing is the same thing."""

import json
import os
from dataclasses import replace
from hashlib import sha256

import pytest

from app.desk import act, directory, found, grant, join, lookup, news, notice, opening, pairing, pay
from app.errors import Refusal
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders
from app.money.lists import leaves_root
from app.money.orders_office import Recall, Standing
from app.money.state import RESIDENT, Register
from app.people import joins, lists, notices, proposals
from app.people import pairing as pairings
from tests.cast import ADMINISTRATOR, BOOKS, CHECKER, HELP, HOUR_S, MAKER, RESTAURANT, City, Wallet, raw


FOR_EVER = 2**53 - 1


def refused(call, *arguments) -> str:
    with pytest.raises(Refusal) as told:
        call(*arguments)
    return told.value.word


# --- joining -------------------------------------------------------------------------------

def test_the_same_opening_again_is_the_same_account_and_a_key_opens_one(city):
    kim = Wallet(city)
    first = kim.opening()
    assert refused(join.open_account, city.office, first) == "KEY_TAKEN"      # this key has an account already
    other = Wallet.__new__(Wallet)
    other.city, other.key = city, Signer(new_seed())
    message = other.opening()
    opened, again = (join.open_account(city.office, message) for _ in range(2))
    assert opened == again and len(opened.aliases) == 32 and len(opened.account) == 8


def test_fresh_aliases_are_new_for_everybody_and_the_same_wish_gives_the_same(city):
    kim, lee = city.wallet(), city.wallet()
    wanted = kim.batch(32)
    given = join.more_aliases(city.office, wanted)
    assert given == join.more_aliases(city.office, wanted)
    everything = [*given, *kim.aliases, *lee.aliases, *join.more_aliases(city.office, lee.batch(5))]
    assert len(given) == 32 and len(set(everything)) == len(everything)
    assert refused(join.more_aliases, city.office, kim.batch(33)) == "BAD_FIELD"
    kim.aliases = [given[-1]]
    assert join.session(city.office, kim.session()).signer == given[-1]


def test_a_wallet_that_is_nobodys_gets_no_more_aliases(city):
    kim = Wallet(city)
    wanted = kim.batch(5)
    assert refused(join.more_aliases, city.office, wanted) == "NO_RIGHT"
    city.link(kim)
    assert len(join.more_aliases(city.office, wanted)) == 5


def test_a_code_from_the_office_becomes_a_wish_for_this_wallet_and_no_other(city):
    kim, lee, person = city.wallet(), city.wallet(linked=False), os.urandom(16)
    assert refused(join.wish, city.office, lee.joining(), "AAAA-AAAA") == "JOIN_CODE_WRONG"
    assert refused(join.shown_to_officer, city.office, lee.session()) == "WRONG_PURPOSE"
    assert join.shown_to_officer(city.office, lee.joining()) == lee.account
    stranger = Wallet(city)
    stranger.aliases = lee.aliases      # another key under somebody's alias
    assert refused(join.shown_to_officer, city.office, stranger.joining()) == "BAD_SIGNATURE"
    assert kim.person != person and joins.of_account(city.office.people, lee.account) is None


# --- pairing a till ------------------------------------------------------------------------

@pytest.fixture
def tablet(city):
    """(code, keys, proofs) of a tablet that has not claimed its code yet."""
    _, code = pairings.start(city.office.people, BOOKS, orders.RECEIVE, city.numbers[MAKER])
    signers = Signer(new_seed()), Signer(new_seed())
    publics = tuple(signer.public for signer in signers)
    data = pairing.to_prove(city.office, code, *publics)
    return code, publics, tuple(signer.sign(data) for signer in signers)


def test_a_tablet_must_prove_both_keys(city, tablet):
    code, publics, proofs = tablet
    for wrong in ((proofs[0], proofs[0]), (proofs[1], proofs[0]), (bytes(64), proofs[1]), (b"", b""), (proofs[0] + b"x", proofs[1])):
        assert refused(pairing.claim, city.office, code, publics, wrong) == "BAD_SIGNATURE"
    assert refused(pairing.claim, city.office, code, (bytes(32), publics[1]), proofs) in ("SMALL_ORDER_KEY", "BAD_FIELD")
    assert pairing.state(city.office, code)["state"] == "open"
    first = pairing.claim(city.office, code, publics, proofs)
    assert first == pairing.claim(city.office, code, publics, proofs) and first["state"] == "claimed"


def test_a_code_is_worth_nothing_to_a_second_tablet_nor_with_another_codes_proof(city, tablet):
    code, publics, proofs = tablet
    _, other = pairings.start(city.office.people, BOOKS, orders.RECEIVE, city.numbers[MAKER])
    assert refused(pairing.claim, city.office, other, publics, proofs) == "BAD_SIGNATURE"
    pairing.claim(city.office, code, publics, proofs)
    signers = Signer(new_seed()), Signer(new_seed())
    mine = tuple(signer.public for signer in signers)
    data = pairing.to_prove(city.office, code, *mine)
    taken = refused(pairing.claim, city.office, code, mine, tuple(signer.sign(data) for signer in signers))
    assert taken == "PAIRING_OVER"


def test_a_code_ends_after_a_quarter_of_an_hour(city, tablet):
    code, publics, proofs = tablet
    city.wait(15 * 60)
    assert refused(pairing.claim, city.office, code, publics, proofs) == "PAIRING_OVER"
    assert refused(pairing.state, city.office, code) == "PAIRING_OVER"
    assert refused(pairing.state, city.office, "nothing") == "PAIRING_UNKNOWN"


def test_an_officer_pairs_exactly_the_keys_of_the_pairing(city, tablet):
    code, publics, proofs = tablet
    pairing.claim(city.office, code, publics, proofs)
    number = pairings.by_code(city.office.people, code).number
    hand, till = city.numbers[MAKER], act.next_number(city.office, Register.TILL)

    def body(**changed) -> bytes:
        said = {"officer": hand, "till": till, "shop": BOOKS, "rights": orders.RECEIVE, "key": publics[0],
                "refund_key": publics[1], "nonce": os.urandom(8), "expires_at_s": city.now_s() + HOUR_S} | changed
        return city.signed(MAKER, orders.Till(**said))

    for changed in ({"key": publics[1]}, {"refund_key": b""}, {"shop": RESTAURANT}, {"rights": 3}):
        assert refused(act.pair, city.office, hand, body(**changed), number) == "BAD_FIELD"
    assert refused(act.pair, city.office, city.numbers[CHECKER], body(), number) == "NOT_YOURS"
    act.pair(city.office, hand, body(), number)
    assert pairing.state(city.office, code)["till"] == till


# --- two officers --------------------------------------------------------------------------

def programme(city, hand: int, won: int = 1_000) -> bytes:
    now_s = city.now_s()
    return city.signed(hand, orders.Programme(
        city.numbers[hand], act.next_number(city.office, Register.PROGRAMME), 1, won, now_s, now_s + HOUR_S, now_s + HOUR_S, b"",
        "겨울".encode(), os.urandom(8), now_s + HOUR_S,
    ))


def changed(city, number: int, won: int) -> bytes:
    """The maker's wish that a programme's budget be another."""
    old = city.office.store.get(Register.PROGRAMME, number)
    return city.signed(MAKER, orders.Programme(
        city.numbers[MAKER], number, old.coin, won, old.opens_at_s, old.closes_at_s, old.spend_until_s, old.categories,
        old.name, os.urandom(8), city.now_s() + HOUR_S,
    ))


def test_a_programme_waits_for_another_officer(city):
    office, (maker, checker, _) = city.office, city.numbers
    wanted = programme(city, MAKER)
    assert refused(act.hand_in, office, checker, wanted) == "NOT_YOURS"
    done = act.hand_in(office, maker, wanted)
    assert done.entry is None and done.proposal.state == proposals.WAITING
    own = city.signed(MAKER, orders.Approval(maker, orders.OFFICERS, city.id_of(wanted), city.now_s() + HOUR_S))
    assert refused(act.approve, office, maker, own) == "SAME_OFFICER"
    assert refused(act.approve, office, checker, own) == "NOT_YOURS"
    yes = city.approval(wanted)
    assert act.approve(office, checker, yes).entry is not None
    assert refused(act.approve, office, checker, yes) == "ALREADY_DONE"
    assert refused(act.approve, office, checker, city.approval(programme(city, MAKER))) == "NOT_FOUND"


def test_what_an_officer_may_not_sign_is_kept_for_nobody_and_blocks_no_number(city):
    office, number = city.office, city.numbers[ADMINISTRATOR]
    assert refused(act.hand_in, office, number, programme(city, ADMINISTRATOR)) == "NO_RIGHT"
    assert not proposals.waiting(office.people)
    assert act.hand_in(office, city.numbers[MAKER], programme(city, MAKER)).proposal


def test_a_proposal_whose_maker_was_suspended_says_so_to_the_checker_and_waits_for_them(city):
    office, (maker, checker, _) = city.office, city.numbers
    wanted = programme(city, MAKER)
    act.hand_in(office, maker, wanted)
    city.hand_in(suspended(city, maker, 1))
    with pytest.raises(Refusal) as no:
        act.approve(office, checker, city.approval(wanted))
    assert (no.value.word, no.value.facts) == ("MAKER_NOT_VALID", {"officer": maker})
    city.hand_in(suspended(city, maker, 0))
    assert act.approve(office, checker, city.approval(wanted)).entry is not None


def suspended(city, number: int, yes: int) -> Standing:
    return Standing(0, number, yes, b"", os.urandom(8), city.now_s() + HOUR_S)


def test_a_programme_that_the_chain_refuses_for_good_is_over_and_makes_way_for_another(city):
    office, (maker, checker, _) = city.office, city.numbers
    city.wallet(help_won=500)
    wanted = changed(city, HELP, 400)
    act.hand_in(office, maker, wanted)
    assert refused(act.approve, office, checker, city.approval(wanted)) == "BUDGET_UNDER_ISSUED"
    found = proposals.get(office.people, city.id_of(wanted))
    assert (found.state, found.why) == (proposals.REFUSED, "BUDGET_UNDER_ISSUED") and not proposals.waiting(office.people)
    assert refused(act.approve, office, checker, city.approval(wanted)) == "ALREADY_DONE"
    again = changed(city, HELP, 600)
    act.hand_in(office, maker, again)
    assert act.approve(office, checker, city.approval(again)).entry is not None


def test_a_proposal_waits_on_when_it_was_the_approval_that_did_not_hold(city):
    office, (maker, checker, _) = city.office, city.numbers
    wanted = programme(city, MAKER)
    act.hand_in(office, maker, wanted)
    late = city.signed(CHECKER, orders.Approval(checker, orders.OFFICERS, city.id_of(wanted), city.now_s() + 60))
    city.wait(61)
    assert refused(act.approve, office, checker, late) == "EXPIRED"
    assert proposals.get(office.people, city.id_of(wanted)).state == proposals.WAITING
    assert act.approve(office, checker, city.approval(wanted)).entry is not None


def test_a_paper_that_no_second_officer_could_make_good_is_kept_for_nobody(city):
    office, maker, kim = city.office, city.numbers[MAKER], city.wallet(help_won=500)
    with office.store.snapshot() as state:
        (lot,) = [each.id for each in state.lots_of(RESIDENT, state.get(Register.ACCOUNT, kim.account).number)]
    until_s = city.now_s() + HOUR_S

    def key(expires_at_s: int) -> orders.KeyAdd:
        return orders.KeyAdd(maker, kim.account, Signer(new_seed()).public, orders.HARD, os.urandom(8), expires_at_s)

    def back(lot: int, won: int, holder: bytes = kim.account) -> Recall:
        return Recall(maker, holder, lot, won, os.urandom(8), until_s)

    for body, word in (
        (key(FOR_EVER), "TOO_FAR_AHEAD"), (key(city.now_s() - 1), "EXPIRED"), (back(10**9, 5), "NOTHING_TO_RECALL"),
        (back(lot, 501), "NOTHING_TO_RECALL"), (back(lot, 5, bytes(8)), "UNKNOWN_ACCOUNT"),
    ):
        assert refused(act.hand_in, office, maker, city.signed(MAKER, body)) == word
    assert not proposals.waiting(office.people)
    assert act.hand_in(office, maker, city.signed(MAKER, back(lot, 500))).proposal


def test_an_address_that_looks_like_a_resident_number_is_none(city):
    maker, account = city.numbers[MAKER], bytes.fromhex("1234561234567abc")
    body = orders.KeyAdd(maker, account, Signer(new_seed()).public, orders.HARD, os.urandom(8), city.now_s() + HOUR_S)
    assert act.hand_in(city.office, maker, city.signed(MAKER, body)).proposal.about == "1234 5612 3456 7abc"


def test_an_officer_may_hand_in_only_what_officers_sign(city):
    kim = city.wallet(help_won=100)
    for message in (kim.opening(), kim.code(10), kim.session(), b"", b"\x84" * 50):
        assert refused(act.hand_in, city.office, city.numbers[MAKER], message) in ("WRONG_PURPOSE", "NOT_A_MESSAGE")


# --- lists ---------------------------------------------------------------------------------

@pytest.fixture
def draft(city):
    """(the list, its grant's fields) of two people, 3,000 won in all."""
    kim, lee = city.wallet(), city.wallet()
    raw = f"{kim.reference},1000\n{lee.reference},2000\n".encode()
    made = grant.upload(city.office, lists.Upload(HELP, city.numbers[MAKER], "list.csv", raw))
    root = leaves_root(grant.leaves(made, lists.payable(city.office.people, made.list_id)))
    return made, {"officer": city.numbers[MAKER], "programme": HELP, "list_id": made.list_id, "root": root, "count": 2,
                  "total_won": 3_000, "expires_at_s": city.now_s() + HOUR_S}


@pytest.mark.parametrize("changed", [
    {"total_won": 3_001}, {"count": 3}, {"programme": 2}, {"root": bytes(32)}, {"list_id": bytes(16)},
])
def test_a_grant_is_for_exactly_the_rows_on_the_desk(city, draft, changed):
    made, said = draft
    wrong = city.signed(MAKER, orders.Grant(**{**said, **changed}))
    assert refused(grant.propose, city.office, city.numbers[MAKER], made.list_id, wrong) == "LIST_DIFFERS"


def test_a_list_and_its_approval_are_kept_no_longer_than_rules_allow(city, draft):
    made, said = draft
    office, (maker, checker, _) = city.office, city.numbers
    assert refused(grant.propose, office, maker, made.list_id, city.signed(MAKER, orders.Grant(**said | {"expires_at_s": FOR_EVER}))) == "TOO_FAR_AHEAD"
    raw = city.signed(MAKER, orders.Grant(**said))
    grant.propose(office, maker, made.list_id, raw)
    yes = city.signed(CHECKER, orders.Approval(checker, orders.OFFICERS, city.id_of(raw), FOR_EVER))
    assert refused(grant.approve, office, checker, made.list_id, yes) == "TOO_FAR_AHEAD"
    assert lists.get(office.people, made.list_id).state == lists.PROPOSED


def test_a_list_pays_once_each_row_and_by_two_officers_only(city, draft):
    made, said = draft
    office, (maker, checker, _) = city.office, city.numbers
    raw = city.signed(MAKER, orders.Grant(**said))
    grant.propose(office, maker, made.list_id, raw)
    own = city.signed(MAKER, orders.Approval(maker, orders.OFFICERS, city.id_of(raw), city.now_s() + HOUR_S))
    assert refused(grant.approve, office, maker, made.list_id, own) == "SAME_OFFICER"
    entry = grant.approve(office, checker, made.list_id, city.approval(raw))
    assert [list(grant.pay_rows(office, made.list_id)) for _ in range(2)] == [[2], []]
    assert grant.enter(office, made.list_id) == entry and grant.progress(office, made.list_id).next_row == 2
    assert office.store.supply()[1].issued_won == 3_000


def test_a_list_for_an_unknown_programme_is_refused_before_it_is_kept(city):
    assert refused(grant.upload, city.office, lists.Upload(99, city.numbers[MAKER], "a.csv", b"P-0001,1")) == "UNKNOWN_PROGRAMME"
    assert lists.newest(city.office.people) == []


# --- notices -------------------------------------------------------------------------------

def test_only_an_institution_asks_on_paper_and_only_under_a_plain_reference(city):
    shop, ours = city.till(RESTAURANT, orders.RECEIVE | orders.ASK), city.till(6, orders.ASK)
    assert refused(notice.write, city.office, shop.number, 100, "A") == "NO_RIGHT"
    assert refused(notice.write, city.office, ours.number, 100, "A") == "NO_RIGHT"       # its key is not the server's
    assert refused(notice.write, city.office, 99, 100, "A") == "UNKNOWN_TILL"
    for wrong in ("a", "가", "A" * 20, "A B", "A\n"):
        assert refused(notice.write, city.office, 1, 100, wrong) == "FIELD_WRONG"
    for won in (0, -1, 2**53):
        assert refused(notice.write, city.office, 1, won, "A") == "FIELD_WRONG"
    written = notice.write(city.office, 1, 100, "A-1")
    assert refused(notice.write, city.office, 1, 200, "A-1") == "NUMBER_TAKEN"
    assert notice.paid(city.office, written).state == notices.OPEN


def test_the_asking_key_of_the_server_can_take_no_money_by_a_code(city):
    """The server holds it, so it may only ask."""
    kim = city.wallet(help_won=1_000)
    code, key = kim.code(500), city.office.notice_key.signer
    charge = cose.sign(orders.Charge(1, 6, city.id_of(code), 500, os.urandom(8), city.now_s() + 60), key, city.chain_id)
    assert refused(pay.settle, city.office, code, charge) == "NO_RIGHT"
    request = cose.sign(orders.Request(1, 6, 500, os.urandom(8), city.now_s() + 60, b""), key, city.chain_id)
    assert refused(pay.settle, city.office, kim.payment(request), request) == "NO_RIGHT"
    back = cose.sign(orders.Refund(1, 6, 1, 500, os.urandom(8), city.now_s() + 60), key, city.chain_id)
    assert refused(pay.give_back, city.office, back) in ("UNKNOWN_KEY", "NO_RIGHT")
    assert city.balance_won(kim) == 1_000


# --- opening messages ----------------------------------------------------------------------

def test_a_message_of_another_city_is_no_message_here(city, tmp_path):
    elsewhere = City(tmp_path / "other")
    stranger = elsewhere.wallet(help_won=1_000)
    till = city.till()
    code = stranger.code(10)
    assert refused(opening.open_signed, city.office, code, (orders.Code,)) == "UNKNOWN_KEY"
    foreign = cose.sign(cose.parse(till.session()).body, till.key, elsewhere.chain_id)
    assert refused(join.session, city.office, foreign) == "BAD_SIGNATURE"
    elsewhere.close()


# --- the server's own keys -----------------------------------------------------------------

def test_outside_the_time_of_the_receipt_key_nothing_moves_and_no_receipt_is_signed(city):
    office, kim, till = city.office, city.wallet(help_won=1_000), city.till()
    first = kim.code(100), till.request(50)
    paid = pay.settle(office, first[0], till.charge(first[0], 100, life_s=590))
    city.accept_keys(HOUR_S)
    watcher = news.Watcher(office)
    city.wait(HOUR_S)
    code, request = kim.code(10), till.request(10)
    for call in (
        lambda: pay.settle(office, code, till.charge(code, 10)), lambda: pay.settle(office, kim.payment(request), request),
        lambda: pay.give_back(office, till.refund(paid.entry, 10)), lambda: lookup.payers_half(office, kim.account, paid.entry),
        lambda: lookup.outcome(office, cose.parse(first[0]).body.expires_at_s, city.id_of(first[0])),
    ):
        assert refused(call) == "HALTED"
    assert city.balance_won(kim) == 900 and watcher.replay([f"till/{till.number}"], paid.entry - 1) == []
    city.accept_keys(HOUR_S)
    again = lookup.outcome(office, cose.parse(first[0]).body.expires_at_s, city.id_of(first[0]))
    assert again.entry == paid.entry and pay.give_back(office, till.refund(paid.entry, 10)).amount_won == 10
    assert len(watcher.replay([f"till/{till.number}"], paid.entry - 1)) == 2


def test_what_is_wrong_with_the_servers_keys_is_said_in_words_that_tell_what_to_do(city, tmp_path):
    assert found.key_fault(city.office) == ""
    city.accept_keys(HOUR_S)
    city.wait(HOUR_S)
    assert "2026-11-22 only: `renew`" in found.key_fault(city.office)
    other = replace(city.office, notice_key=replace(city.office.notice_key, signer=Signer(new_seed())))
    city.accept_keys(HOUR_S)
    assert "keys/notice.seed is not the notice key" in found.key_fault(other)
    bare = found.Folder(tmp_path / "bare")
    found.found(bare, city.folder.city_file, "localhost", city.office.genesis.roots, city.clock)
    office = found.open_office(bare, city.clock)
    assert "then `admit` it" in found.key_fault(office)
    office.store.close()


# --- what devices pin ----------------------------------------------------------------------

def test_the_directory_is_signed_to_the_byte_and_holds_open_shops_only(city):
    def listed() -> dict[int, str]:
        return {one["shop"]: one["name"] for one in json.loads(directory.listing(city.office))["shops"]}

    assert len(listed()) == 6
    closed = city.office.store.get(Register.SHOP, BOOKS)
    city.hand_in(orders.Shop(city.numbers[MAKER], BOOKS, orders.CLOSED, closed.sort, closed.category, closed.name, closed.district,
                             os.urandom(8), city.now_s() + HOUR_S))
    assert BOOKS not in listed() and len(listed()) == 5
    parsed = cose.parse(directory.Kept(city.office).now().message)
    body = cose.verify(parsed, city.office.notice_key.signer.public, city.chain_id).body
    assert body.digest == sha256(directory.listing(city.office)).digest() and body.expires_at_s > city.now_s() + HOUR_S
    line = city.line()
    first = line.get("/api/directory")
    assert first.body == directory.listing(city.office)
    known = line.to.get("/api/directory", headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.get_data()) == (304, b"")


def test_the_directory_is_made_and_signed_again_only_when_it_changed_or_an_hour_is_over(city, monkeypatch):
    made, listing = [], directory.listing
    monkeypatch.setattr(directory, "listing", lambda office: made.append(1) or listing(office))
    line, kim, till = city.line(), city.wallet(help_won=1_000), city.till()

    def told() -> str:
        parsed = cose.parse(raw(line.get("/api/directory/signature").json["message"]))
        assert parsed.body.digest == sha256(line.get("/api/directory").body).digest()
        return line.get("/api/directory/signature").json["message"]

    first = told()
    code = kim.code(100)
    pay.settle(city.office, code, till.charge(code, 100))
    assert told() == first and len(made) == 1
    shop = city.office.store.get(Register.SHOP, BOOKS)
    city.hand_in(orders.Shop(city.numbers[MAKER], BOOKS, orders.CLOSED, shop.sort, shop.category, shop.name, shop.district,
                             os.urandom(8), city.now_s() + HOUR_S))
    second = told()
    assert second != first and told() == second and len(made) == 2
    city.wait(HOUR_S)
    third = told()
    assert third != second and cose.parse(raw(third)).body.expires_at_s > cose.parse(raw(second)).body.expires_at_s
    assert len(made) == 2


# --- who hears of it -----------------------------------------------------------------------

def test_each_hears_of_their_own_and_who_comes_back_hears_what_was_missed(city):
    kim, lee, till, other = city.wallet(help_won=1_000), city.wallet(help_won=1_000), city.till(), city.till(BOOKS)
    watcher = news.Watcher(city.office)
    code = kim.code(100)
    entry = pay.settle(city.office, code, till.charge(code, 100)).entry
    told = {topic: event for topic, _, event in watcher.poll()}
    assert set(told) == {f"till/{till.number}", *lookup.topics(city.office, kim.aliases[0])}
    assert watcher.poll() == []
    pay.give_back(city.office, till.refund(entry, 40))
    missed = watcher.replay([f"till/{till.number}"], entry)
    assert [(event["event"], event["amount_won"]) for _, event in missed] == [("refund", 40)]
    assert watcher.replay([f"till/{other.number}", *lookup.topics(city.office, lee.aliases[0])], entry) == []


def test_a_till_that_is_changed_and_a_key_that_is_revoked_end_the_streams_of_their_own_alone(city):
    kim, lee, till, other = city.wallet(), city.wallet(), city.till(), city.till(BOOKS)
    watcher = news.Watcher(city.office)
    revoked = city.hand_in(orders.KeyRevoke(city.numbers[MAKER], kim.key.public, os.urandom(8), city.now_s() + HOUR_S))
    stopped = city.stop(till)
    (hers,) = (f"account/{city.office.store.get(Register.ACCOUNT, kim.account).number}",)
    assert watcher.poll() == [(hers, revoked, {"event": news.REVOKED}), (f"till/{till.number}", stopped, {"event": news.REVOKED})]
    assert watcher.replay([hers, f"till/{till.number}"], 0) == []
    assert refused(join.session, city.office, kim.session()) == "REVOKED_KEY"
    assert refused(join.session, city.office, till.session()) == "TILL_REVOKED"


def test_only_who_paid_opens_the_payers_half(city):
    kim, lee, till = city.wallet(help_won=1_000), city.wallet(help_won=1_000), city.till()
    code = kim.code(100)
    entry = pay.settle(city.office, code, till.charge(code, 100)).entry
    assert lookup.payers_half(city.office, kim.account, entry).half
    assert refused(lookup.payers_half, city.office, lee.account, entry) == "NOT_YOURS"
    assert refused(lookup.payers_half, city.office, kim.account, entry - 1) == "NOT_YOURS"
    assert refused(lookup.payers_half, city.office, kim.account, 10**6) == "NOT_FOUND"
    assert refused(lookup.payers_half, city.office, kim.account, 2**70) == "NOT_FOUND"
