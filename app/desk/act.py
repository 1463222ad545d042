"""The counter for what officers sign: one signature where that is enough, else a proposal that
waits for a second person. Lists of payments have a counter of their own (desk.grant).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.desk.office import Office
from app.desk.opening import in_good_time, may_propose, open_approval, open_signed, still_proposed
from app.errors import Refusal
from app.message import cose, kinds
from app.money import orders, orders_office, orders_offline
from app.money.office import named_before
from app.money.orders import Act, Signed
from app.money.recall import holder_of, still_theirs
from app.money.rules import in_force
from app.money.state import Register
from app.people import cards, joins, pairing, proposals
from app.people.proposals import NewProposal, Proposal
from app.store.deciding import OF_WHO_SIGNED

ALONE = (orders.Shop, orders.Till, orders.Link, orders.Freeze, orders.KeyRevoke)
BY_TWO = (
    orders.Programme, orders.KeyAdd, orders_offline.OfflineAgain, orders_offline.Policy, orders_office.Recall, orders_office.Standing,
)
PROPOSED = (*BY_TWO, orders.Link)       # what may wait for the second officer
OF_THE_APPROVAL = OF_WHO_SIGNED | {"EXPIRED"}       # perhaps: a proposal of its own that is too late is over by itself
NUMBERED = {orders.Shop: (Register.SHOP, "shop"), orders.Till: (Register.TILL, "till")}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a signed act: entered, or waiting for the second officer."""
    entry: int | None
    proposal: Proposal | None = None


def hand_in(office: Office, officer: int, raw: bytes, new: bool = False) -> Done:
    """An officer's signed act. NOT_YOURS when another officer signed it than the one who sends it;
    NUMBER_TAKEN when it is `new` and its number went to another meanwhile, whose record it would change; CARD_UNKNOWN for a paper
    card that was given to somebody else meanwhile."""
    signed = open_signed(office, raw, ALONE + BY_TWO)
    if signed.body.officer != officer:
        raise Refusal("NOT_YOURS")
    _refuse_passed_on(office, signed.body)
    if new and type(signed.body) in NUMBERED:
        _still_free(office, signed)
    if isinstance(signed.body, BY_TWO) or (isinstance(signed.body, orders.Link) and relinks(office, signed.body.person)):
        return Done(None, _propose(office, signed))
    done = Done(office.sequencer.submit(Act(signed)))
    if isinstance(signed.body, orders.Link) and signed.body.person:
        joins.fulfil(office.people, signed.body.account, signed.body.person)
    return done


def relinks(office: Office, person: bytes) -> bool:
    """Whether this person (16; empty: nobody) had an account before and has none now: to link them takes two."""
    before = office.store.get(Register.PERSON, person) if person else None
    return before is not None and not before.account


def _refuse_passed_on(office: Office, body: object) -> None:
    if isinstance(body, orders.KeyAdd) and body.grade == orders.CARD:
        account = office.store.get(Register.ACCOUNT, body.account)
        keys, person = [body.key], account.person if account else b""
    elif isinstance(body, orders.Link) and body.person:
        keys, person = [key for key, _ in office.store.keys_of(body.account)], body.person
    else:
        return
    held = [cards.of_key(office.people, key) for key in keys]
    if any(card is not None and card.person != person for card in held):
        raise Refusal("CARD_UNKNOWN")


def _still_free(office: Office, signed: Signed) -> None:
    register, field = NUMBERED[type(signed.body)]
    following = next_number(office, register)
    seen = office.store.entry_of(signed.body.expires_at_s, signed.id) is not None    # the same form, sent again
    if getattr(signed.body, field) != following and not seen:
        raise Refusal("NUMBER_TAKEN", next=following)


def _propose(office: Office, signed: Signed) -> Proposal:
    body = signed.body
    may_propose(office, signed)
    in_good_time(office, signed)
    if isinstance(body, orders_office.Standing):
        _refuse_named(office, body)
    if isinstance(body, orders_office.Recall):
        _refuse_unheld(office, body)
    if isinstance(body, orders.Programme) and waiting_for(office, body.programme) not in (None, signed.id):
        raise Refusal("NUMBER_TAKEN", field="programme")
    return proposals.add(office.people, NewProposal(
        signed.id, kinds.of(body).number, signed.raw, body.officer, _about(body), body.expires_at_s,
    ))


def _refuse_named(office: Office, body: orders_office.Standing) -> None:
    """PERSON_NAMED, as apply has it, before a second officer is asked."""
    with office.store.snapshot() as state:
        other = named_before(state, body, office.now_s(), in_force(state))
    if other is not None:
        raise Refusal("PERSON_NAMED", officer=other)


def _refuse_unheld(office: Office, body: orders_office.Recall) -> None:
    """UNKNOWN_ACCOUNT, NOTHING_TO_RECALL, as apply has them."""
    with office.store.snapshot() as state:
        still_theirs(state, body, holder_of(state, body).number)


def _about(body: object) -> str:
    """One line for the list of proposals, without personal data. Addresses in groups of four digits: thirteen decimal ones in a row
    would be taken for somebody's number."""
    match body:
        case orders.Programme():
            return body.name.decode()
        case orders_office.Recall():
            return body.holder.hex(" ", 2)
    return body.account.hex(" ", 2) if hasattr(body, "account") else str(body.subject)


def waiting_for(office: Office, programme: int) -> bytes | None:
    """The id of a proposal on this programme that waits: two at once would overwrite each other unseen."""
    return programmes_waiting(office).get(programme, (None, None))[0]


