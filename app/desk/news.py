"""Tells tills and wallets what happened, out of the ledger itself: so every server process sees what
any of them settled, and whoever comes back is told what was missed.
"""

from collections.abc import Container, Iterator, Sequence
from base64 import urlsafe_b64encode

from app.chain.body import decode
from app.chain.entry import SALES, TWO_SIDED, WAYS_BACK
from app.desk.doorbell import Doorbell
from app.desk.lookup import id_of, shop_name
from app.desk.office import Office
from app.desk.receipts import may_be_signed
from app.message import cose
from app.money import orders
from app.money.state import Register
from app.store.base import ACCOUNT, TILL
from app.store.history import OF_KEYS, News

AT_ONCE = 1000
MOST_MISSED = 200       # events for a client that comes back, the newest; older ones it asks by id
OWNERS = {"till": TILL, "account": ACCOUNT}    # of the topics that the ledger speaks of

REVOKED = "revoked"     # the event that ends a stream, and that nobody is told

Told = tuple[str, int | None, dict]     # (topic, entry, event); a ring is of no entry


class _Everybody:
    def __contains__(self, topic: object) -> bool:
        return True


EVERYBODY = _Everybody()


class Watcher:
    """What is new since the last call: one for each server process."""

    def __init__(self, office: Office):
        self.office = office
        self._seen = office.store.head().size - 1
        self._doorbell = Doorbell(office)

    def poll(self, listening: Container[str] = EVERYBODY) -> list[Told]:
        """What is new for these topics. Who begins to listen after this look hears of what is committed after it."""
        # The head first: what is committed after this look is the next call's.
        last = min(self.office.store.head().size - 1, self._seen + AT_ONCE)
        news = self.office.store.news(self._seen, last - self._seen) if last > self._seen and listening else []
        self._seen = last
        return self._doorbell.poll(listening) + [each for one in news for each in at_once(self.office, one, listening)]

    def place(self) -> int:
        """The last entry that was looked at."""
        return self._seen

    def replay(self, topics: Sequence[str], after: int) -> list[tuple[int, dict]]:
        """Events of these topics since entry `after`, oldest first, MOST_MISSED of each at most."""
        found = [(entry, event) for topic in topics for one in self._missed(topic, after)
                 for _, entry, event in tell(self.office, one, (topic,))]
        return sorted(found, key=lambda told: told[0])

    def _missed(self, topic: str, after: int) -> list[News]:
        kind, _, number = topic.partition("/")
        return self.office.store.news_of((OWNERS[kind], int(number)), after, MOST_MISSED) if kind in OWNERS else []


def concerned(news: News) -> list[str]:
    """The topics under which `tell` tells of it."""
    tills = [f"till/{news.till}"] if news.entry.form == TWO_SIDED else []
    return tills + [f"account/{account}" for account in news.accounts]


def tell(office: Office, news: News, listening: Container[str] = EVERYBODY) -> Iterator[Told]:
    """The events of one entry for these topics: to the till its own sale, to the payer theirs. No receipt is signed
    that nobody waits for, and while none may be signed nobody is told of a sale: who asks gets the reason."""
    if news.entry.form == TWO_SIDED and not may_be_signed(office):
        return
    for topic in concerned(news):
        if topic in listening:
            of_till = topic.startswith("till/")
            yield topic, news.entry.number, _of_till(office, news) if of_till else _of_account(office, news)


def at_once(office: Office, news: News, listening: Container[str]) -> Iterator[Told]:
    """What the streams are told of an entry, and which of them it ends."""
    yield from tell(office, news, listening)
    yield from ended(office, news)


def ended(office: Office, news: News) -> Iterator[Told]:
    """Whose streams an entry ends, as it changed a till or revoked a key. Who still may listen, such as the other
    devices of an account, comes again within seconds, and the session of each is looked at anew."""
    if news.entry.kind not in OF_KEYS:
        return
    body = cose.parse(decode(news.entry.a)[3]).body
    if type(body) is orders.KeyRevoke:
        account = office.store.get(Register.KEY, body.key).account
        yield f"account/{office.store.get(Register.ACCOUNT, account).number}", news.entry.number, {"event": REVOKED}
    elif type(body) is orders.KeyAdd:
        if body.replaces:
            yield f"account/{office.store.get(Register.ACCOUNT, body.account).number}", news.entry.number, {"event": REVOKED}
    elif office.store.entries_of(Register.TILL, body.till)[0] < news.entry.number:      # a new till's has just begun
        yield f"till/{body.till}", news.entry.number, {"event": REVOKED}


def _of_till(office: Office, news: News) -> dict:
    fields = decode(news.entry.b)
    return _event(news) | _slip(office, news, fields[3], fields[7])


def _of_account(office: Office, news: News) -> dict:
    entry, event = news.entry, _event(news)
    if entry.form == TWO_SIDED:
        shop = decode(entry.b)[5]
        event |= {"shop": shop, "shop_name": shop_name(office, shop)}
    if entry.kind in SALES:
        payer = decode(entry.a)
        event |= _slip(office, news, payer[3], payer[6])
    return event


def _event(news: News) -> dict:
    entry = news.entry
    event = {"entry": entry.number, "at_s": entry.time_s}
    if entry.form != TWO_SIDED:
        return event | {"event": "balance"}
    return event | {"event": "refund" if entry.kind in WAYS_BACK else "sale", "amount_won": decode(entry.b)[7]}


def _slip(office: Office, news: News, raw: bytes, amount_won: int) -> dict:
    """The receipt for one side's message."""
    subject = id_of(office, raw)
    receipt = office.issuer.receipt(news.entry, subject, amount_won)
    return {"subject": subject.hex(), "receipt": urlsafe_b64encode(receipt).rstrip(b"=").decode()}
