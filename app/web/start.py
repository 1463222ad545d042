"""Starts the server: opens the office, puts the pages together, says where everything is."""

import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.desk import example, found
from app.desk.found import Folder
from app.desk.news import Watcher
from app.desk.office import Office
from app.errors import SetupError
from app.people import signin
from app.store.clock import anchor_s
from app.web import api, cards, close, console, explorer, install, log, openapi, ready, server, site, slip, staff, till, vendor, wallet
from app.web.certificates import local_authority
from app.web.events import Hub
from app.web.server import Tls
from app.web.shell import Shell
from app.web.site import Services
from app.work import Errands, Work

MOST_PROCESSES = 4
STATIC = Path(__file__).resolve().parents[2] / "static"
PAGES = (api.routes, cards.routes, vendor.routes, openapi.routes, close.routes, staff.routes, wallet.routes, till.routes, log.routes, ready.routes, explorer.routes, slip.routes, install.routes, *console.ROUTES)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How the server was asked to run."""
    folder: Folder
    port: int
    listen: str         # address; empty: as fits
    workers: int
    tls: bool
    clock_is_right: bool = False    # the operator says so, after the city was switched off for days
    behind_proxy: bool = False      # X-Forwarded-For is a proxy's of our own

    @property
    def address(self) -> str:
        return self.listen or ("0.0.0.0" if self.tls else "127.0.0.1")

    @property
    def host(self) -> str:
        """The name under which browsers reach a server started like this."""
        return f"{near_address() if self.tls else 'localhost'}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}"


def processes() -> int:
    """How many server processes fit this machine: each answers on a processor of its own, all on the same data."""
    return min(MOST_PROCESSES, os.cpu_count() or 1) if sys.platform == "linux" else 1


def near_address() -> str:
    """This machine's address on the local network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def serve_city(wish: Wish, say: Say) -> None:
    """Serves a founded city until told to stop. SetupError in one line if it can't."""
    found.check_whole(wish.folder)
    if not wish.clock_is_right and not example.is_example(wish.folder):
        found.check_clock(wish.folder, time.time)
    server.check_port(wish.address, wish.port)
    if wish.clock_is_right:
        found.confirm_clock(wish.folder, time.time)
    _look_over(wish.folder)
    tls = local_authority(wish.folder.path / "tls", wish.host.split(":")[0]) if wish.tls else None
    say(f"Serving {wish.folder.path} at {wish.url} (stop with Ctrl-C)")
    _serve(wish, tls, anchor_s(time.time))


def _look_over(folder: Folder) -> None:
    """What is wrong is said once, not by each process again and again, and before a ledger that would fork takes a payment."""
    office = found.open_office(folder, time.time)
    try:
        found.check_signed(folder, office.store)
        found.cookie_secret(folder)         # made again where it was lost, before several processes want it
    finally:
        example.close(office)


def _serve(wish: Wish, tls: Tls | None, anchor: float) -> None:
    """`anchor` is taken before the first process is forked: one that is started later goes by the same."""
    server.serve(lambda: build(wish, anchor), wish.address, wish.port, wish.workers, tls)


def build(wish: Wish, anchor: float) -> tuple[object, Hub]:
    """One process's application and event hub. Called once in each, after the fork."""
    office = found.open_office(wish.folder, time.time, anchor)
    watcher = Watcher(office)
    hub = Hub(watcher.poll, watcher.replay, place=watcher.place)
    shell = shell_of(office)
    Work(office, wish.folder.path / "work.lock", shell.assets.manifest).start()
    Errands(office).start()
    return application(office, hub, found.cookie_secret(wish.folder), wish.tls, wish.behind_proxy, shell), hub


def shell_of(office: Office) -> Shell:
    """The files and pages for a city's browsers."""
    # The host that a message was signed for is the genesis', wherever this process listens.
    city = replace(office.city, host=office.genesis.host)
    return site.make_shell(STATIC, city, office.clock, {"chain": office.chain_id.hex()})


def application(office: Office, hub: Hub, secret: bytes, tls: bool = False, behind_proxy: bool = False,
                shell: Shell | None = None):
    """The Flask application over an open office."""
    services = Services(office, shell or shell_of(office), hub, secret, tls, behind_proxy)
    return site.create_app(services, [routes(services) for routes in PAGES])


# --- the trial city ------------------------------------------------------------------------

def serve_example(wish: Wish, city_file: Path, say: Say) -> None:
    """Makes the trial city if there is none, prints the walk, and serves it."""
    if wish.folder.founded and not example.is_example(wish.folder):
        raise SetupError(f"{wish.folder.path} holds a real city: run it without --example, or choose another folder")
    server.check_port(wish.address, wish.port)
    if not wish.folder.founded:
        say(f"Making a trial city in {wish.folder.path} ...")
        example.make(wish.folder, city_file, wish.host, time.time)
    _look_over(wish.folder)
    tls = local_authority(wish.folder.path / "tls", wish.host.split(":")[0]) if wish.tls else None
    for line in _walk(wish):
        say(line)
    anchor = anchor_s(time.time)
    with example.RootsAtHand(wish.folder, anchor):
        _serve(wish, tls, anchor)


def _walk(wish: Wish) -> list[str]:
    office = found.open_office(wish.folder, time.time)
    try:
        codes = {one.login: signin.one_time_code(office.people, one.number)
                 for one in signin.officers(office.people) if one.example}
        host = office.genesis.host
    finally:
        example.close(office)
    url = wish.url
    lines = [
        "", f"  Wallet    {url}/", f"  Till      {url}/pos", f"  Console   {url}/console",
        f"  Explorer  {url}/explorer", "", "  Sign in once as (a new link at each start):",
        *[f"    {login:8}  {url}/console/once/{code}" for login, code in codes.items()], "",
        "  The walk, in four browser profiles (every QR has its text beneath it to copy):",
        "  1. Open the links of maker and checker, each in a profile of its own; each makes its key.",
        "  2. Open the wallet; show its join code; the maker links it to a person (사람, People).",
        "  3. The maker tops people up (지급, Top-up), the checker approves.",
        "  4. The maker pairs a till (가맹점, Shops); open the till's link in the fourth profile.",
        "  5. Take 5,000 won at the till: paste the wallet's code there, or the till's request into the wallet.", "",
    ]
    if host != wish.host:
        lines.append(f"  Note: this city's codes name {host}, where it was made to be served: phones find nothing at {wish.host}.")
        lines.append("        For a trial city with this address, choose another folder: DATA=another")
    if wish.tls:
        lines.append(f"  Phones on this network: open {url}/install first, and follow the page.")
    return lines
