"""A trial city, so that one person can walk through everything on one laptop. Only `run --example` comes here.

Its roots lie on the same machine, which a real city's never do; everything else goes through the
same counters as the real thing: sheets, certificates, two officers' signatures.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.city import Example, read_example
from app.desk import act, certify, found, officer
from app.desk.certify import Certificate, Sheet
from app.desk.found import Folder
from app.desk.office import Office
from app.errors import Refusal, SetupError
from app.message import cose
from app.message.keys import Signer, new_seed, read_seed, write_seed
from app.money import orders, orders_offline, policy
from app.money.state import Register
from app.people import register, signin
from app.people.register import Details

ROOTS, THRESHOLD = 3, 2
DAY_S = 86_400
CARD_DAY_WON, REBOUND_WON = 50_000, 50_000
# Officers whose keys lie here: they open the trial city, then nobody uses them.
HANDS = (orders.MAKER | orders.REGISTRAR, orders.CHECKER | orders.REGISTRAR, orders.ADMINISTRATOR)
PROPOSES, APPROVES, ADMINISTERS = range(3)


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial city's own files, beside the real ones."""
    path: Path

    def root(self, index: int) -> Path:
        return self.path / f"root-{index}.seed"

    def hand(self, number: int) -> Path:
        return self.path / f"officer-{number}.seed"


def trial_of(folder: Folder) -> Trial:
    return Trial(folder.path / "example")


def is_example(folder: Folder) -> bool:
    return trial_of(folder).path.is_dir()


def make(folder: Folder, city_file: Path, host: str, clock: Callable[[], float]) -> None:
    """Founds the trial city and opens it: officers, programmes, residents, shops. SetupError as `found`."""
    with found.making(folder) as part:
        _make(part, city_file, host, clock)


def _make(folder: Folder, city_file: Path, host: str, clock: Callable[[], float]) -> None:
    trial = trial_of(folder)
    trial.path.mkdir(mode=0o700)
    for index in range(ROOTS):
        write_seed(trial.root(index), new_seed())
    roots = tuple(_root(trial, index).public for index in range(ROOTS))
    sheet = found.found(folder, city_file, host, roots, clock)
    office = found.open_office(folder, clock)
    try:
        certify.admit(office, signed_by_roots(trial, sheet, office.now_s()))
        _furnish(office, trial, read_example(city_file, office.city))
    finally:
        close(office)


def close(office: Office) -> None:
    office.sequencer.close()
    office.people.close()
    office.tally.close()
    office.store.close()


def signed_by_roots(trial: Trial, sheet: Sheet, now_s: int) -> Sheet:
    for index in range(THRESHOLD):
        sheet = certify.certify(sheet, _root(trial, index), now_s)
    return sheet


def _root(trial: Trial, index: int) -> Signer:
    return Signer(read_seed(trial.root(index)))


# --- opening the city ----------------------------------------------------------------------

def _furnish(office: Office, trial: Trial, example: Example) -> None:
    for number, officer in enumerate(example.officers, 1):
        signin.invite(office.people, number, officer.name, officer.login, officer.roles, example=True)
    for offset in range(len(HANDS)):
        write_seed(trial.hand(offset), new_seed())
    hands = _Hands(office, trial, len(example.officers))
    for number, wanted in enumerate(example.programmes, 1):
        hands.open_programme(number, wanted)
    hands.set_policy(example.offline)
    for number, wanted in enumerate(example.shops, 1):
        hands.register_shop(number, wanted)
    for resident in example.residents:
        register.add(office.people, Details(resident.name, resident.birth_date, resident.phone))
    hands.give_asking_tills(example)


