"""The command line. Each command parses, calls one thing further left, and prints what a person needs next."""

import logging
import sys
import time
from pathlib import Path

import click
from PIL import Image

from app import city as cities
from app.cli import ledger as _auditing     # its commands stand in the group once it is read
from app.cli.group import CITY, CLOCK, FOLDER, commands, read, read_bytes, write
from app.desk import certify, draft, example, found, rotate
from app.desk import officer as officers
from app.desk import resume as again
from app.desk.certify import Sheet
from app.desk.found import Folder
from app.desk.office import Office
from app.errors import Refusal, SetupError
from app.message import qr
from app.message.keys import Signer, new_seed, read_seed, write_seed
from app.store.sqlite import SqliteStore
from app.web import start

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def main() -> None:
    """Runs one command. What the operator must mend is one line on stderr and exit status 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        commands.main(prog_name="python -m app", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Refusal as refusal:
        _fail(f"refused: {refusal.word} {refusal.facts or ''}")
    except SetupError as error:
        _fail(str(error))


def _fail(line: str) -> None:
    click.echo(line, err=True)
    sys.exit(2)


# --- serving -------------------------------------------------------------------------------

@commands.command()
@FOLDER
@CITY
@click.option("--port", default=8080, show_default=True)
@click.option("--listen", default="", help="Address to listen at; 127.0.0.1, or all with --tls.")
@click.option("--workers", type=int, default=start.processes, help="Server processes on the same data; as many as processors, at most 4.")
@click.option("--tls", is_flag=True, help="https with a certificate of a local authority, for phones on the same network.")
@click.option("--behind-proxy", is_flag=True,
              help="A reverse proxy of yours stands before it: who asks is the last address in X-Forwarded-For.")
@CLOCK
@click.option("--example", "trial", is_flag=True, help="A trial city with invented people, made if there is none.")
def run(data: Path, city_name: str, trial: bool, **how: int | str | bool) -> None:
    """Serve the city in the data folder."""
    wish = start.Wish(Folder(data), **how)
    if trial:
        start.serve_example(wish, cities.find(city_name), click.echo)
    else:
        start.serve_city(wish, click.echo)


@commands.command()
@FOLDER
@click.option("--yes", is_flag=True, help="Lift a halt without asking.")
@click.option("--clock-is-right", "right", is_flag=True, help="Let expired money go back without asking.")
def resume(data: Path, yes: bool, right: bool) -> None:
    """Go on after a halt, once you have looked: prints why nothing is entered any more, or why the sweep of expired money
    waits. Each is asked for itself. A halt by the clock ends when the clock is set right, or when `run` is started again."""
    folder = Folder(data)
    store = SqliteStore.open(folder.chain)
    try:
        again.clock(store, time.time, click.echo)
        lifted = again.halt(store, lambda: found.check_signed(folder, store), click.echo, lambda question: yes or _agreed(question))
        swept = again.swept(store, time.time, click.echo, lambda question: right or _agreed(question))
    finally:
        store.close()
    if not (lifted and swept):
        raise click.Abort


def _agreed(question: str) -> bool:
    """No is an answer; so is nobody who answers."""
    try:
        return click.confirm(question)
    except click.Abort:
        return False


# --- founding ------------------------------------------------------------------------------

@commands.command()
@FOLDER
@CITY
@click.option("--host", default="", help="Host (and port) under which the city is reached; as in the city file if left out.")
@click.option("--sheet", "sheet_file", default="keys.sheet.json", show_default=True, type=Path,
              help="Where to write what the roots must sign.")
def init(data: Path, city_name: str, host: str, sheet_file: Path) -> None:
    """Found a real city from the root public keys in its city file."""
    file = cities.find(city_name)
    city = cities.read_city(file)
    if len(city.root_keys) < 2 or city.threshold < 2:
        raise SetupError(f"{file}: a real city needs at least two root keys and a threshold of two: see `root new`")
    sheet = found.found(Folder(data), file, cities.check_host(host or city.host), city.root_keys, time.time)
    write(sheet_file, sheet.to_text())
    click.echo(f"Founded in {data}. Take {sheet_file} to the roots (`root certify`), then: python -m app admit {sheet_file}")


@commands.group()
def root() -> None:
    """On the roots' own machines: no network, no database."""


