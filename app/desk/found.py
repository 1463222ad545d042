"""Founding a city and opening its office again.

    data/
      city.toml         the city file as founded (a copy: what the chain was made with)
      chain.sqlite      the ledger                      people.sqlite   people and desks
    tally.sqlite      what moved on which day: counted again when it is lost
      checkpoint.note   last checkpoint signed          keys/*.seed     operational keys, 0600
      cookie.secret     signs officers' cookies, 0600

`found` takes the roots' public keys only. What the roots must sign stands on a sheet
(desk.certify); until it is admitted the server can show pages and settle nothing.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from app.chain.block import Genesis, chain_id, origin
from app.chain import checkpoint
from app.chain.checkpoint import Signer as CheckpointSigner, WouldFork
from app.chain.merkle import consistency_proof
from app.chain.receipt import Issuer
from app.city import City, read_city
from app.desk import sweep
from app.desk.certify import Certificate, Sheet
from app.desk.diagnoses import Diagnoses
from app.desk.office import Office, Operational
from app.desk.refused import Refused
from app.errors import SetupError
from app.message.keys import Signer, new_seed, read_seed, write_seed
from app.money import orders, orders_office
from app.money.rules import NEWEST, RULES
from app.money.state import Register
from app.people.people import People
from app.store.sequencer import Sequencer
from app.store.sqlite import SqliteStore
from app.store.tally import Tally, day_number

EPOCH = 0
DAY_S = 86_400
YEAR_S = 365 * DAY_S
KEYS_LIVE_S = 3 * YEAR_S
SECRET_BYTES = 32
SHEET_LIVES_S = 30 * DAY_S
KEY_NAMES = {
    orders.RECEIPT_KEY: "receipt", orders.CHECKPOINT_KEY: "checkpoint", orders.SWEEP_KEY: "sweep",
    orders.NOTICE_KEY: "notice",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one city's data lies."""
    path: Path

    @property
    def city_file(self) -> Path:
        return self.path / "city.toml"

    @property
    def chain(self) -> Path:
        return self.path / "chain.sqlite"

    @property
    def people(self) -> Path:
        return self.path / "people.sqlite"

    @property
    def tally(self) -> Path:
        return self.path / "tally.sqlite"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.note"

    @property
    def secret(self) -> Path:
        return self.path / "cookie.secret"

    def key(self, role: int) -> Path:
        return self.path / "keys" / f"{KEY_NAMES[role]}.seed"

    @property
    def card_key(self) -> Path:
        """Under which the secrets of paper cards are sealed; made with the first card."""
        return self.path / "keys" / "card.seed"

    @property
    def founded(self) -> bool:
        return self.checkpoint.exists()

    @property
    def unfinished(self) -> Path:
        """Where a city is made."""
        return self.path / "unfinished"


@contextmanager
def making(folder: Folder) -> Iterator[Folder]:
    """A folder in which to make the city of `folder`. It moves there as soon as the block has ended well; of a try that
    failed or was cut off nothing is left in the way of the next. SetupError if there is a city, or no way to write."""
    if folder.founded:
        raise SetupError(f"{folder.path} holds a city already: choose another folder with --data")
    kept = [file for file in (folder.chain, folder.people, folder.path / "keys") if file.is_file() or file.is_dir() and any(file.iterdir())]
    if kept:
        raise SetupError(f"{kept[0]} is there, but no checkpoint.note: put that back from the backup, or choose another folder with --data")
    part = Folder(folder.unfinished)
    try:
        shutil.rmtree(part.path, ignore_errors=True)
        part.path.mkdir(parents=True, mode=0o700)
        try:
            yield part
            for file in sorted(part.path.iterdir(), key=lambda file: file.name == part.checkpoint.name):    # with that it is founded
                file.rename(folder.path / file.name)
        finally:
            shutil.rmtree(part.path, ignore_errors=True)
    except OSError as error:
        raise SetupError(f"{folder.path} can't be written ({error.strerror}): choose another with --data (make run: DATA=)") from None


def found(folder: Folder, city_file: Path, host: str, roots: tuple[bytes, ...], clock: Callable[[], float]) -> Sheet:
    """A new chain in an empty folder, and the sheet that the roots must sign. SetupError if there is one."""
    city = read_city(city_file)
    with making(folder) as part:
        return _found(part, city, city_file.read_bytes(), host, roots, int(clock()))


def _found(folder: Folder, city: City, city_file: bytes, host: str, roots: tuple[bytes, ...], now_s: int) -> Sheet:
    (folder.path / "keys").mkdir(mode=0o700)
    _write_private(folder.city_file, city_file)
    _write_private(folder.secret, secrets.token_bytes(SECRET_BYTES))
    for role in KEY_NAMES:
        write_seed(folder.key(role), new_seed())
    genesis = Genesis(
        city.key, host, now_s, city.threshold, roots, len(city.coins), city.zone.key, secrets.token_bytes(16),
    ).to_bytes()
    SqliteStore.create(folder.chain, genesis).close()
    _checkpoints(folder, genesis, host, Signer(read_seed(folder.key(orders.CHECKPOINT_KEY)))).begin()
    keys = wanted_keys(folder, genesis, now_s)
    return replace(keys, certificates=(*keys.certificates, wanted_rules(now_s)))