class _Hands:
    """Officers of the trial city whose keys are files: they sign what must stand before the walk begins."""

    def __init__(self, office: Office, trial: Trial, officers: int):
        self.office = office
        self.now_s = office.now_s()
        self.signers = [Signer(read_seed(trial.hand(offset))) for offset in range(len(HANDS))]
        # The invited officers take numbers 1..n when their browsers have keys, so these keep theirs free.
        self.numbers = [officers + 1 + offset for offset in range(len(HANDS))]
        placeholders = [
            Certificate(orders.Officer(0, number, key, roles, self.now_s - 3600, self.now_s + DAY_S,
                                       secrets.token_bytes(8), self.now_s + DAY_S))
            for number, key, roles in self._lines(officers)
        ]
        sheet = Sheet(office.store.genesis(), tuple(placeholders))
        certify.admit(office, signed_by_roots(trial, sheet, self.now_s))

    def _lines(self, officers: int):
        """Numbers are given in order: the invited officers first, without rights until they have keys of their own."""
        for number in range(1, officers + 1):
            yield number, Signer(new_seed()).public, 0
        for number, signer, roles in zip(self.numbers, self.signers, HANDS, strict=True):
            yield number, signer.public, roles

    def _sign(self, hand: int, body: object) -> bytes:
        return cose.sign(body, self.signers[hand], self.office.chain_id)

    def open_programme(self, number: int, wanted) -> None:
        body = orders.Programme(
            self.numbers[PROPOSES], number, wanted.coin, wanted.budget_won, self.now_s - 60,
            self.now_s + wanted.closes_in_days * DAY_S, self.now_s + wanted.spend_for_days * DAY_S,
            wanted.categories, wanted.name.encode(), secrets.token_bytes(8), self.now_s + DAY_S,
        )
        self._by_two(body)

    def set_policy(self, wanted) -> None:
        """Paying without a network, and the limits of cards and of phones that took a lost one's place: for a year."""
        figures = {
            policy.OFFLINE_PAYER: wanted["payer_won"], policy.OFFLINE_TILL: wanted["till_won"],
            policy.OFFLINE_DAY: wanted["day_won"], policy.OFFLINE_LIFE: wanted["life_hours"] * 3600,
            policy.OFFLINE_BEARER: wanted["bearer"] + 1, policy.DAY_CARD: CARD_DAY_WON, policy.REBOUND: REBOUND_WON,
        }
        for subject, figure in figures.items():
            self._by_two(orders_offline.Policy(
                self.numbers[ADMINISTERS], subject, figure, self.now_s - 60, self.now_s + 365 * DAY_S, secrets.token_bytes(8),
                self.now_s + DAY_S,
            ), ADMINISTERS)

    def _by_two(self, body: object, maker: int = PROPOSES) -> None:
        raw = self._sign(maker, body)
        act.hand_in(self.office, self.numbers[maker], raw)
        parsed = cose.parse(raw)
        approved = cose.message_id(parsed.kind, parsed.payload, self.office.chain_id)
        approval = orders.Approval(self.numbers[APPROVES], orders.OFFICERS, approved, self.now_s + DAY_S)
        act.approve(self.office, self.numbers[APPROVES], self._sign(APPROVES, approval))

    def register_shop(self, number: int, wanted) -> None:
        body = orders.Shop(
            self.numbers[PROPOSES], number, orders.OPEN, wanted.sort, wanted.category, wanted.name.encode(),
            wanted.district.encode(), secrets.token_bytes(8), self.now_s + DAY_S,
        )
        act.hand_in(self.office, self.numbers[PROPOSES], self._sign(PROPOSES, body))

    def give_asking_tills(self, example: Example) -> None:
        """Each public institution gets the till whose key this server holds: it can only ask."""
        for shop, wanted in enumerate(example.shops, 1):
            if wanted.sort == orders.INSTITUTION:
                till = act.next_number(self.office, Register.TILL)
                body = orders.Till(
                    self.numbers[PROPOSES], till, shop, orders.ASK, self.office.notice_key.signer.public, b"",
                    secrets.token_bytes(8), self.now_s + DAY_S,
                )
                act.hand_in(self.office, self.numbers[PROPOSES], self._sign(PROPOSES, body))


# --- while it is served --------------------------------------------------------------------

class RootsAtHand:
    """Signs what officers' browsers ask the roots for, as `root certify` and `admit` do it in a real
    city. Only a trial city has its roots at hand."""

    EVERY_S = 0.5

    def __init__(self, folder: Folder, anchor: float | None = None):
        self.folder = folder
        self.anchor = anchor
        self.trial = trial_of(folder)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="roots", daemon=True)

    def __enter__(self) -> "RootsAtHand":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        office = None
        try:
            while not self._stopping.wait(self.EVERY_S):
                for file in sorted(officer.waiting_sheets(self.folder.path)):
                    office = office or found.open_office(self.folder, time.time, self.anchor)
                    self._certify(office, file)
        finally:
            if office:
                close(office)

    def _certify(self, office: Office, file: Path) -> None:
        sheet = Sheet.from_text(file.read_text(encoding="utf-8"))
        try:
            certify.admit(office, signed_by_roots(self.trial, sheet, office.now_s()))
        except Refusal as refusal:
            if refusal.word == "OFFICER_TURN":
                return              # it waits for the officer before
            raise
        file.unlink()
