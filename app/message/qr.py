"""Messages as text for QR codes: HTTPS://HOST/P#digits, and the pictures of them.

Any phone's camera opens it, every scanner that types can type it, and decimal digits are
what a QR code packs tightest: 7 bytes in 17 digits.
"""

import io
import re
from collections.abc import Iterable, Iterator

import qrcode
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_NUMBER, QRData

from app.errors import Refusal

GROUP_BYTES, GROUP_DIGITS = 7, 17
LAST_DIGITS = {0: 0, 1: 3, 2: 5, 3: 8, 4: 10, 5: 13, 6: 15}     # n bytes: n·8·log10(2), rounded up
QUIET_ZONE = 4                      # modules, ISO/IEC 18004 §9.1
LONGEST_TEXT = 10_240               # 4096 bytes and their address

_LAST_BYTES = {digits: count for count, digits in LAST_DIGITS.items()}
_BLANKS = " \t\r\n"
_SKIN = re.compile(rf"[{_BLANKS}]*([A-Z][A-Z0-9+.-]*)://([^/?#{_BLANKS}]*)([^#]*)", re.IGNORECASE | re.ASCII)


# --- text ------------------------------------------------------------------------------

def to_text(raw: bytes, host: str) -> str:
    """The text of one message; `host` with its port if it has one."""
    return f"HTTPS://{host.upper()}/P#{to_digits(raw)}"


def from_text(text: str, hosts: Iterable[str]) -> bytes:
    """The message in a scanned or typed text. Bare digits, and digits behind an address that a
    keyboard garbled, are read too: the signature tells the city, not the address.
    TOO_LONG, OTHER_HOST (an address that is none of `hosts`) or UNREADABLE."""
    if len(text) > LONGEST_TEXT:
        raise Refusal("TOO_LONG", length=len(text), longest=LONGEST_TEXT)
    before, mark, digits = text.rpartition("#")
    address = _SKIN.match(before if mark else text)
    if address:
        scheme, host, path = address.groups()
        known = host.isascii() and host.upper() in {each.upper() for each in hosts}
        if scheme.upper() != "HTTPS" or not known:
            raise Refusal("OTHER_HOST", host=host[:64])
        if path.upper() != "/P":
            raise Refusal("UNREADABLE")
    return from_digits(digits.strip(_BLANKS))


def to_digits(raw: bytes) -> str:
    """Groups of 7 bytes, big-endian, as 17 digits; the last group as LAST_DIGITS says."""
    whole = len(raw) - len(raw) % GROUP_BYTES
    groups = [f"{int.from_bytes(raw[at:at + GROUP_BYTES]):0{GROUP_DIGITS}d}"
              for at in range(0, whole, GROUP_BYTES)]
    if whole < len(raw):
        groups.append(f"{int.from_bytes(raw[whole:]):0{LAST_DIGITS[len(raw) - whole]}d}")
    return "".join(groups)


def from_digits(digits: str) -> bytes:
    """The only bytes that `to_digits` writes so; else UNREADABLE."""
    last = len(digits) % GROUP_DIGITS
    if not digits or not digits.isascii() or not digits.isdigit() or last not in _LAST_BYTES:
        raise Refusal("UNREADABLE")
    groups = []
    for at in range(0, len(digits), GROUP_DIGITS):
        group = digits[at:at + GROUP_DIGITS]
        count = GROUP_BYTES if len(group) == GROUP_DIGITS else _LAST_BYTES[len(group)]
        value = int(group)
        if value >> 8 * count:
            raise Refusal("UNREADABLE")
        groups.append(value.to_bytes(count))
    return b"".join(groups)


# --- pictures --------------------------------------------------------------------------

def code_of(text: str) -> qrcode.QRCode:
    """The smallest code at level M, each part of the text packed in its own mode."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    for part in segments(text):
        code.add_data(part, optimize=0)
    code.make(fit=True)
    return code


def segments(text: str) -> Iterator[QRData]:
    """Address alphanumeric, '#' as a byte, digits numeric; any other text as bytes."""
    before, mark, digits = text.rpartition("#")
    if mark and digits.isascii() and digits.isdigit() and _is_alphanumeric(before):
        yield QRData(before.encode(), mode=MODE_ALPHA_NUM)
        yield QRData(b"#", mode=MODE_8BIT_BYTE)
        yield QRData(digits.encode(), mode=MODE_NUMBER)
    else:
        yield QRData(text.encode(), mode=MODE_8BIT_BYTE)


def png_bytes(text: str, module_px: int = 8) -> bytes:
    """A black and white PNG with the full quiet zone."""
    code = code_of(text)
    code.box_size = module_px
    out = io.BytesIO()
    code.make_image().save(out, "PNG")
    return out.getvalue()


def svg(text: str) -> str:
    """An <svg> element of one path on white, without script or style; one unit a module."""
    rows = code_of(text).modules
    path = "".join(f"M{QUIET_ZONE + x} {QUIET_ZONE + y}h{length}v1h-{length}z"
                   for y, row in enumerate(rows) for x, length in runs(row))
    side = len(rows) + 2 * QUIET_ZONE
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>')


def terminal(text: str) -> str:
    """For a terminal of light letters on a dark ground: two modules a character."""
    out = io.StringIO()
    code_of(text).print_ascii(out=out, invert=True)
    return out.getvalue()


def runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Start and length of each dark stretch of a row of modules."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def _is_alphanumeric(text: str) -> bool:
    return re.fullmatch(r"[0-9A-Z $%*+\-./:]+", text) is not None
