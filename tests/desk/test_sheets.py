"""What comes from another machine to be signed or entered (a roots' sheet, an act for an officer's own machine), by file, paste or
camera: whatever it holds, it is read, or refused in one line.
"""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.chain.block import Genesis
from app.desk import certify
from app.desk.certify import SHEET, Certificate, Sheet
from app.desk.officer import Wanted
from app.errors import SetupError
from app.message import canon, kinds, qr
from app.message.keys import Signer
from app.money import orders
from tests.vectors import make

NOW_S = 1_790_000_000
ROOTS = [Signer(bytes((number,)) * 32) for number in range(3)]
GENESIS = Genesis("city", "pay.example", NOW_S, 2, tuple(root.public for root in ROOTS), 3, "Asia/Seoul", bytes(16)).to_bytes()
ASKED = Sheet(GENESIS, (Certificate(orders.Officer(0, 7, Signer(bytes(32)).public, orders.MAKER, NOW_S, NOW_S + 9, bytes(8), NOW_S + 9)),))
SIGNED = certify.certify(certify.certify(ASKED, ROOTS[0], NOW_S), ROOTS[1], NOW_S)
FILE, ACT = SIGNED.to_text(), Wanted(GENESIS, make.BODIES[0]).to_text()

NAMES = some.sampled_from(["genesis", "certificates", "payload", "message", "approvals"])
LEAVES = (some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20) | some.binary(max_size=40).map(bytes.hex)
          | some.sampled_from([GENESIS.hex(), *json.loads(FILE)["certificates"][0].values(), json.loads(ACT)["payload"]]))
CONTENTS = some.recursive(LEAVES, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=5), max_leaves=12)
NESTED_OR_LEAF = some.recursive(some.integers(0, 2**64 - 1) | some.binary(max_size=60) | some.sampled_from([GENESIS, SIGNED.certificates[0].message]),
                        lambda inner: some.lists(inner, max_size=4), max_leaves=12)
NESTED = NESTED_OR_LEAF.filter(lambda value: isinstance(value, list))


def digits(raw: bytes) -> str:
    return SHEET + qr.to_digits(raw)


def code(value: list) -> str:
    """Under a QR; nothing where it lies too deep to be written."""
    try:
        return digits(canon.encode_nested(value))
    except AssertionError:
        return SHEET


@some.composite
def spoilt(draw, good: str) -> str:
    """A piece of it gone, or another in its place."""
    at = draw(some.integers(0, len(good)))
    until = draw(some.integers(at, min(len(good), at + 40)))
    return good[:at] + draw(some.text(max_size=5) | some.sampled_from(["", "0", "ff", '"', "[", "-", "==", "\ud800"])) + good[until:]


@some.composite
def changed(draw, good: object, values: some.SearchStrategy) -> object:
    """One value of it another, or gone."""
    place = whole = copy.deepcopy(good)
    while True:
        key = draw(some.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(some.booleans()):
            place = place[key]
            continue
        if draw(some.booleans()):
            del place[key]
        else:
            place[key] = draw(values)
        return whole


@some.composite
def flipped(draw, good: bytes) -> str:
    """One byte of what stands under a QR another."""
    at = draw(some.integers(0, len(good) - 1))
    return digits(good[:at] + bytes((draw(some.integers(0, 255)),)) + good[at + 1:])


UNDER = qr.from_digits(SIGNED.to_qr().removeprefix(SHEET))
LINES = [[canon.encode(kinds.items_of(one.body)), one.message, list(one.approvals)] for one in SIGNED.certificates]
ANY = some.text() | some.binary().map(lambda raw: raw.decode("utf-8", "replace")) | CONTENTS.map(json.dumps)
CODES = some.binary(min_size=1).map(digits) | NESTED.map(code) | some.text(alphabet="0123456789 -", max_size=60).map(SHEET.__add__) | flipped(UNDER)


def read(form: type[Sheet] | type[Wanted], text: str) -> Sheet | Wanted | None:
    try:
        return form.from_text(text)
    except SetupError as error:
        assert "\n" not in str(error)
        return None


@given(ANY | CODES | spoilt(FILE) | spoilt(SIGNED.to_qr()) | changed(json.loads(FILE), CONTENTS).map(json.dumps) | changed([GENESIS, LINES], NESTED_OR_LEAF).map(code))
def test_a_sheet_is_read_or_refused_in_one_line(text):
    sheet = read(Sheet, text)
    if sheet is not None:
        assert sheet.certificates and all(type(line) is str for line in certify.describe(sheet))
        assert Sheet.from_text(sheet.to_text()) == sheet == Sheet.from_text(sheet.to_qr())


@given(ANY | spoilt(ACT) | changed(json.loads(ACT), CONTENTS).map(json.dumps))
def test_an_act_to_be_signed_elsewhere_is_read_or_refused_in_one_line(text):
    wanted = read(Wanted, text)
    if wanted is not None:
        assert Wanted.from_text(wanted.to_text()) == wanted and all(type(line) is str for line in wanted.describe())


@pytest.mark.parametrize("body", make.BODIES, ids=lambda body: type(body).__name__)
def test_every_act_goes_through_a_file(body):
    wanted = Wanted(GENESIS, body)
    assert Wanted.from_text(wanted.to_text()) == wanted and wanted.describe()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"genesis": ' * 50_000, "1" * 10_000, json.dumps({"genesis": GENESIS.hex(), "certificates": []}),
                                  code([5, LINES]), code([GENESIS, [[5, b"", []]]]), code([GENESIS, [[LINES[0][0], 5, []]]])],
                         ids=["deep", "deeper", "a long number", "no line", "a number for a city", "for an act", "for a signature"])
def test_what_breaks_readers_is_refused(text):
    assert read(Sheet, text) is None and read(Wanted, text) is None


def test_what_is_good_is_read():
    assert read(Sheet, FILE) == read(Sheet, SIGNED.to_qr()) == SIGNED and read(Wanted, ACT)
