"""The kinds of message: number, name, fields, and how long each may be.

The one table that decoder, encoder, CDDL and the scripts in the phone agree with. A kind's
number and a layout's fields never change; a new layout is a new version, hence a new tag.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

from app.errors import Refusal
from app.message import keys
from app.money import orders, orders_office, orders_offline, orders_publishing, orders_reading

MAX_UINT = MAX_WON = 2**53 - 1      # every number is exact in JavaScript
MAX_BYTES = 4096

GENESIS, BLOCK, ROW, ROW_BACK = 48, 49, 50, 54    # bodies of the log: nobody signs them as messages

SHOP_BYTES, MOST_SHOPS = 4, 64      # of a programme that names single shops

_REFERENCE = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one field may hold. `text` is the shape's name in CDDL and in the scripts."""
    text: str
    fits: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Layout:
    """One version of a kind. The fields that a later version adds are never all empty in it:
    what the first version can say is said in the first, so each message has one writing."""
    tag: int                            # first item of the payload: kind and version in one number
    shapes: tuple[tuple[str, Shape], ...]
    added: dict[str, object]            # fields that the version before doesn't have: name -> what it means to lack them


@dataclass(frozen=True, slots=True)
class Kind:
    number: int
    name: str
    form: type | None                   # None: the number is kept, there is no layout yet
    layouts: tuple[Layout, ...] = ()    # oldest first
    max_bytes: int = MAX_BYTES          # of the whole message

    @property
    def tag(self) -> int:
        """Of version 1."""
        return self.layouts[0].tag

    @property
    def shapes(self) -> tuple[tuple[str, Shape], ...]:
        """Of the newest layout: every field of `form`."""
        return self.layouts[-1].shapes

    @property
    def label(self) -> bytes:
        """The purpose that is signed with the payload and not sent. /1 is the envelope's version; a layout's is in the tag."""
        return b"hagc/" + self.name.encode() + b"/1"


# --- shapes ----------------------------------------------------------------------------

def _number(low: int, high: int) -> Shape:
    return Shape(f"{low}..{high}", lambda value: type(value) is int and low <= value <= high)


def _octets(*lengths: int) -> Shape:
    text = " / ".join(f"bstr .size {length}" for length in lengths)
    return Shape(text, lambda value: type(value) is bytes and len(value) in lengths)


def _words(low: int, high: int) -> Shape:
    """UTF-8 in bytes, for people to read: no control characters."""
    def fits(value: object) -> bool:
        if type(value) is not bytes or not low <= len(value) <= high:
            return False
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
        return all(byte >= 0x20 and byte != 0x7F for byte in value)
    return Shape(f"words .size ({low}..{high})", fits)


def _is_reference(value: object) -> bool:
    return type(value) is bytes and len(value) <= 19 and _REFERENCE.issuperset(value)


def _is_categories(value: object) -> bool:
    return type(value) is bytes and b"\0" not in value and value == bytes(sorted(set(value)))


def _is_shops(value: object) -> bool:
    if type(value) is not bytes or len(value) > SHOP_BYTES * MOST_SHOPS or len(value) % SHOP_BYTES:
        return False
    numbers = [int.from_bytes(value[at:at + SHOP_BYTES]) for at in range(0, len(value), SHOP_BYTES)]
    return all(before < number for before, number in zip([0, *numbers], numbers))


def _is_key(value: object) -> bool:
    """A key that is shown for the first time: it is checked here, so nobody can forget to."""
    return type(value) is bytes and len(value) == 32 and bool(keys.check_public(value))


UINT = Shape("uint53", _number(0, MAX_UINT).fits)
WON = Shape("won", _number(1, MAX_WON).fits)
EIGHT, SIXTEEN, HASH = _octets(8), _octets(16), _octets(32)
KEY = Shape("key", _is_key)
KEY_OR_NONE = Shape("key / bstr .size 0", lambda value: value == b"" or _is_key(value))
SIGNER = Shape("bstr .size 8 / uint53", lambda value: EIGHT.fits(value) or UINT.fits(value))
REFERENCE = Shape("reference", _is_reference)
HASH_OR_NONE = _octets(0, 32)
CATEGORIES, SHOPS = Shape("categories", _is_categories), Shape("shops", _is_shops)
FLAG, GRADE, BOARD = _number(0, 1), _number(0, 2), _number(0, 1)


