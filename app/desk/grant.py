"""The counter for lists: one officer proposes exactly these rows, another approves exactly these,
then the rows are paid one by one beside the day's payments.
"""

import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.desk import recall
from app.desk.office import Office
from app.desk.opening import in_good_time, may_propose, open_approval, open_signed, still_proposed
from app.errors import WORDS, Refusal
from app.money import limits
from app.money.lists import leaves_root, row_leaf, row_salt
from app.money.orders import Act, Grant, Row
from app.money.orders_office import RecallList
from app.money.rules import in_force
from app.money.signers import one_person
from app.money.state import ListRecord, Register
from app.money.topup import account_of, budget_left_won, why_back
from app.people import drafts, lists
from app.people.lists import PaymentList, PayRow, Upload
from app.store.deciding import OF_WHO_SIGNED
from app.store.state import SqliteState

ROWS_AT_ONCE = 2048     # handed to the sequencer together; it decides how many fit beside payments
AT_ONCE_S = 2           # so long an officer's browser waits while rows are judged
WAITING_AT_MOST = 10_000    # approved lists: each of them waits a week at most
NOT_TODAY = {"OVER_OFFICER_LIMIT", "MAKER_NOT_VALID"}       # may be right again, on a day that nobody signed for
DAY_S = 86_400
SIGNED_FOR_S = 7 * 86_400 - 600     # the longest that rules allow, less the time to sign


@dataclass(frozen=True, slots=True)
class Differences:
    """What a checker looks at: who is new, who is gone, whose amount is another. person: token (16)."""
    before: PaymentList | None
    added: tuple[tuple[bytes, int], ...]            # person, won
    gone: tuple[tuple[bytes, int], ...]
    changed: tuple[tuple[bytes, int, int], ...]     # person, won before, won now


def upload(office: Office, wanted: Upload) -> PaymentList:
    """A file or typed rows become a draft; a long one is judged to its end in the background. Raises what
    app.people.drafts.create does, and UNKNOWN_PROGRAMME."""
    if office.store.get(Register.PROGRAMME, wanted.programme) is None:
        raise Refusal("UNKNOWN_PROGRAMME")
    return judge(office, drafts.create(office.people, wanted).list_id)


def judge(office: Office, list_id: bytes, within_s: float = AT_ONCE_S) -> PaymentList:
    """Judges the rows of a draft, so many as can be in this time."""
    end = time.monotonic() + within_s
    found, more = lists.get(office.people, list_id), True
    while more:
        with office.store.snapshot() as state:
            more = drafts.judge_portion(office.people, list_id, _rules(office, state, found)) and time.monotonic() < end
    return lists.get(office.people, list_id)


def _rules(office: Office, state: SqliteState, found: PaymentList) -> drafts.Rules:
    """What apply would say of each row now, asked before anybody signs."""
    now_s, rules, programme = office.now_s(), in_force(state), found.programme

    def why_not(person: bytes, amount_won: int) -> str:
        if found.back:
            return recall.why_not(office, state, programme, person)
        return why_back(state, programme, (person, amount_won), now_s, rules)

    return drafts.Rules(
        lambda person: account_of(state, person) is not None, why_not,
        lambda people: state.expect_people(people, programme),
    )


def form_of(found: PaymentList) -> type:
    """What its maker signs."""
    return RecallList if found.back else Grant


def judge_all(office: Office) -> bool:
    """Goes on with every draft that is not judged to its end. Whether there was one."""
    waiting = drafts.judging(office.people)
    for list_id in waiting:
        judge(office, list_id)
    return bool(waiting)


def forget_files(office: Office) -> None:
    """What uploaded files held is not kept longer than a week."""
    drafts.forget_files(office.people)


def is_linked(office: Office, person: bytes) -> bool:
    found = office.store.get(Register.PERSON, person)
    return found is not None and bool(found.account)


def propose(office: Office, officer: int, list_id: bytes, raw: bytes) -> None:
    """The maker's signed grant, or list to take back. LIST_DIFFERS when it is not for these very rows."""
    found = lists.get(office.people, list_id)
    signed = open_signed(office, raw, (form_of(found),))
    body = signed.body
    rows = lists.payable(office.people, list_id)
    mine = (found.list_id, found.programme, officer, len(rows), sum(row.amount_won for row in rows))
    if len(rows) > office.rules.max_rows:
        raise Refusal("ROWS_TOO_MANY", most=office.rules.max_rows)
    if (body.list_id, body.programme, body.officer, body.count, body.total_won) != mine:
        raise Refusal("LIST_DIFFERS")
    if leaves_root(leaves(found, rows)) != body.root:
        raise Refusal("LIST_DIFFERS")
    may_propose(office, signed)
    in_good_time(office, signed)
    recall.not_overtaken(office, found)
    affordable(office, found, (officer,))
    lists.propose(office.people, list_id, officer, raw)


