"""The counter of the officers themselves: invitation, a key of their own, and signing on another machine."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from app.chain.block import Genesis, chain_id
from app.chain.body import Malformed
from app.desk import act, found
from app.desk.certify import Sheet
from app.desk.office import Office
from app.errors import Refusal, SetupError
from app.message import canon, cose, kinds
from app.message.keys import Signer, check_public, new_seed
from app.money import orders, orders_office
from app.money.lists import leaves_root, row_leaf
from app.money.state import Register
from app.people import access, signin

OUTBOX = "for-the-roots"
ROLES = {
    "maker": orders.MAKER, "checker": orders.CHECKER, "registrar": orders.REGISTRAR, "auditor": orders.AUDITOR,
    "administrator": orders.ADMINISTRATOR,
}


def roles_of(names: Iterable[str], apart: tuple[tuple[int, int], ...]) -> int:
    """Roles by their names. FIELD_WRONG for none, another name, or two that one officer may not have together."""
    names = list(names)
    roles = sum(ROLES[name] for name in set(names) if name in ROLES)
    if not roles or set(names) - set(ROLES) or any(roles & some and roles & others for some, others in apart):
        raise Refusal("FIELD_WRONG", field="roles")
    return roles


def names_of(roles: int) -> list[str]:
    return [name for name, bit in ROLES.items() if roles & bit]


WAITING, DISMISSED, SUSPENDED, OVER, LIVE = "waiting", "dismissed", "suspended", "over", "live"


def state_of(office: Office, number: int) -> str:
    """LIVE; SUSPENDED by two others; WAITING for the roots' word, or DISMISSED by it; OVER: before or after their time."""
    record, standing = office.store.get(Register.OFFICER, number), office.store.get(Register.STANDING, number)
    if standing is not None and standing.suspended:
        return SUSPENDED
    if record is None:
        return WAITING
    if not record.roles:        # a number may also have been kept free for who was only invited
        return DISMISSED if len(office.store.entries_of(Register.OFFICER, number)) > 1 else WAITING
    return LIVE if record.valid_from_s <= office.now_s() < record.valid_until_s else OVER


def roles_now(office: Office, number: int) -> int:
    """What an officer may do now: their roles, or none."""
    return office.store.get(Register.OFFICER, number).roles if state_of(office, number) == LIVE else 0


def person_of(office: Office, number: int) -> bytes:
    """Who an officer is among the people (16); empty while nobody said so: then no rule can tell their own wallet, or that
    they are another officer too."""
    standing = office.store.get(Register.STANDING, number)
    return standing.person if standing else b""


def unnamed(office: Office) -> int:
    """How many officers, who may act now, nobody has named."""
    return sum(bool(roles_now(office, one.number)) and not person_of(office, one.number) for one in signin.officers(office.people))


def invite(office: Office, name: str, login: str, roles: int) -> tuple[int, str]:
    """The number of a new officer and the code of their enrolment page."""
    number = _last_number(office) + 1
    return number, signin.invite(office.people, number, name, login, roles)


def _last_number(office: Office) -> int:
    return max([act.next_number(office, Register.OFFICER) - 1, *(one.number for one in signin.officers(office.people))])


def invite_again(office: Office, number: int) -> tuple[int, str]:
    """The same by the operator, for an officer who lost password or phone. As `signin.invite_again`."""
    return number, signin.invite_again(office.people, number, access.OPERATOR, "invite --again")


def sheet_for(office: Office, number: int, key: bytes, roles: int) -> Sheet:
    """What the roots are asked to sign so that this key may sign as officer `number`. BAD_FIELD, SMALL_ORDER_KEY."""
    return found.wanted_officer(office.store.genesis(), number, check_public(key), roles, office.now_s())


def ask_roots(office: Office, folder: Path, number: int, key: bytes, roles: int) -> Path:
    """Leaves the sheet of an officer's key in the outbox, for the operator to take to the roots. One
    wish an officer: a later key replaces the earlier."""
    outbox = folder / OUTBOX
    outbox.mkdir(mode=0o700, exist_ok=True)
    file = outbox / f"officer-{number}.sheet.json"
    beside = file.with_suffix(".new")
    beside.write_text(sheet_for(office, number, key, roles).to_text(), encoding="utf-8")
    beside.replace(file)
    return file