@root.command("new")
@click.argument("seed_file", type=Path)
def root_new(seed_file: Path) -> None:
    """Make a root key pair; prints the public key for the city file."""
    write_seed(seed_file, new_seed())
    click.echo(Signer(read_seed(seed_file)).public.hex())


@root.command("certify")
@click.argument("sheet_file", type=Path)
@click.option("--key", "seed_file", required=True, type=Path, help="This root's key file.")
@click.option("--qr", "as_qr", is_flag=True, help="Show the signed sheet as a QR code too, for the console's camera.")
@click.option("--yes", is_flag=True, help="Sign without asking.")
def root_certify(sheet_file: Path, seed_file: Path, as_qr: bool, yes: bool) -> None:
    """Read what is wanted, and sign it. SHEET_FILE: the file, which is signed in place, or a picture of its QR code."""
    picture = sheet_file.suffix.lower() in PICTURES
    sheet = Sheet.from_text(_read_picture(sheet_file) if picture else read(sheet_file))
    for line in certify.describe(sheet):
        click.echo(line)
    if not yes:
        click.confirm("Sign all of this?", abort=True)
    signed = certify.certify(sheet, Signer(read_seed(seed_file)), int(time.time()))
    signed_file = sheet_file.with_suffix(".json") if picture else sheet_file
    write(signed_file, signed.to_text())
    if as_qr:
        click.echo(f"{qr.terminal(signed.to_qr())}\n{signed.to_qr()}")
    click.echo(f"Signed: {signed_file}")


@commands.command()
@FOLDER
@CLOCK
@click.argument("sheet_file", type=Path)
def admit(data: Path, sheet_file: Path, clock_is_right: bool) -> None:
    """Enter what the roots have signed."""
    found.check_whole(Folder(data))
    if not clock_is_right:
        found.check_clock(Folder(data), time.time)
    office = found.open_office(Folder(data), time.time, without_keys=True)
    try:
        found.check_signed(Folder(data), office.store)
        entries = _admitted(office, Sheet.from_text(read(sheet_file)))
        taken = rotate.take_over(Folder(data), office)
    finally:
        example.close(office)
    click.echo(f"Entered: {', '.join(map(str, entries))}")
    if taken:
        click.echo(f"Replaced: {', '.join(taken)}. Start `run` again now: until then nothing is paid.")


def _admitted(office: Office, sheet: Sheet) -> list[int]:
    try:
        return certify.admit(office, sheet)
    except Refusal as refusal:
        if refusal.word != "OFFICER_TURN":
            raise
        raise SetupError(f"officer {refusal.facts['next']} comes first: nothing was entered, and this sheet stays good. Admit theirs before it, "
                         f"or give the number up where nobody takes it: python -m app dismiss {refusal.facts['next']}") from None


@commands.command()
@FOLDER
@click.option("--sheet", "sheet_file", default="keys.sheet.json", show_default=True, type=Path,
              help="Where to write what the roots must sign.")
@click.option("--replace", "name", type=click.Choice(list(rotate.ROLES)), help="Ask for a new key in the place of this one.")
@click.option("--rules", is_flag=True, help="Ask for the newest rules of this release instead.")
def renew(data: Path, sheet_file: Path, name: str | None, rules: bool) -> None:
    """Ask the roots to accept this server's keys for three more years, or a new one of them, or newer rules."""
    folder = Folder(data)
    office = found.open_office(folder, time.time, without_keys=name is not None)
    try:
        if rules:
            sheet = found.newest_rules(office)
        else:
            sheet = rotate.wanted(folder, office, name) if name else \
                found.wanted_keys(folder, office.store.genesis(), office.now_s())
    finally:
        example.close(office)
    write(sheet_file, sheet.to_text())
    click.echo(f"Take {sheet_file} to the roots (`root certify`), then: python -m app admit {sheet_file}")


# --- officers ------------------------------------------------------------------------------

