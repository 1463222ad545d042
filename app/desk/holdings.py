"""Who held what when a ledger was last written, as lists that officers of a city founded anew can pay out: for the day on which
a ledger is lost and only an older copy is left.

    programme-<number>.csv      reference,amount        of everybody in the people register
    unpaid-<programme>.csv      reference,amount        rows of approved lists that were not paid yet, where there are any
    others.csv                  account,programme,amount        wallets of nobody known, or of which nobody can say whose they were
    shops.csv                   shop,name,programme,amount      what shops had taken and given back
    people.sqlite               the people database to begin with: see app/people/anew.py
"""

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.desk.found import Folder
from app.errors import Refusal, SetupError
from app.money.limits import held_under
from app.money.state import BATCH, RESIDENT, SHOP_TILL, Register
from app.people import anew, lists, register
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
    """The files, in the new folder `target` (0700), which is there only once it is whole; nothing in `folder` is changed, which needs
    neither keys nor note."""
    if target.exists():
        raise SetupError(f"{target} is there already: name a new folder")
    store = SqliteStore.look(folder.chain)
    people = People(folder.people, lambda: 0, readonly=True)
    part = target.with_name(f"{target.name}.unfinished")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        sums = _written(store, people, part)
        anew.carry(people, part / folder.people.name)
        part.rename(target)
        return sums
    except OSError as error:
        raise SetupError(f"{target} can't be written ({error.strerror})") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
        people.close()
        store.close()


def _written(store: SqliteStore, people: People, target: Path) -> list[Sum]:
    known, unpaid = (defaultdict(lambda: defaultdict(int)) for _ in range(2))       # programme -> person -> won
    others, shops = defaultdict(int), defaultdict(int)
    persons, addresses = _owners(store)
    rows = _rows_left(store, people)
    now_s = store.head().time_s
    with opened_log(store) as log:
        for lot in log.lots():
            if not lot.balance_won or lot.expires_at_s <= now_s:
                continue
            if lot.owner_kind == SHOP_TILL:
                shops[lot.owner, lot.programme] += lot.balance_won
            elif lot.owner_kind == BATCH:
                for person, won in rows[lot.id]:
                    unpaid[lot.programme][person] += won
                others[b"", lot.programme] += lot.balance_won - sum(won for _, won in rows[lot.id])
            elif lot.owner_kind == RESIDENT and lot.owner in persons:
                known[lot.programme][persons[lot.owner]] += lot.balance_won
            elif lot.owner_kind == RESIDENT:
                others[addresses.get(lot.owner, b""), lot.programme] += lot.balance_won
    names = {number: record.name.decode() for number, record in store.records(Register.SHOP)}
    sums = []
    for number, record in store.records(Register.PROGRAMME):
        sums.append(_people_file(people, target / f"programme-{number}.csv", record.name.decode(), known[number]))
        if unpaid[number]:
            sums.append(_people_file(people, target / f"unpaid-{number}.csv", f"{record.name.decode()}: approved and not paid yet", unpaid[number]))
    sums.append(_file(target / "others.csv", "wallets of nobody known", ("account", "programme", "amount"),
                      sorted((address.hex(), programme, won) for (address, programme), won in others.items() if won)))
    sums.append(_file(target / "shops.csv", "what shops hold", ("shop", "name", "programme", "amount"),
                      sorted((shop, names[shop], programme, won) for (shop, programme), won in shops.items())))
    return sums


def _owners(store: SqliteStore) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Account number -> the person (16) whose it is, was last, or for whom money waits under it, by the ledger's own rule; and -> its
    address (8). An account that was two people's, one after the other, and is nobody's now stays unknown: officers look."""
    persons = {person for register in (Register.PERSON, Register.RESERVED) for person, _ in store.records(register)}
    found = defaultdict(list)
    with store.snapshot() as state:
        for person in persons:
            for number in held_under(state, person):
                found[number].append(person)
    addresses = {record.number: address for address, record in store.records(Register.ACCOUNT)}
    return {number: theirs[0] for number, theirs in found.items() if len(theirs) == 1}, addresses


def _rows_left(store: SqliteStore, people: People) -> dict[int, list[tuple[bytes, int]]]:
    """Batch lot -> (person, won) of the rows that its list has still to pay."""
    rows = defaultdict(list)
    for list_id, record in store.records(Register.LIST):
        if record.back or record.next_row >= record.count:
            continue
        try:
            rows[record.lot] = [(row.person, row.amount_won) for row in lists.payable(people, list_id)[record.next_row:]]
        except Refusal:
            pass        # its rows are gone: the sum is said all the same
    return rows


def _people_file(people: People, file: Path, title: str, held: dict[bytes, int]) -> Sum:
    references = register.references(people, held)
    rows = sorted((references.get(person, f"erased {person.hex()}"), won) for person, won in held.items())
    return _file(file, title, ("reference", "amount"), rows)


def _file(file: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Sum:
    rows = list(rows)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return Sum(file.name, title, len(rows), sum(row[-1] for row in rows))