def programmes_waiting(office: Office) -> dict[int, tuple[bytes, orders.Programme]]:
    """number -> (the id of the proposal, what it says) of programmes that are to be opened or changed."""
    found = [(each.message_id, cose.parse(each.message).body) for each in proposals.waiting(office.people)]
    return {body.programme: (message_id, body) for message_id, body in found if isinstance(body, orders.Programme)}


def links_waiting(office: Office) -> dict[bytes, tuple[bytes, bytes]]:
    """person -> (account, the id of the proposal), of links that wait for the second officer; the newest of each person."""
    found = [(each.message_id, cose.parse(each.message).body) for each in proposals.waiting(office.people)]
    return {body.person: (body.account, message_id) for message_id, body in found if isinstance(body, orders.Link)}


def waiting_about(office: Office, form: type, subject: int) -> bytes | None:
    """The id of a proposal of this form about `subject` that waits."""
    for each in proposals.waiting(office.people):
        body = cose.parse(each.message).body
        if type(body) is form and body.subject == subject:
            return each.message_id
    return None


def deciders(office: Office, body: object) -> int:
    """Roles, one of which the second officer of a proposal must have."""
    return office.rules.relinkers if isinstance(body, orders.Link) else office.rules.checkers[type(body)]


def is_own_case(office: Office, officer: int, body: object) -> bool:
    """Whether a proposal is about this officer: as an officer, or as one of the people."""
    if isinstance(body, orders_office.Standing):
        return body.subject == officer
    standing = office.store.get(Register.STANDING, officer)
    return standing is not None and bool(standing.person) and standing.person == _person_of(office, body)


def _person_of(office: Office, body: object) -> bytes:
    """Whose wallet or money a proposal is about; empty: nobody's."""
    match body:
        case orders.Link():
            return body.person
        case orders_office.Recall(holder=holder) if len(holder) == 16:
            return holder
        case orders_office.Recall() | orders.KeyAdd() | orders_offline.OfflineAgain():
            account = office.store.get(Register.ACCOUNT, body.holder if isinstance(body, orders_office.Recall) else body.account)
            return account.person if account else b""
    return b""


def refuse(office: Office, officer: int, message_id: bytes, reason: str) -> None:
    """Another officer says no to a proposal, and why. OWN_CASE, SAME_OFFICER, ALREADY_DONE, REASON_MISSING."""
    if is_own_case(office, officer, cose.parse(proposals.get(office.people, message_id).message).body):
        raise Refusal("OWN_CASE")
    proposals.refuse(office.people, message_id, officer, reason)


def approve(office: Office, officer: int, raw: bytes) -> Done:
    """The second officer's approval of a proposal: both go to the chain together. What the chain refuses for good is
    over, with its word as the reason; when it may be the approval that doesn't hold, another officer may give theirs.
    MAKER_NOT_VALID when its maker may not sign such a thing any more: it waits until they may again, or is refused."""
    approval = open_approval(office, raw)
    if approval.body.signer != officer:
        raise Refusal("NOT_YOURS")
    proposal = proposals.get(office.people, approval.body.approved)
    if proposal.maker == officer:           # both before the chain sees it: its no would be final for the proposal
        raise Refusal("SAME_OFFICER")
    if is_own_case(office, officer, cose.parse(proposal.message).body):
        raise Refusal("OWN_CASE")
    if proposal.state != proposals.WAITING:
        raise Refusal("ALREADY_DONE")
    with _over_if_refused(office, proposal):
        signed = open_signed(office, proposal.message, PROPOSED)
        still_proposed(office, signed)
        number = office.sequencer.submit(Act(signed, (approval,)))
    proposals.done(office.people, proposal.message_id, officer)
    if isinstance(signed.body, orders.Link):
        joins.fulfil(office.people, signed.body.account, signed.body.person)
    return Done(number)


@contextmanager
def _over_if_refused(office: Office, proposal: Proposal) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if refusal.final and refusal.word not in OF_THE_APPROVAL:
            proposals.fail(office.people, proposal.message_id, refusal.word)
        raise


def link(office: Office, officer: int, raw: bytes, wish: int) -> Done:
    """An officer's signed link for a wish; once it is on the chain the wish is closed. BAD_FIELD when it
    links somebody else; ALREADY_DONE when the wish was fulfilled before, or refused: its wallet was told so."""
    body, wanted = open_signed(office, raw, (orders.Link,)).body, joins.get(office.people, wish)
    if (body.account, body.person) != (wanted.account, wanted.person):
        raise Refusal("BAD_FIELD", field="account")
    before = office.store.get(Register.PERSON, body.person)
    if before is not None and before.account == body.account:
        joins.fulfil(office.people, body.account, body.person)
        raise Refusal("ALREADY_DONE")
    if wanted.state != joins.WAITING:
        raise Refusal("ALREADY_DONE")
    return hand_in(office, officer, raw)


def pair(office: Office, officer: int, raw: bytes, number: int) -> Done:
    """An officer's signed till for a pairing whose digits they compared. BAD_FIELD when the keys or
    the shop are not those of the pairing."""
    body = open_signed(office, raw, (orders.Till,)).body
    wanted = pairing.get(office.people, number)
    if (body.key, body.refund_key, body.shop, body.rights) != (
            wanted.key, wanted.refund_key, wanted.shop, wanted.rights):
        raise Refusal("BAD_FIELD", field="key")
    done = hand_in(office, officer, raw, new=True)
    pairing.paired(office.people, number, body.till)
    return done


def next_number(office: Office, register: Register) -> int:
    """The number that a new shop, till, officer or programme takes."""
    found = office.store.get(Register.COUNT, register)
    return found.taken + 1 if found else 1