# --- the table -------------------------------------------------------------------------

def _kind(number: int, name: str, form: type, *shapes: Shape, then: tuple[Shape, ...] = (), max_bytes: int = MAX_BYTES) -> Kind:
    """then: the shapes of the fields that version 2 adds."""
    every = fields(form)
    named = tuple(zip([field.name for field in every], shapes + then, strict=True))
    layouts = [Layout(number * 4, named[:len(shapes)], {})]
    if then:
        layouts.append(Layout(number * 4 + 1, named, {field.name: field.default for field in every[len(shapes):]}))
    return Kind(number, name, form, tuple(layouts), max_bytes)


_REQUEST = (UINT, UINT, WON, EIGHT, UINT, REFERENCE)
CASHIER = _number(0, 2**16 - 1)

_LIST = (
    _kind(0, "code", orders.Code, EIGHT, FLAG, WON, EIGHT, UINT, max_bytes=122),
    _kind(1, "payment", orders.Payment, EIGHT, SIXTEEN, WON, EIGHT, UINT, max_bytes=122),
    _kind(2, "request", orders.Request, *_REQUEST, then=(CASHIER,), max_bytes=122),
    _kind(3, "receipt", orders.Receipt, UINT, UINT, UINT, SIXTEEN, HASH, UINT, UINT, max_bytes=150),
    _kind(4, "certificate", orders_offline.Certificate, UINT, KEY, WON, UINT, UINT, max_bytes=150),
    Kind(5, "card", None),
    _kind(6, "charge", orders.Charge, UINT, UINT, HASH, WON, EIGHT, UINT, then=(REFERENCE, CASHIER)),
    _kind(7, "refund", orders.Refund, UINT, UINT, UINT, WON, EIGHT, UINT, then=(CASHIER,)),
    _kind(8, "notice", orders.Notice, *_REQUEST, max_bytes=132),
    _kind(9, "session", orders.Session, SIGNER, EIGHT, UINT),
    _kind(10, "join", orders.Join, EIGHT, EIGHT, UINT),
    _kind(11, "grant", orders.Grant, UINT, UINT, SIXTEEN, HASH, _number(1, MAX_UINT), WON, UINT),
    _kind(12, "approval", orders.Approval, UINT, BOARD, HASH, UINT),
    _kind(13, "account-open", orders.AccountOpen, KEY, GRADE, EIGHT, UINT),
    _kind(14, "link", orders.Link, UINT, EIGHT, _octets(0, 16), EIGHT, UINT),
    _kind(15, "key-add", orders.KeyAdd, UINT, EIGHT, KEY, GRADE, EIGHT, UINT, then=(HASH_OR_NONE, UINT)),
    _kind(16, "key-revoke", orders.KeyRevoke, UINT, HASH, EIGHT, UINT),
    _kind(17, "alias-batch", orders.AliasBatch, EIGHT, _number(1, 255), EIGHT, UINT),
    _kind(18, "freeze", orders.Freeze, UINT, EIGHT, FLAG, EIGHT, UINT),
    _kind(19, "shop", orders.Shop, UINT, UINT, FLAG, _number(1, 2), _number(1, 255),
          _words(1, 60), _words(0, 30), EIGHT, UINT),
    _kind(20, "till", orders.Till, UINT, UINT, UINT, _number(0, 7), KEY, KEY_OR_NONE, EIGHT, UINT),
    _kind(21, "officer", orders.Officer, UINT, UINT, KEY, _number(0, 31), UINT, UINT, EIGHT, UINT),
    _kind(22, "operational-key", orders.OperationalKey, UINT, UINT, _number(1, 4), KEY, UINT, UINT,
          EIGHT, UINT),
    _kind(23, "programme", orders.Programme, UINT, UINT, _number(1, 255), UINT, UINT, UINT, UINT,
          CATEGORIES, _words(1, 60), EIGHT, UINT, then=(UINT, _number(0, 3660), SHOPS)),
    _kind(24, "policy", orders_offline.Policy, UINT, _number(1, 255), UINT, UINT, UINT, EIGHT, UINT, then=(UINT,)),
    _kind(25, "expire", orders.Expire, UINT, UINT, WON, UINT),
    _kind(26, "totals", orders.Totals, UINT, UINT, _number(1, 255), UINT, UINT, UINT, UINT, UINT),
    _kind(27, "directory", orders_publishing.Directory, UINT, HASH, UINT, UINT),
    _kind(28, "void", orders.Void, UINT, UINT, UINT, EIGHT, UINT, CASHIER),
    *(Kind(29 + step, name, None) for step, name in enumerate((
        "gift", "redemption", "payout", "award", "reserve", "claim"))),
    _kind(35, "recall", orders_office.Recall, UINT, _octets(8, 16), UINT, WON, EIGHT, UINT),
    *(Kind(36 + step, name, None) for step, name in enumerate(("attestation", "donation", "sticker"))),
    _kind(39, "deposit", orders_offline.Deposit, UINT, UINT, HASH, WON, UINT, EIGHT, UINT, REFERENCE, CASHIER),
    Kind(40, "erase", None),
    Kind(41, "restore", None),
    _kind(42, "offline-key", orders_offline.OfflineKey, EIGHT, KEY, EIGHT, UINT),
    _kind(43, "offline-code", orders_offline.OfflineCode, EIGHT, FLAG, WON, _number(1, 255), EIGHT, UINT, UINT,
          max_bytes=122),
    _kind(44, "served", orders_publishing.Served, UINT, HASH, UINT, UINT),
    _kind(45, "refused", orders_offline.Refused, UINT, SIXTEEN, UINT, UINT, then=(UINT,), max_bytes=122),
    _kind(46, "offline-right", orders_offline.OfflineAgain, UINT, EIGHT, EIGHT, UINT),
    _kind(47, "standing", orders_office.Standing, UINT, UINT, FLAG, _octets(0, 16), EIGHT, UINT),
    _kind(51, "rulebook", orders_office.Rulebook, UINT, UINT, EIGHT, UINT),
    _kind(52, "look", orders_reading.Look, EIGHT, EIGHT, UINT, max_bytes=122),
    _kind(53, "recall-list", orders_office.RecallList, UINT, UINT, SIXTEEN, HASH, _number(1, MAX_UINT), WON, UINT),
)

