"""Everything a counter works with, made once at start and passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.chain.block import Genesis
from app.chain.checkpoint import Signer as CheckpointSigner
from app.chain.receipt import Issuer
from app.city import City
from app.desk.diagnoses import Diagnoses
from app.desk.refused import Refused
from app.message.keys import Signer
from app.money import rules
from app.money.rules import Rules
from app.money.state import Register
from app.people.people import People
from app.store.sequencer import Sequencer
from app.store.sqlite import SqliteStore
from app.store.tally import Tally


@dataclass(frozen=True, slots=True)
class Operational:
    """A key that the server holds: its number in the register and its signer."""
    number: int
    signer: Signer


@dataclass(frozen=True, slots=True)
class Office:
    city: City
    genesis: Genesis
    chain_id: bytes             # 32
    store: SqliteStore
    sequencer: Sequencer
    people: People
    tally: Tally                # what moved on which day
    issuer: Issuer              # of receipts
    checkpoints: CheckpointSigner
    sweep_key: Operational
    notice_key: Operational
    clock: Callable[[], float]  # Unix seconds
    folder: Path                # where the city's data lies
    diagnoses: Diagnoses        # of signatures that don't hold
    refused: Refused            # payments, noted for the counter
    other_chains: tuple[bytes, ...] = ()

    @property
    def rules(self) -> Rules:
        """Those in force now."""
        return rules.named(self.store.get(Register.RULEBOOK, 0))

    def now_s(self) -> int:
        return int(self.clock())
