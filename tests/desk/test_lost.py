"""What README says of every file of the data folder: each is lost here, and what is said is what happens."""

import re
import shutil
import stat
from pathlib import Path

import pytest

from app.chain.checkpoint import WouldFork
from app.chain.verify import replay
from app.desk import certify, example, figures, found, officer, pay, rotate, seal
from app.desk.found import Folder
from app.errors import SetupError
from app.message.keys import new_seed, write_seed
from app.store.audit import opened_log
from app.web.certificates import AUTHORITY, local_authority
from tests.cast import City

README = Path(__file__).resolve().parents[2] / "README.md"


def table() -> dict[str, str]:
    """First cell -> whether it may be lost, of the table of the data folder."""
    text = README.read_text(encoding="utf-8").partition("What lies in the data folder:")[2].lstrip().partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {row[0]: row[2] for row in rows}


def opened(city: City) -> City:
    """The same city, its office open again."""
    city.office = found.open_office(city.folder, city.clock)
    return city


def goes_on(city: City) -> None:
    """A payment, a checkpoint, and everything is in order."""
    kim, till = city.wallet(help_won=1_000), city.till()
    code = kim.code(100)
    assert pay.settle(city.office, code, till.charge(code, 100)).receipt
    found.check_signed(city.folder, city.office.store)
    seal.checkpoint(city.office)
    with opened_log(city.office.store) as log:
        assert replay(log).ok
    assert found.key_fault(city.office) == ""


def stops(city: City, words: str, files: list[Path]) -> None:
    """Nothing opens without these, in one line that says what to do; with them it goes on."""
    kept = [(file, file.read_bytes()) for file in files]
    for file in files:
        file.unlink()
    with pytest.raises(SetupError, match=words) as told:
        opened(city)
    assert "\n" not in str(told.value)
    for file, content in kept:
        file.write_bytes(content)
        file.chmod(0o600)
    goes_on(opened(city))


def chain(city: City) -> None:
    stops(city, "chain.sqlite is missing: put the ledger back from its backup", [city.folder.chain])


def people(city: City) -> None:
    stops(city, "people.sqlite is missing: put the people database back", [city.folder.people])
    assert city.folder.people.stat().st_size