BY_NUMBER: dict[int, Kind] = {kind.number: kind for kind in _LIST}
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in _LIST}
IMPLEMENTED: tuple[Kind, ...] = tuple(kind for kind in _LIST if kind.form)

_BY_FORM: dict[type, Kind] = {kind.form: kind for kind in IMPLEMENTED}
_BY_TAG: dict[int, tuple[Kind, int]] = {
    layout.tag: (kind, at) for kind in IMPLEMENTED for at, layout in enumerate(kind.layouts)
}


def of(body: object) -> Kind:
    """The kind of a message object of app.money.orders."""
    return _BY_FORM[type(body)]


def items_of(body: object) -> list:
    """What is signed of a message object: tag, then the fields of the first layout that holds them. BAD_FIELD as `read`."""
    layout = _layout_of(of(body), body)
    items = [layout.tag, *(getattr(body, name) for name, _ in layout.shapes)]
    read(items)
    return items


def _layout_of(kind: Kind, body: object) -> Layout:
    for layout in reversed(kind.layouts):
        if any(getattr(body, name) != empty for name, empty in layout.added.items()):
            return layout
    return kind.layouts[0]


def read(items: list) -> tuple[Kind, object]:
    """A payload's items as (kind, object). NOT_A_MESSAGE, UNKNOWN_KIND, BAD_FIELD with the
    field's name, or SMALL_ORDER_KEY."""
    if not items or type(items[0]) is not int:
        raise Refusal("NOT_A_MESSAGE")
    kind, version = _BY_TAG.get(items[0], (None, 0))
    if kind is None:
        raise Refusal("UNKNOWN_KIND", tag=items[0])
    layout = kind.layouts[version]
    if len(items) != len(layout.shapes) + 1:
        raise Refusal("BAD_FIELD", field="count", kind=kind.name)
    values = items[1:]
    for (name, shape), value in zip(layout.shapes, values):
        if not shape.fits(value):
            raise Refusal("BAD_FIELD", field=name, kind=kind.name)
    body = kind.form(*values)
    if version and _layout_of(kind, body) is not layout:
        raise Refusal("BAD_FIELD", field="version", kind=kind.name)
    return kind, body