def dismiss(office: Office, number: int) -> Path:
    """Shuts the sign-in of officer `number` at once and leaves the sheet that takes their roles, or that gives up a number which
    nobody took: then with a key that nobody has. NOT_FOUND."""
    if number > _last_number(office):
        raise Refusal("NOT_FOUND", field="officer")
    if any(one.number == number for one in signin.officers(office.people)):
        signin.disable(office.people, number)
    record = office.store.get(Register.OFFICER, number)
    return ask_roots(office, office.folder, number, record.key if record else Signer(new_seed()).public, 0)


def sheet_of(folder: Path, number: int) -> str:
    """The sheet of officer `number` that still waits in the outbox, or empty."""
    try:
        return (folder / OUTBOX / f"officer-{number}.sheet.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def forget_sheet(folder: Path, number: int) -> None:
    """What the roots have signed waits no longer."""
    (folder / OUTBOX / f"officer-{number}.sheet.json").unlink(missing_ok=True)


def waiting_sheets(folder: Path) -> list[Path]:
    """What lies in the outbox."""
    return list((folder / OUTBOX).glob("officer-*.sheet.json"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An act that waits for an officer's signature on a machine of their own: as a file from the console."""
    genesis: bytes
    body: object

    def to_text(self) -> str:
        payload = canon.encode(kinds.items_of(self.body))
        return json.dumps({"genesis": self.genesis.hex(), "payload": payload.hex()})

    @classmethod
    def from_text(cls, text: str) -> "Wanted":
        """SetupError if this is no such file."""
        try:
            found_ = json.loads(text)
            genesis = bytes.fromhex(found_["genesis"])
            Genesis.from_bytes(genesis)
            return cls(genesis, kinds.read(canon.decode(bytes.fromhex(found_["payload"])))[1])
        except (ValueError, KeyError, TypeError, Malformed, Refusal, RecursionError) as error:
            raise SetupError(f"this is no file to sign: {type(error).__name__}: {error}") from None

    def describe(self, rows: str | None = None) -> list[str]:
        """What will be signed, read out of the very bytes; with a list's rows, whether they are those of its root."""
        city = Genesis.from_bytes(self.genesis)
        lines = [f"city {city.city}, host {city.host}, chain {chain_id(self.genesis).hex()}", kinds.of(self.body).name]
        for name, value in asdict(self.body).items():
            lines.append(f"  {name}: {_shown(name, value)}")
        if rows is not None:
            lines.append(self._compared(rows))
        return lines

    def _compared(self, rows: str) -> str:
        if not isinstance(self.body, orders.Grant | orders_office.RecallList):
            raise SetupError("rows belong to a grant or a recall-list: leave out --rows")
        try:
            listed = [(bytes.fromhex(one["person"]), one["amount_won"], bytes.fromhex(one["salt"]))
                      for one in json.loads(rows)["rows"]]
            leaves = b"".join(row_leaf(row, *one) for row, one in enumerate(listed))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise SetupError(f"these are no rows of a list: {type(error).__name__}") from None
        total_won = sum(amount_won for _, amount_won, _ in listed)
        if (leaves_root(leaves), len(listed), total_won) != (self.body.root, self.body.count, self.body.total_won):
            raise SetupError("the rows are NOT those of the list to be signed: sign nothing")
        return f"  these are exactly the {len(listed)} rows, {total_won} won in all"

    def signed(self, key: Signer) -> str:
        """The signed message as base64url, to paste into the console."""
        return urlsafe_b64encode(cose.sign(self.body, key, chain_id(self.genesis))).rstrip(b"=").decode()


def _shown(name: str, value: object) -> str:
    if isinstance(value, bytes):
        return value.decode() if name in ("name", "district", "reference") else value.hex()
    return str(value)
