"""What the city lets this till take without a network: the figures of its signed directory, kept for the time without
one, and by how much the operator's clock was ahead. Neither is a secret; both are checked each time they are read.
"""

import json
import os
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.errors import Refusal, SetupError
from app.message import cose
from app.money.orders import NOTICE_KEY
from app.money.orders_publishing import Directory
from pos import server as line
from pos.server import Server, Unclear
from pos.trust import Trust

FILE = "offline.json"
BACK_S = 60             # by more the clock of a till never goes back


@dataclass(frozen=True, slots=True)
class Allowance:
    """Without a network, now. why: "" or "off", "old" (no word from the city for a day), "clock" (it went back).
    left_won: below 0 where more waits than may be taken."""
    why: str
    left_won: int

    def check(self, amount_won: int) -> None:
        """OFFLINE_OFF with why; OFFLINE_DAY_FULL with left_won."""
        if self.why:
            raise Refusal("OFFLINE_OFF", why=self.why)
        if amount_won > self.left_won:
            raise Refusal("OFFLINE_DAY_FULL", left_won=max(0, self.left_won))


class Figures:
    """One file of the till's folder, readable by its owner alone."""

    def __init__(self, folder: Path):
        self.path = folder / FILE
        self._one = threading.Lock()        # of the threads that share this

    def set_clock(self, server: Server) -> None:
        """Before anybody answered: the operator's clock as it was last heard."""
        ahead_ms = self._read().get("ahead_ms")
        server.ahead_ms = ahead_ms if type(ahead_ms) is int else 0

    def learn(self, server: Server, trust: Trust) -> None:
        """With a network. Raises Refused or Unclear; what isn't signed changes nothing but the clock."""
        body = server.fetch("/api/directory", "")
        message = line.to_bytes(server.get("/api/directory/signature").get("message"))
        new = {"ahead_ms": server.ahead_ms, "seen_s": server.now_s()}
        if _proven(body, message, trust, server.now_s()):
            new |= {"directory": body.decode(), "signature": line.to_text(message)}
        with self._one:
            self._write(self._read() | new)

    def seen(self, now_s: int) -> None:
        """Remembers the time, on disk, so that a clock that goes back is found."""
        with self._one:
            kept = self._read()
            self._write(kept | {"seen_s": max(now_s, _whole(kept.get("seen_s")))})

    def allowance(self, trust: Trust, now_s: int, waiting_won: int) -> Allowance:
        """waiting_won: what was taken already and isn't settled."""
        kept = self._read()
        if now_s < _whole(kept.get("seen_s")) - BACK_S:
            return Allowance("clock", 0)
        body = str(kept.get("directory", "")).encode()
        try:
            signed = _proven(body, line.to_bytes(kept.get("signature")), trust, now_s)
        except Unclear:
            signed = False
        if not signed:
            return Allowance("old", 0)
        told = json.loads(body).get("offline", {})
        till_won, payer_won = (_figure(told.get(name), now_s) for name in ("till_won", "payer_won"))
        return Allowance("", till_won - waiting_won) if till_won and payer_won else Allowance("off", 0)

    def _read(self) -> dict:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise SetupError(f"{self.path} can't be read: {error}") from error
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: dict) -> None:
        """All of it or nothing."""
        beside = self.path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _proven(body: bytes, message: bytes, trust: Trust, now_s: int) -> bool:
    """Whether the city signed exactly these bytes, and the signature still holds."""
    try:
        parsed = cose.parse(message)
        if type(parsed.body) is not Directory or parsed.body.digest != sha256(body).digest():
            return False
        cose.verify(parsed, trust.key(NOTICE_KEY, parsed.body.operational, now_s), trust.chain_id)
    except Refusal:
        return False
    return now_s <= parsed.body.expires_at_s


def _figure(periods: object, now_s: int) -> int:
    """Of the periods that hold the last; 0 where none does. Signed by the city, so its form is right."""
    holding = [figure for from_s, until_s, figure in periods or [] if from_s <= now_s < until_s]
    return holding[-1] if holding else 0


def _whole(value: object) -> int:
    return value if type(value) is int else 0
