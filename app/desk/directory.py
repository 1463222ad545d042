"""What wallets and tills know of the city: its keys, coins, categories, and the signed list of shops."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from hashlib import sha256

from app.chain.body import decode
from app.desk import offline
from app.desk.office import Office
from app.message import cose, kinds
from app.money import orders_publishing
from app.money.orders import NOTICE_KEY, OPEN, RECEIPT_KEY
from app.money.state import Register

SIGNED_FOR_S = 86_000
SIGNED_EVERY_S = 3600
CHANGED_BY = tuple(kinds.BY_NAME[name].number for name in ("shop", "operational-key", "policy"))


def city(office: Office) -> dict:
    """What a device pins when it joins."""
    found = office.city
    return {
        "chain_id": office.chain_id.hex(), "host": office.genesis.host, "host_text": office.genesis.host.upper(),
        "name": {"ko": found.names.ko, "en": found.names.en}, "zone": found.zone.key,
        "currency": {"ko": found.currency.ko, "en": found.currency.en},
        "genesis": office.store.genesis().hex(), "operational": _certificates(office),
        "code_cap_won": found.code_cap_won, "office_phone": found.office_phone,
        "coins": [{"number": one.number, "key": one.key, "name": _names(one.names)} for one in found.coins],
        "categories": [{"number": one.number, "key": one.key, "name": _names(one.names)} for one in found.categories],
    }


def _certificates(office: Office) -> list[dict]:
    """What the roots signed for each key of receipts and of the directory, oldest first: with the genesis it proves the
    key by the chain id, so no key stands here by itself."""
    found = []
    records = office.store.records(Register.OPERATIONAL)
    for number in (number for number, record in records if record.role in (RECEIPT_KEY, NOTICE_KEY)):
        for entry in office.store.entries_of(Register.OPERATIONAL, number):
            _, _, _, message, _, approvals = decode(office.store.entry(entry).a)
            found.append({
                "number": number, "message": _text(message), "approvals": [_text(raw) for raw, _ in approvals],
            })
    return found


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _names(names) -> dict:
    return {"ko": names.ko, "en": names.en}


def listing(office: Office) -> bytes:
    """The directory's exact bytes (JSON): open shops by number, the hosts that a scanner may follow, and what a
    till may take without a network."""
    shops = [
        {"shop": number, "name": record.name.decode(), "district": record.district.decode(),
         "category": record.category, "sort": record.sort}
        for number, record in office.store.records(Register.SHOP) if record.standing == OPEN
    ]
    return json.dumps(
        {"hosts": [office.genesis.host], "offline": offline.figures(office), "shops": shops}, ensure_ascii=False, separators=(",", ":"), sort_keys=True,
    ).encode()


def signature(office: Office, listed: bytes) -> bytes:
    """A directory message over a listing, good for a day."""
    now_s = office.now_s()
    key = office.notice_key
    body = orders_publishing.Directory(key.number, sha256(listed).digest(), now_s, now_s + SIGNED_FOR_S)
    return cose.sign(body, key.signer, office.chain_id)


@dataclass(frozen=True, slots=True)
class Copy:
    """The directory as it was made last."""
    size: int               # of the ledger, up to which nothing of it has changed
    body: bytes
    signed_at_s: int
    message: bytes          # the directory message over `body`


class Kept:
    """The directory of one process, made and signed again only when a shop or a key of the server has changed, and
    every hour. Any number of threads may ask."""

    def __init__(self, office: Office):
        self.office = office
        self._copy: Copy | None = None

    def now(self) -> Copy:
        size, now_s, kept = self.office.store.head().size, self.office.now_s(), self._copy
        if kept is None or (kept.size != size and self.office.store.has_since(kept.size - 1, CHANGED_BY)):
            body = listing(self.office)
            kept = Copy(size, body, now_s, signature(self.office, body))
        elif not 0 <= now_s - kept.signed_at_s < SIGNED_EVERY_S:
            kept = Copy(size, kept.body, now_s, signature(self.office, kept.body))
        elif kept.size != size:
            kept = replace(kept, size=size)
        self._copy = kept
        return kept