@commands.command()
@FOLDER
@click.argument("name", default="")
@click.argument("login", default="")
@click.option("--roles", default="", help=f"What the officer is to do, with commas: {', '.join(officers.ROLES)}.")
@click.option("--again", "number", type=click.IntRange(1, 2**53), help="Instead: officer NUMBER, who keeps roles and key, chooses a password and a phone anew.")
def invite(data: Path, name: str, login: str, roles: str, number: int | None) -> None:
    """Give a new officer the address at which they choose a password and make a key."""
    office = found.open_office(Folder(data), time.time)
    try:
        number, code = officers.invite_again(office, number) if number is not None else \
            officers.invite(office, name, login, officers.roles_of(roles.split(","), office.rules.apart))
    finally:
        example.close(office)
    click.echo(f"Officer {number}: https://{office.genesis.host}/console/enrol/{code}")


@commands.command()
@FOLDER
@click.argument("number", type=click.IntRange(1, 2**53))
def dismiss(data: Path, number: int) -> None:
    """End officer NUMBER, who left or never came: shuts their sign-in, and writes the sheet that takes their roles. Officers are
    admitted in the order of their numbers, so one that nobody takes is given up before the next."""
    office = found.open_office(Folder(data), time.time)
    try:
        file = officers.dismiss(office, number)
    finally:
        example.close(office)
    click.echo(f"Take {file} to the roots (`root certify`), then: python -m app admit {file}")


@commands.command()
@click.argument("sheet_file", type=Path)
@click.option("--key", "seed_file", required=True, type=Path, help="The officer's key file, as made by `key`.")
@click.option("--rows", type=Path, help="The list's rows as downloaded: checked against the root that is signed.")
@click.option("--yes", is_flag=True, help="Sign without asking.")
def sign(sheet_file: Path, seed_file: Path, rows: Path | None, yes: bool) -> None:
    """Sign an act on an officer's own machine; prints the signed message to paste into the console."""
    wanted = officers.Wanted.from_text(read(sheet_file))
    for line in wanted.describe(read(rows) if rows else None):
        click.echo(line, err=True)
    if not yes:
        click.confirm("Sign this?", abort=True, err=True)
    click.echo(wanted.signed(Signer(read_seed(seed_file))))


@commands.command()
@click.argument("seed_file", type=Path)
def key(seed_file: Path) -> None:
    """Make an officer's key pair on a machine of their own; prints the public key for the enrolment page."""
    write_seed(seed_file, new_seed())
    click.echo(Signer(read_seed(seed_file)).public.hex())


# --- lists ---------------------------------------------------------------------------------

@commands.command()
@FOLDER
@click.argument("file", type=Path)
@click.option("--programme", type=int, required=True, help="Its number.")
@click.option("--officer", "login", required=True, help="The login of the officer on whose desk the draft is laid, as its maker.")
@click.option("--take-back", is_flag=True, help="The rows say from whom unspent money is taken back, and how much at most.")
@click.option("--reference", default="", help="Header of the column with the office's reference, where it isn't recognized.")
@click.option("--name", default="", help="Header of the column with the name; with --birth-date instead of --reference.")
@click.option("--birth-date", default="", help="Header of the column with the birth date.")
@click.option("--amount", default="", help="Header of the column with the amount.")
def upload(data: Path, file: Path, programme: int, login: str, take_back: bool, **headers: str) -> None:
    """Lay a list of who gets how much on an officer's desk, as a draft: CSV or XLSX. The officer looks at it and signs."""
    office = found.open_office(Folder(data), time.time)
    try:
        made = draft.lay(office, draft.Paper(file.name, read_bytes(file), programme, login, headers, take_back))
        for line in draft.describe(office, made):
            click.echo(line)
    finally:
        example.close(office)


def _read_picture(path: Path) -> str:
    """The text of the QR code in a photograph or screenshot."""
    try:
        import zxingcpp
    except ImportError:
        raise SetupError("reading a picture needs one more step: pip install '.[camera]'") from None
    try:
        found = zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} can't be read as a picture: {error}") from None
    if len(found) != 1:
        raise SetupError(f"{path} shows {len(found)} codes: exactly one is needed")
    return found[0].text

