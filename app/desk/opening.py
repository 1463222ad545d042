"""Opens what somebody handed over the counter: bytes in, a verified message out.

The key comes from the register that the message's kind names. Whether that key may still
do the thing is decided again under the head lock, by apply.
"""

from app.desk.office import Office
from app.errors import Refusal
from app.message import cose
from app.money import orders, orders_office, orders_offline
from app.money.orders import Signed
from app.money.orders_reading import Look
from app.money.rules import in_force
from app.money.signers import in_time, officer_fault
from app.money.state import Register

PAYER = (orders.Code, orders.Payment, orders_offline.OfflineCode)
PAYEE = (orders.Charge, orders.Request, orders.Notice, orders_offline.Deposit)


def open_signed(office: Office, raw: bytes, kinds: tuple[type, ...]) -> Signed:
    """Refuses with the message's own word; WRONG_PURPOSE if it is of another kind."""
    parsed = cose.parse(raw)
    if type(parsed.body) not in kinds:
        raise Refusal("WRONG_PURPOSE")
    key = key_of(office, parsed.body)
    return cose.verify(parsed, key, office.chain_id, office.other_chains, office.diagnoses.take)


def open_approval(office: Office, raw: bytes) -> Signed:
    return open_signed(office, raw, (orders.Approval,))


def may_propose(office: Office, signed: Signed) -> None:
    """Before a paper is kept for a second officer: whether its maker may sign such a thing now. REVOKED_KEY, OFFICER_NOT_VALID,
    NO_RIGHT, as apply has them."""
    with office.store.snapshot() as state:
        roles = in_force(state).signers[type(signed.body)]
        fault = officer_fault(state, signed, signed.body.officer, roles, office.now_s())
    if fault:
        raise Refusal(fault)


def in_good_time(office: Office, signed: Signed) -> None:
    """Before a paper is kept: EXPIRED, TOO_FAR_AHEAD, as apply has them. What is good for longer than rules allow would lie on
    everybody's desk for ever."""
    in_time(office.now_s(), office.rules, signed.body)


def still_proposed(office: Office, signed: Signed) -> None:
    """Before the second officer signs: MAKER_NOT_VALID (officer: its maker's number) when the maker may sign it no more. From the
    chain the second one would read it as said of themselves."""
    try:
        may_propose(office, signed)
    except Refusal:
        raise Refusal("MAKER_NOT_VALID", officer=signed.body.officer) from None


def key_of(office: Office, body: object) -> bytes:
    """The public key that must have signed this body, or UNKNOWN_*."""
    match body:
        case orders.AccountOpen():
            return body.key
        case orders_offline.OfflineCode():
            found = office.store.get(Register.OFFLINE_KEY, body.number)
            return found.key if found else _no_key()
        case orders.Code() | orders.Payment() | orders.AliasBatch() | orders.Join() | orders_offline.OfflineKey() | Look():
            return _alias_key(office, body.alias)
        case orders.Session(signer=bytes()):
            return _alias_key(office, body.signer)
        case orders.Session():
            return _till(office, body.signer).key
        case orders.Refund():
            return _till(office, body.till).refund_key or _no_key()
        case orders.Charge() | orders.Request() | orders.Notice() | orders.Void() | orders_offline.Deposit():
            return _till(office, body.till).key
        case orders.Officer() | orders.OperationalKey() | orders_office.Rulebook():
            return _root(office, body.root)
        case orders.Approval(board=orders.ROOTS):
            return _root(office, body.signer)
        case orders.Approval():
            return _officer(office, body.signer)
        case _ if hasattr(body, "officer"):
            return _officer(office, body.officer)
    raise Refusal("WRONG_PURPOSE")


def _alias_key(office: Office, alias: bytes) -> bytes:
    found = office.store.get(Register.ALIAS, alias)
    return found.key if found else _no_key()


def _till(office: Office, number: int):
    found = office.store.get(Register.TILL, number)
    if found is None:
        raise Refusal("UNKNOWN_TILL", till=number)
    return found


def _officer(office: Office, number: int) -> bytes:
    found = office.store.get(Register.OFFICER, number)
    if found is None:
        raise Refusal("UNKNOWN_OFFICER", officer=number)
    return found.key


def _root(office: Office, index: int) -> bytes:
    if index >= len(office.genesis.roots):
        _no_key()
    return office.genesis.roots[index]


def _no_key():
    raise Refusal("UNKNOWN_KEY")