def wanted_rules(now_s: int) -> Certificate:
    """What the roots are asked to sign so that the newest rules of this program hold."""
    return Certificate(orders_office.Rulebook(0, NEWEST, secrets.token_bytes(8), now_s + SHEET_LIVES_S))


def newest_rules(office: Office) -> Sheet:
    """The sheet that asks for them in a city that goes by older ones."""
    if office.rules.version == NEWEST:
        raise SetupError(f"rule set {NEWEST} is in force already, and this release knows none that is newer")
    return Sheet(office.store.genesis(), (wanted_rules(office.now_s()),))


def wanted_keys(folder: Folder, genesis: bytes, now_s: int) -> Sheet:
    """What the roots are asked to sign so that the server may work: its four keys."""
    return Sheet(genesis, tuple(wanted_key(role, Signer(read_seed(folder.key(role))).public, now_s) for role in KEY_NAMES))


def wanted_key(role: int, key: bytes, now_s: int) -> Certificate:
    """One of them, for three years."""
    return Certificate(orders.OperationalKey(
        0, role, role, key, now_s - 3600, now_s + KEYS_LIVE_S, secrets.token_bytes(8), now_s + SHEET_LIVES_S,
    ))


def wanted_officer(genesis: bytes, number: int, key: bytes, roles: int, now_s: int) -> Sheet:
    """What the roots are asked to sign so that an officer may work, for a year."""
    return Sheet(genesis, (Certificate(orders.Officer(
        0, number, key, roles, now_s - 3600, now_s + YEAR_S, secrets.token_bytes(8), now_s + SHEET_LIVES_S,
    )),))


def check_clock(folder: Folder, clock: Callable[[], float]) -> None:
    """SetupError when the clock is more than a day ahead of the last entry: entries at a wrong time could never be
    taken back. A city that has no officer yet has nothing to lose."""
    store = SqliteStore.open(folder.chain)
    try:
        last_s, begun = store.head().time_s, bool(store.records(Register.OFFICER))
    finally:
        store.close()
    now_s = int(clock())
    if begun and now_s - last_s > DAY_S:
        raise SetupError(f"this machine's clock says {_minute(now_s)}, but the last entry is of {_minute(last_s)}: if the city was switched off "
                         "so long and the clock is right, add --clock-is-right; otherwise set the clock first")


