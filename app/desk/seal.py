"""What the office does by itself: signs checkpoints, writes the day's totals, returns what has expired."""

from hashlib import sha256

from app.chain.checkpoint import Checkpoint
from app.chain.merkle import consistency_proof
from app.desk.office import Office, Operational
from app.errors import Refusal
from app.message import cose
from app.money import orders
from app.money.orders import Act
from app.money.orders_publishing import Served
from app.money.state import Register
from app.store.audit import state_root_job
from app.store.history import Supply
from app.store.tally import day_number

MESSAGE_LIFE_S = 3600
EXPIRE_AT_ONCE = 256
BY_ANOTHER = {"ALREADY_DONE", "NOTHING_TO_EXPIRE", "AMOUNT_DIFFERS"}     # another process was first


def checkpoint(office: Office) -> Checkpoint:
    """A signed checkpoint over all entries now on disk; the last one when nothing came. WouldFork halts."""
    head = office.store.head()
    signed = office.checkpoints.sign(
        head.size, head.frontier.root(),
        lambda old, new: consistency_proof(office.store.hashes, old, new),
    )
    office.store.keep_checkpoint(head.epoch, signed.size, office.now_s(), signed.note)
    return signed


def totals(office: Office) -> list[int]:
    """The day's figures of each coin, once a day; the entries made now."""
    now_s = office.now_s()
    day = city_day(office, now_s)
    made, supplies = [], office.store.supply()
    for coin in office.city.coins:
        supply = supplies.get(coin.number, Supply(coin.number, 0, 0, 0, 0))
        body = orders.Totals(
            office.notice_key.number, day, coin.number, supply.issued_won, supply.redeemed_won,
            supply.expired_won, supply.outstanding_won, now_s + MESSAGE_LIFE_S,
        )
        number = _own(office, body, office.notice_key)
        made += [number] if number is not None else []
    return made


def state_root(office: Office) -> None:
    """A commitment to every balance, once a day; the next block carries it."""
    state_root_job(office.store, city_day(office, office.now_s()))


def served(office: Office, manifest: bytes) -> int | None:
    """Which files browsers are served stands in the log: the list's digest, when it is another than the last; its entry."""
    digest, last, now_s = sha256(manifest).digest(), office.store.get(Register.SERVED, 0), office.now_s()
    if last is not None and last.digest == digest:
        return None
    body = Served(office.notice_key.number, digest, now_s, now_s + MESSAGE_LIFE_S)
    return _own(office, body, office.notice_key)


def city_day(office: Office, now_s: int) -> int:
    """Days since 1970-01-01 on the city's clocks."""
    return day_number(now_s, office.city.zone)


def expire(office: Office, after_s: int = 0) -> int:
    """Returns what is left in lots that expired after `after_s` to their programmes; how many lots, at most
    EXPIRE_AT_ONCE. An expired lot is unspendable whether or not this has run."""
    now_s = office.now_s()
    lots = office.store.expired_lots(now_s, after_s, EXPIRE_AT_ONCE)
    bodies = [orders.Expire(office.sweep_key.number, lot.id, lot.balance_won, now_s + MESSAGE_LIFE_S) for lot in lots]
    for answer in office.sequencer.submit_rows([_act(office, body, office.sweep_key) for body in bodies]):
        if isinstance(answer, Refusal) and answer.word not in BY_ANOTHER:
            raise answer
    return len(lots)


def _own(office: Office, body: object, key: Operational) -> int | None:
    """Signs and enters a message of the server's own; None when another process was first."""
    try:
        return office.sequencer.submit(_act(office, body, key))
    except Refusal as refusal:
        if refusal.word in BY_ANOTHER:
            return None
        raise


def _act(office: Office, body: object, key: Operational) -> Act:
    parsed = cose.parse(cose.sign(body, key.signer, office.chain_id))
    return Act(cose.verify(parsed, key.signer.public, office.chain_id))
