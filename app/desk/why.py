"""The counter at which somebody asks "왜 거절됐나요?": which rule refused the payment, and its figures at that moment.

Written down only of wallets that belong to a person, and only when both signatures held, or a till of the city asked a paper card: a
stranger leaves nothing here.
"""

from app.desk.join import owner_of
from app.desk.office import Office
from app.money.orders_offline import OfflineCode
from app.money.state import Register
from app.people import access, refusals
from app.people.access import Access
from app.people.refusals import RefusedPayment


def write_down(office: Office) -> None:
    """What this process noted since the last time."""
    found: dict[bytes, list[RefusedPayment]] = {}
    for noted in office.refused.take():
        account = _account(office, noted.payer)
        record = office.store.get(Register.ACCOUNT, account) if account else None
        if record is not None and record.person:
            found.setdefault(account, []).append(RefusedPayment(
                account, noted.message, noted.at_s, noted.shop, noted.amount_won, noted.refusal.word, noted.refusal.facts))
    if found:
        refusals.keep(office.people, [one for each in found.values() for one in each[-refusals.KEPT_EACH:]])


def _account(office: Office, payer: object) -> bytes:
    if isinstance(payer, bytes):
        person = office.store.get(Register.PERSON, payer)
        return person.account if person else b""
    if type(payer) is not OfflineCode:
        return owner_of(office, payer.alias)
    certified = office.store.get(Register.OFFLINE_KEY, payer.number)
    return office.store.get(Register.KEY, certified.holder).account if certified else b""


def told(office: Office, officer: int, person: bytes, account: bytes, reason: str) -> list[RefusedPayment]:
    """The refused payments of a person's wallet, newest first; who asked and why is on record before. Where somebody
    wanted to pay is nobody's business without a reason. REASON_MISSING, RESIDENT_NUMBER."""
    with office.people.write() as connection:
        access.record(connection, Access(0, office.now_s(), officer, person, "refusals", reason))
    return refusals.of(office.people, account)


def forget_old(office: Office) -> None:
    """What is kept for a time only: refused payments a week, the access record two years."""
    refusals.forget_old(office.people)
    access.forget_old(office.people)