def _minute(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"


def confirm_clock(folder: Folder, clock: Callable[[], float]) -> None:
    """The operator's word that the clock is right, for the sweep of expired money too."""
    store = SqliteStore.open(folder.chain)
    try:
        sweep.confirm(store, int(clock()))
    finally:
        store.close()


def check_whole(folder: Folder) -> None:
    """SetupError unless a city was founded here, and the record of what it signed is there."""
    if folder.founded:
        return
    if folder.chain.exists():
        raise SetupError(
            f"{folder.checkpoint} is missing, but {folder.chain} holds a ledger: put the note back, the newest that anyone kept of "
            "/log/checkpoint. It is never taken from a backup: see app/OPERATING.md")
    raise SetupError(f"{folder.path} holds no city yet: `python -m app init` founds one, `run --example` makes one for a trial")


def check_signed(folder: Folder, store: SqliteStore) -> None:
    """WouldFork when the ledger is behind, or beside, what was signed: before anything is entered. SetupError without the note."""
    own = (Signer(read_seed(folder.key(orders.CHECKPOINT_KEY))).public,) if folder.key(orders.CHECKPOINT_KEY).exists() else ()
    genesis = store.genesis()
    name = origin(genesis, Genesis.from_bytes(genesis).host, EPOCH)
    last = checkpoint.recorded(folder.checkpoint, name, (*own, *checkpoint_keys(store)))    # before the head, which may go on
    head = store.head()
    try:
        checkpoint.goes_on(last, head.size, head.frontier.root(), lambda old, new: consistency_proof(store.hashes, old, new))
    except WouldFork as error:
        raise WouldFork(f"{folder.chain}, whose last entry is of {_minute(head.time_s)}, can't go on: {error}") from None


def checkpoint_keys(store: SqliteStore) -> tuple[bytes, ...]:
    """Every public key that the roots ever accepted for checkpoints, newest first."""
    entries = reversed(store.entries_of(Register.OPERATIONAL, orders.CHECKPOINT_KEY))
    return tuple(store.as_of(Register.OPERATIONAL, orders.CHECKPOINT_KEY, entry).key for entry in entries)


def open_office(folder: Folder, clock: Callable[[], float], anchor: float | None = None, without_keys: bool = False) -> Office:
    """The office of a founded city, its committer running. SetupError in one line if it can't be. `anchor`: of the
    server that this process belongs to (app/store/clock.py). `without_keys`: where a key is lost and is to be replaced another
    that nobody accepts stands in."""
    check_whole(folder)
    store = SqliteStore.open(folder.chain)
    try:
        return _opened(folder, store, clock, Sequencer(store, clock, anchor=anchor), without_keys)
    except SetupError:
        store.close()
        raise


def _opened(folder: Folder, store: SqliteStore, clock: Callable[[], float], sequencer: Sequencer, without_keys: bool) -> Office:
    raw = store.genesis()
    genesis, chain = Genesis.from_bytes(raw), chain_id(raw)
    city = _city(folder, genesis)
    book = store.get(Register.RULEBOOK, 0)
    if book is not None and book.version not in RULES:
        raise SetupError(f"the city goes by rule set {book.version}, which this release doesn't know: install the newer one")
    if not folder.people.exists() and store.records(Register.OFFICER):
        raise SetupError(f"{folder.people} is missing: put the people database back from its backup")
    keys = {role: _key(folder, role, without_keys) for role in KEY_NAMES}
    return Office(
        city=city, genesis=genesis, chain_id=chain, store=store,
        sequencer=sequencer, people=People(folder.people, clock),
        tally=Tally(folder.tally, lambda at_s: day_number(at_s, city.zone)),
        issuer=Issuer(orders.RECEIPT_KEY, EPOCH, keys[orders.RECEIPT_KEY], chain),
        checkpoints=_checkpoints(folder, raw, genesis.host, keys[orders.CHECKPOINT_KEY]),
        sweep_key=Operational(orders.SWEEP_KEY, keys[orders.SWEEP_KEY]),
        notice_key=Operational(orders.NOTICE_KEY, keys[orders.NOTICE_KEY]),
        clock=clock, folder=folder.path, diagnoses=Diagnoses(clock), refused=Refused(clock),
    )


def _city(folder: Folder, genesis: Genesis) -> City:
    """The city file, which must agree with what was signed into the first entry."""
    if not folder.city_file.exists():
        raise SetupError(f"{folder.city_file} is missing: put it back from a backup, or the file that `init` was given: of city "
                         f"{genesis.city}, zone {genesis.zone}, {genesis.coins} coins, roots {', '.join(key.hex() for key in genesis.roots)}")
    city = read_city(folder.city_file)
    founded = {"key": (city.key, genesis.city), "zone": (city.zone.key, genesis.zone), "number of coins": (len(city.coins), genesis.coins)}
    if city.root_keys:      # a trial city's file names none
        founded |= {"roots": (city.root_keys, genesis.roots), "threshold of the roots": (city.threshold, genesis.threshold)}
    differ = [name for name, (here, then) in founded.items() if here != then]
    if differ:
        raise SetupError(f"{folder.city_file} differs from what the city was founded with ({', '.join(differ)}): these never change, "
                         "put back what stood there")
    return city


def _key(folder: Folder, role: int, lost: bool) -> Signer:
    if not folder.key(role).exists():
        if lost:
            return Signer(new_seed())
        raise SetupError(f"{folder.key(role)} is missing: put it back from its backup, or `renew --replace {KEY_NAMES[role]}` asks the "
                         "roots for a new one")
    return Signer(read_seed(folder.key(role)))


def key_fault(office: Office) -> str:
    """Why the server may not use its own keys now, for the operator; empty when the roots accept them all."""
    keys = {
        orders.RECEIPT_KEY: office.issuer.key, orders.CHECKPOINT_KEY: office.checkpoints.key,
        orders.SWEEP_KEY: office.sweep_key.signer, orders.NOTICE_KEY: office.notice_key.signer,
    }
    for role, name in KEY_NAMES.items():
        record = office.store.get(Register.OPERATIONAL, role)
        if record is None:
            return f"the roots have not accepted the server's {name} key yet: take its sheet to them, then `admit` it"
        if record.key != keys[role].public:
            return f"keys/{name}.seed is not the {name} key that the roots accepted: put the right file there"
        if not record.valid_from_s <= office.now_s() < record.valid_until_s:
            span = " to ".join(f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d}" for at_s in (record.valid_from_s, record.valid_until_s))
            return f"the roots accepted the server's {name} key from {span} only: `renew` writes the sheet that asks them again"
    return ""


def cookie_secret(folder: Folder) -> bytes:
    """Made again where it was lost: officers sign in again, no more. All processes get the same."""
    if not folder.secret.exists() or len(folder.secret.read_bytes()) != SECRET_BYTES:
        mine = folder.secret.with_name(f"{folder.secret.name}.{os.getpid()}")
        _write_private(mine, secrets.token_bytes(SECRET_BYTES))
        os.replace(mine, folder.secret)
    return folder.secret.read_bytes()


def _checkpoints(folder: Folder, genesis: bytes, host: str, key: Signer) -> CheckpointSigner:
    return CheckpointSigner(folder.checkpoint, origin(genesis, host, EPOCH), key)


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