def beside(city: City) -> None:
    """Of a server that was cut off: what it had not folded into the database is lost with the file."""
    opened(city)
    kim, till = city.wallet(help_won=1_000), city.till()
    code = kim.code(100)
    pay.settle(city.office, code, till.charge(code, 100))
    seal.checkpoint(city.office)
    cut = Folder(city.folder.path.parent / "cut")
    shutil.copytree(city.folder.path, cut.path, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    whole = Folder(city.folder.path.parent / "whole")
    shutil.copytree(city.folder.path, whole.path)
    for folder, fork in ((cut, True), (whole, False)):
        office = found.open_office(folder, city.clock)
        try:
            if fork:
                with pytest.raises(WouldFork, match="are lost here"):
                    found.check_signed(folder, office.store)
            else:
                found.check_signed(folder, office.store)
        finally:
            example.close(office)


def tally(city: City) -> None:
    opened(city)
    while figures.count(city.office):
        pass
    example.close(city.office)
    city.folder.tally.unlink()
    opened(city)
    while figures.count(city.office):
        pass
    assert figures.check(city.office)
    goes_on(city)


def note(city: City) -> None:
    newest = opened(city).line().get("/log/checkpoint").body.decode()
    example.close(city.office)
    stops(city, "put the note back, the newest", [city.folder.checkpoint])
    example.close(city.office)
    city.folder.checkpoint.write_text(newest, encoding="utf-8")      # as another machine kept it
    goes_on(opened(city))


def seed(city: City) -> None:
    for name, role in rotate.ROLES.items():
        city.folder.key(role).unlink()
        with pytest.raises(SetupError, match=f"keys/{name}.seed is missing: .*`renew --replace {name}`"):
            opened(city)
        city.office = found.open_office(city.folder, city.clock, without_keys=True)
        replaced(city, name)
        goes_on(city)
        example.close(city.office)
    opened(city)


def replaced(city: City, name: str) -> None:
    """The roots sign, the operator admits, and the server is started again."""
    sheet = example.signed_by_roots(example.trial_of(city.folder), rotate.wanted(city.folder, city.office, name), city.now_s())
    certify.admit(city.office, sheet)
    assert rotate.take_over(city.folder, city.office) == [name]
    example.close(city.office)
    opened(city)


def next_seed(city: City) -> None:
    opened(city)
    first = rotate.wanted(city.folder, city.office, "receipt").certificates[0].body.key
    (city.folder.path / "keys" / "receipt.next.seed").unlink()
    assert rotate.wanted(city.folder, city.office, "receipt").certificates[0].body.key != first
    replaced(city, "receipt")
    goes_on(city)


def card_seed(city: City) -> None:
    """Phones pay on; that cards don't is in test_cards."""
    write_seed(city.folder.card_key, new_seed())
    city.folder.card_key.unlink()
    goes_on(opened(city))


def cookie(city: City) -> None:
    for lost in (city.folder.secret.unlink, lambda: city.folder.secret.write_bytes(b"")):
        before = found.cookie_secret(city.folder)
        lost()
        after = found.cookie_secret(city.folder)
        assert len(after) == 32 and after != before and found.cookie_secret(city.folder) == after
        assert stat.S_IMODE(city.folder.secret.stat().st_mode) == 0o600
    goes_on(opened(city))


def city_file(city: City) -> None:
    stops(city, "city.toml is missing: .*`init` was given: of city cheongju, zone Asia/Seoul, 2 coins, roots [0-9a-f]{64}, ", [city.folder.city_file])


def outbox(city: City) -> None:
    opened(city)
    officer.ask_roots(city.office, city.folder.path, 9, city.hands[0].public, 1)
    shutil.rmtree(city.folder.path / officer.OUTBOX)
    assert officer.sheet_of(city.folder.path, 9) == "" and officer.waiting_sheets(city.folder.path) == []
    assert officer.ask_roots(city.office, city.folder.path, 9, city.hands[0].public, 1).exists()
    goes_on(city)


def tls(city: City) -> None:
    folder = city.folder.path / "tls"
    local_authority(folder, "localhost")
    before = (folder / AUTHORITY).read_bytes()
    shutil.rmtree(folder)
    local_authority(folder, "localhost")
    assert (folder / AUTHORITY).read_bytes() != before
    goes_on(opened(city))


def locks(city: City) -> None:
    files = list(city.folder.path.glob("*.lock"))
    assert len(files) >= 3
    for file in files:
        file.unlink()
    goes_on(opened(city))


CASES = {
    "`chain.sqlite`": (chain, "no: `backup`"), "`people.sqlite`": (people, "no: `backup`"), "`*-wal`, `*-shm`": (beside, "no: "),
    "`tally.sqlite`": (tally, "yes: it is counted again"), "`checkpoint.note`": (note, "no, nothing starts without it"),
    "`keys/receipt.seed`, `keys/checkpoint.seed`, `keys/sweep.seed`, `keys/notice.seed`": (seed, "yes, but nothing is paid until"),
    "`keys/*.next.seed`": (next_seed, "yes: `renew --replace`"), "`keys/card.seed`": (card_seed, "no: "),
    "`cookie.secret`": (cookie, "yes: it is made again"), "`city.toml`": (city_file, "no: `backup`"),
    "`for-the-roots/`": (outbox, "yes: "), "`tls/`": (tls, "yes, "), "`*.lock`": (locks, "yes, while nothing runs"),
}


def test_every_row_of_the_table_is_tried_here():
    assert list(table()) == list(CASES)


@pytest.mark.parametrize("file", CASES)
def test_what_the_table_says_of_a_lost_file_is_what_happens(city, file):
    lose, said = CASES[file]
    assert table()[file].startswith(said)
    seal.checkpoint(city.office)
    example.close(city.office)
    lose(city)


def test_everything_that_lies_in_a_data_folder_has_a_row(city):
    """At work, with a sheet for the roots, a card's key and a key asked for."""
    write_seed(city.folder.card_key, new_seed())
    rotate.wanted(city.folder, city.office, "receipt")
    officer.ask_roots(city.office, city.folder.path, 9, city.hands[0].public, 1)
    local_authority(city.folder.path / "tls", "localhost")
    seal.checkpoint(city.office)
    names = [name for row in table() for name in re.findall(r"`([^`]+)`", row)]
    unnamed = []
    for path in city.folder.path.rglob("*"):
        place = path.relative_to(city.folder.path)
        within = place.parts[0] in ("example",) or f"{place.parts[0]}/" in names
        if path.is_file() and not within and not any(place.match(name) for name in names):
            unnamed.append(str(place))
    assert unnamed == []


# --- the city file is the one that the city was founded with --------------------------------

def test_a_city_file_that_differs_from_the_first_entry_is_named(city):
    text = city.folder.city_file.read_text(encoding="utf-8")
    none = '    # "64 hexadecimal digits, as printed by `root new`",\n'
    roots = "".join(f'    "{key.hex()}",\n' for key in city.office.genesis.roots)
    others = "".join(f'    "{key.hex()}",\n' for key in reversed(city.office.genesis.roots))
    coin = text[text.rindex("[[coins]]"):].split("\n# ")[0]
    example.close(city.office)
    for old, new, said in (
        ('key = "cheongju"', 'key = "elsewhere"', "key"), ('zone = "Asia/Seoul"', 'zone = "Asia/Tokyo"', "zone"),
        (coin, "", "number of coins"), (none, others, "roots"),
        (f"threshold = 2\nkeys = [\n{none}", f"threshold = 3\nkeys = [\n{roots}", "threshold of the roots"),
    ):
        assert text.count(old) == 1
        city.folder.city_file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(SetupError, match=rf"differs from what the city was founded with \({said}\)"):
            opened(city)
    city.folder.city_file.write_text(text.replace(none, roots).replace('ko = "청주시"', 'ko = "청주"'), encoding="utf-8")
    assert opened(city).office.city.names.ko == "청주"