def affordable(office: Office, found: PaymentList, officers: tuple[int, ...]) -> None:
    """Asked before anybody signs, and of the moment at which the list is paid, because the chain's no to a signed grant is
    final, and a list that waits for an officer's next day would be paid then with nobody looking. What other approved lists
    will take by then is taken. `officers`: who signs or has signed. PROGRAMME_NOT_OPEN, BUDGET_SPENT, OVER_OFFICER_LIMIT, as
    apply has them; nothing bounds what is taken back."""
    if found.back:
        return
    at_s, others = _paid_at_s(office, found), _approved_before(office, found)
    with office.store.snapshot() as state:
        record = state.get(Register.PROGRAMME, found.programme)
        if not record.opens_at_s <= at_s < record.closes_at_s:
            raise Refusal("PROGRAMME_NOT_OPEN", opens_at_s=record.opens_at_s, closes_at_s=record.closes_at_s)
        left_won = _left_won(state, found.programme, others, at_s)
        if found.total_won > left_won:
            raise Refusal("BUDGET_SPENT", left_won=left_won)
        for officer in officers:
            taken_won = sum(each.total_won for each in others if officer in (each.maker, each.checker)
                            and abs(_paid_at_s(office, each) - at_s) < DAY_S)
            _within_their_day(state, officer, (found.total_won, taken_won), at_s)


def _paid_at_s(office: Office, found: PaymentList) -> int:
    """When a list that is approved now enters the chain."""
    return max(office.now_s(), found.start_at_s)


def _approved_before(office: Office, found: PaymentList) -> list[PaymentList]:
    """Other lists that pay, that two officers have signed and that are not on the chain yet."""
    return [each for each in lists.newest(office.people, lists.APPROVED, WAITING_AT_MOST)
            if each.list_id != found.list_id and not each.back]


def _left_won(state: SqliteState, programme: int, others: list[PaymentList], at_s: int) -> int:
    taken_won = sum(each.total_won for each in others if each.programme == programme)
    return max(0, budget_left_won(state, programme, at_s) - taken_won)


def _within_their_day(state: SqliteState, officer: int, won: tuple[int, int], at_s: int) -> None:
    """won: of this list, and of the officer's others that are paid less than a day before or after: to the second nobody knows
    when their day begins. OVER_OFFICER_LIMIT."""
    total_won, taken_won = won
    try:
        limits.grant(state, (officer,), total_won + taken_won, at_s)
    except Refusal as refusal:
        left_won = max(0, refusal.facts["left_won"] - taken_won)
        raise Refusal(refusal.word, **{**refusal.facts, "left_won": left_won}) from None


def left_won(office: Office, found: PaymentList) -> int:
    """What the list's programme may grant at the moment the list is paid, of its budget and of the policy's cap on it, beside
    what is approved and waits."""
    with office.store.snapshot() as state:
        return _left_won(state, found.programme, _approved_before(office, found), _paid_at_s(office, found))


def approve(office: Office, officer: int, list_id: bytes, raw: bytes) -> int:
    """The checker's signed approval; the entry of the grant, 0 when it waits for its moment. The rows follow by
    themselves."""
    approval = open_approval(office, raw)
    body = approval.body
    if body.signer != officer:
        raise Refusal("NOT_YOURS")
    in_good_time(office, approval)
    found = lists.get(office.people, list_id)
    if found.state == lists.PROPOSED:
        grant = open_signed(office, found.proposal, (form_of(found),))
        if body.approved != grant.id:
            raise Refusal("LIST_DIFFERS")
        still_proposed(office, grant)
        _two_people(office, found.maker, officer)
        affordable(office, found, (found.maker, officer))
    lists.approve(office.people, list_id, officer, raw)
    return enter(office, list_id) if found.start_at_s <= office.now_s() else 0


def _two_people(office: Office, *officers: int) -> None:
    """Asked before a list waits for its moment, at which nobody would be there to hear the chain's no. SAME_OFFICER."""
    with office.store.snapshot() as state:
        if in_force(state).persons_apart and one_person(state, *officers):
            raise Refusal("SAME_OFFICER")


