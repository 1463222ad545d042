"""Who held what when a ledger was last written, as lists that officers of a city founded anew can pay out: for the day on which
a ledger is lost and only an older copy is left.

    programme-<number>.csv      reference,amount        of everybody in the people register
    others.csv                  account,programme,amount        wallets of nobody known
    shops.csv                   shop,name,programme,amount      what shops had taken and given back
"""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.desk.found import Folder
from app.errors import SetupError
from app.money.state import RESIDENT, SHOP_TILL, Register
from app.people import register
from app.people.people import People
from app.store.audit import opened_log
from app.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one file."""
    file: str
    title: str
    rows: int
    won: int


def write(folder: Folder, target: Path) -> list[Sum]:
    """The files, in the new folder `target` (0700); nothing in `folder` is changed, which needs neither keys nor note."""
    store = SqliteStore.look(folder.chain)
    people = People(folder.people, lambda: 0, readonly=True)
    try:
        target.mkdir(mode=0o700)
        return _written(store, people, target)
    except FileExistsError:
        raise SetupError(f"{target} is there already: name a new folder") from None
    except OSError as error:
        raise SetupError(f"{target} can't be written ({error.strerror})") from None
    finally:
        people.close()
        store.close()


def _written(store: SqliteStore, people: People, target: Path) -> list[Sum]:
    known, others, shops = defaultdict(lambda: defaultdict(int)), defaultdict(int), defaultdict(int)
    persons, addresses = _owners(store)
    now_s = store.head().time_s
    with opened_log(store) as log:
        for lot in log.lots():
            if not lot.balance_won or lot.expires_at_s <= now_s:
                continue
            if lot.owner_kind == SHOP_TILL:
                shops[lot.owner, lot.programme] += lot.balance_won
            elif lot.owner_kind == RESIDENT and lot.owner in persons:
                known[lot.programme][persons[lot.owner]] += lot.balance_won
            elif lot.owner_kind == RESIDENT:
                others[addresses.get(lot.owner, b""), lot.programme] += lot.balance_won
    references = register.references(people, set(persons.values()))
    names = {number: record.name.decode() for number, record in store.records(Register.SHOP)}
    sums = []
    for number, record in store.records(Register.PROGRAMME):
        rows = sorted((references.get(person, f"erased {person.hex()}"), won) for person, won in known[number].items())
        sums.append(_file(target / f"programme-{number}.csv", record.name.decode(), ("reference", "amount"), rows))
    sums.append(_file(target / "others.csv", "wallets of nobody known", ("account", "programme", "amount"),
                      sorted((address.hex(), programme, won) for (address, programme), won in others.items())))
    sums.append(_file(target / "shops.csv", "what shops hold", ("shop", "name", "programme", "amount"),
                      sorted((shop, names[shop], programme, won) for (shop, programme), won in shops.items())))
    return sums


def _owners(store: SqliteStore) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Account number -> the person (16) whose it is, was last, or for whom money waits under it; and -> its address (8)."""
    accounts = dict(store.records(Register.ACCOUNT))
    persons = {record.number: person for person, record in store.records(Register.RESERVED)}
    for person, record in store.records(Register.PERSON):
        address = record.account or record.last
        if address in accounts:
            persons[accounts[address].number] = person
    return persons, {record.number: address for address, record in accounts.items()}


def _file(file: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Sum:
    rows = list(rows)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return Sum(file.name, title, len(rows), sum(row[-1] for row in rows))
