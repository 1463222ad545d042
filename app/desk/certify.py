"""The offline root at work: reads what is wanted, shows it, signs it; the server admits the result.

The root's machine needs no database and no network. A sheet goes there and comes back, as a
file or as the text under a QR. It carries the genesis, so that the root sees for which city
it signs, and computes the chain id itself. The first root signs each message; every further
root adds its approval to the same sheet, until the threshold is met.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace

from app.chain.block import Genesis, chain_id
from app.chain.body import Malformed
from app.desk.office import Office
from app.desk.opening import open_approval, open_signed
from app.errors import Refusal, SetupError
from app.message import canon, cose, kinds, qr
from app.message.keys import Signer
from app.money import orders, orders_office
from app.money.state import Register

SHEET = "HAGC-SHEET#"       # how a sheet's QR text begins
CERTIFIED = (orders.OperationalKey, orders.Officer, orders_office.Rulebook)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One message of the first root and the approvals of the others; both empty while nobody signed."""
    body: orders.OperationalKey | orders.Officer | orders_office.Rulebook
    message: bytes = b""
    approvals: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    genesis: bytes
    certificates: tuple[Certificate, ...]

    def to_text(self) -> str:
        return json.dumps({
            "genesis": self.genesis.hex(),
            "certificates": [
                {"payload": canon.encode(kinds.items_of(one.body)).hex(), "message": _text(one.message),
                 "approvals": [_text(raw) for raw in one.approvals]}
                for one in self.certificates
            ],
        }, indent=1)

    def to_qr(self) -> str:
        """The same as text for a QR code: SHEET, and the digits of its deterministic CBOR."""
        lines = [[canon.encode(kinds.items_of(one.body)), one.message, list(one.approvals)] for one in self.certificates]
        return SHEET + qr.to_digits(canon.encode_nested([self.genesis, lines]))

    @classmethod
    def from_text(cls, text: str) -> "Sheet":
        """From a file or from a scanned code. SetupError if this is no sheet, in one line."""
        try:
            found = _scanned(text.strip()) if text.strip().startswith(SHEET) else json.loads(text)
            genesis = bytes.fromhex(found["genesis"])
            Genesis.from_bytes(genesis)
            certificates = tuple(_certificate(one) for one in found["certificates"])
            if not certificates:
                raise ValueError("nothing to sign")
        except (ValueError, KeyError, TypeError, AttributeError, Malformed, Refusal, RecursionError) as error:
            raise SetupError(f"this is no certificate sheet: {type(error).__name__}: {error}") from None
        return cls(genesis, certificates)


def _certificate(one: dict) -> Certificate:
    _, body = kinds.read(canon.decode(bytes.fromhex(one["payload"])))
    if type(body) not in CERTIFIED:
        raise ValueError("the root signs operational keys, officers and rule sets, nothing else")
    return Certificate(body, _bytes(one["message"]), tuple(_bytes(raw) for raw in one["approvals"]))


def _scanned(text: str) -> dict:
    """What stands under a QR, in the form of the file."""
    genesis, lines = canon.decode_nested(qr.from_digits(text.removeprefix(SHEET)))
    return {"genesis": genesis.hex(), "certificates": [
        {"payload": payload.hex(), "message": _text(message), "approvals": [_text(raw) for raw in approvals]}
        for payload, message, approvals in lines
    ]}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- on the root's machine ---------------------------------------------------------------

def describe(sheet: Sheet) -> list[str]:
    """What a root is about to sign, a line each: read it before typing yes."""
    genesis = Genesis.from_bytes(sheet.genesis)
    lines = [f"city {genesis.city}, host {genesis.host}, chain {chain_id(sheet.genesis).hex()}"]
    for one in sheet.certificates:
        signatures = 1 + len(one.approvals) if one.message else 0
        lines.append(f"{_what(one.body)}, {signatures} of {genesis.threshold} signatures")
    return lines


def _what(body: orders.OperationalKey | orders.Officer | orders_office.Rulebook) -> str:
    if isinstance(body, orders_office.Rulebook):
        return f"rule set {body.version} for all that comes"
    names = {1: "receipts", 2: "checkpoints", 3: "expiry sweep", 4: "notices, totals, directory"}
    who = f"officer {body.officer}, roles {body.roles}" if isinstance(body, orders.Officer) else \
        f"server key {body.number} for {names[body.role]}"
    return f"{who}, key {body.key.hex()}, valid {body.valid_from_s}..{body.valid_until_s}"


def certify(sheet: Sheet, root: Signer, now_s: int) -> Sheet:
    """The sheet with this root's signature on every line. SetupError if it is none of the city's roots,
    or has signed already."""
    genesis = Genesis.from_bytes(sheet.genesis)
    if root.public not in genesis.roots:
        raise SetupError("this key is not one of the roots in the city's genesis")
    index, chain = genesis.roots.index(root.public), chain_id(sheet.genesis)
    return replace(sheet, certificates=tuple(_signed(one, root, index, chain, now_s) for one in sheet.certificates))


def _signed(one: Certificate, root: Signer, index: int, chain: bytes, now_s: int) -> Certificate:
    if not one.message:
        body = replace(one.body, root=index)
        return Certificate(body, cose.sign(body, root, chain))
    signed_by = {one.body.root} | {cose.parse(raw).body.signer for raw in one.approvals}
    if index in signed_by:
        raise SetupError("this root has signed the sheet already: take it to another root")
    parsed = cose.parse(one.message)
    approved = cose.message_id(parsed.kind, parsed.payload, chain)
    approval = orders.Approval(index, orders.ROOTS, approved, one.body.expires_at_s)
    return replace(one, approvals=(*one.approvals, cose.sign(approval, root, chain)))


# --- at the town office ------------------------------------------------------------------

def admit(office: Office, sheet: Sheet) -> list[int]:
    """Enters what the roots signed; the entry of each line. Raises the refusal of the first bad one; OFFICER_TURN (next)
    where an officer comes before the one whose number is next, and then nothing is entered."""
    if sheet.genesis != office.store.genesis():
        raise Refusal("OTHER_CHAIN")
    _in_turn(office, sheet)
    acts = [
        orders.Act(open_signed(office, one.message, CERTIFIED),
                   tuple(open_approval(office, raw) for raw in one.approvals))
        for one in sheet.certificates
    ]
    return [office.sequencer.submit(act) for act in acts]


def _in_turn(office: Office, sheet: Sheet) -> None:
    """The ledger takes numbers in order and refuses another for good, although two roots have signed it: so it isn't asked yet."""
    count = office.store.get(Register.COUNT, Register.OFFICER)
    following = count.taken + 1 if count else 1
    for one in sheet.certificates:
        if isinstance(one.body, orders.Officer):
            if one.body.officer > following:
                raise Refusal("OFFICER_TURN", next=following)
            following += one.body.officer == following