def enter(office: Office, list_id: bytes) -> int:
    """Brings an approved list to the chain; again after a crash gives the same entry. What the chain refuses for good
    is over, with its word as the reason: those messages are spent, and the maker makes a new list. So is what its officers
    may grant no more that day, and what its maker may not sign any more: tried again it would be paid some other day. When it
    is the approval that doesn't hold, another checker may give theirs."""
    found = lists.get(office.people, list_id)
    rows = lists.payable(office.people, list_id)
    with _over_if_refused(office, found, ()):
        grant = open_signed(office, found.proposal, (form_of(found),))
        still_proposed(office, grant)
    with _over_if_refused(office, found, WORDS):
        approval = open_approval(office, found.approval)
    with _over_if_refused(office, found, OF_WHO_SIGNED):
        number = office.sequencer.submit(Act(grant, (approval,), (leaves(found, rows),)))
    lists.issued(office.people, list_id)
    return number


@contextmanager
def _over_if_refused(office: Office, found: PaymentList, of_the_approval: Container[str]) -> Iterator[None]:
    """Ends an approved list that is over by what is refused inside; back to the checkers for one of these words."""
    try:
        yield
    except Refusal as refusal:
        over = refusal.final or refusal.word in NOT_TODAY
        if over and found.state == lists.APPROVED:
            if refusal.word in of_the_approval:
                lists.reopen(office.people, found.list_id)
            else:
                lists.fail(office.people, found.list_id, refusal.word)
        raise


def leaves(found: PaymentList, rows: list[PayRow]) -> bytes:
    """The salted leaves (32 each) of a list's rows, as both officers' browsers work them out."""
    return b"".join(
        row_leaf(row.row, row.person, row.amount_won, row_salt(found.seed, row.row)) for row in rows
    )


def wanted(office: Office, officer: int, found: PaymentList) -> Grant | RecallList:
    """What the maker is asked to sign; their browser works the root out again from the rows."""
    rows = lists.payable(office.people, found.list_id)
    return form_of(found)(
        officer, found.programme, found.list_id, leaves_root(leaves(found, rows)), len(rows),
        sum(row.amount_won for row in rows), office.now_s() + SIGNED_FOR_S,
    )


def differences(office: Office, found: PaymentList) -> Differences:
    """Against the last list of the same programme that was approved."""
    before = lists.previous(office.people, found.list_id)
    old = {row.person: row.amount_won for row in lists.payable(office.people, before.list_id)} if before else {}
    new = {row.person: row.amount_won for row in lists.payable(office.people, found.list_id)}
    return Differences(
        before, tuple((person, won) for person, won in new.items() if person not in old),
        tuple((person, won) for person, won in old.items() if person not in new),
        tuple((person, old[person], won) for person, won in new.items() if person in old and old[person] != won),
    )


def progress(office: Office, list_id: bytes) -> ListRecord | None:
    """How far a list is on the chain; None before it is approved."""
    return office.store.get(Register.LIST, list_id)


def unfinished(office: Office) -> list[bytes]:
    """Lists that are approved or issued and still have rows to pay."""
    left = []
    for list_id in lists.unpaid(office.people):
        record = progress(office, list_id)
        if record is None or record.next_row < record.count:
            left.append(list_id)
        else:
            lists.paid(office.people, list_id)
    return left


def pay_rows(office: Office, list_id: bytes) -> Iterator[int]:
    """Pays what is left of a list, and gives the next row's number after each portion.

    Whoever stops listening stops it; whoever starts again goes on where the chain is. Raises the refusal of a
    row that is not the next one or not as it was signed.
    """
    found, record = lists.get(office.people, list_id), progress(office, list_id)
    if record is None:
        enter(office, list_id)
        record = progress(office, list_id)
    elif found.state == lists.APPROVED:
        lists.issued(office.people, list_id)    # it stopped between the two databases
    rows = lists.payable(office.people, list_id)
    for start in range(record.next_row, record.count, ROWS_AT_ONCE):
        portion = rows[start:start + ROWS_AT_ONCE]
        answers = office.sequencer.submit_rows([
            Row(list_id, row.row, row.person, row.amount_won, row_salt(found.seed, row.row)) for row in portion
        ])
        _raise_first(answers)
        yield start + len(portion)


def _raise_first(answers: list[int | Refusal]) -> None:
    for answer in answers:
        if isinstance(answer, Refusal) and answer.word != "ALREADY_DONE":       # by another process
            raise answer
