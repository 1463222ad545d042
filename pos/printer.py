"""The shop's receipt printer: which one it is, and the way to it. Kept in the till's folder.

A printer that doesn't answer never changes what was paid: it is said, and the paper can be printed again.
"""

import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.errors import SetupError
from pos import roll
from pos.receipt import Roll
from pos.roll import DOTS, PICTURE, TEXT, Look

FILE = "printer.json"
PATIENCE_S = 8
PORT, BAUD = 9100, 9600
USB_PRINTER = 7         # class of an interface
_PLACES = (
    (re.compile(r"network:(?P<host>[A-Za-z0-9.-]{1,253})(:(?P<port>[0-9]{1,5}))?"), "network"),
    (re.compile(r"usb:(?P<vendor>[0-9A-Fa-f]{4}):(?P<product>[0-9A-Fa-f]{4})"), "usb"),
    (re.compile(r"serial:(?P<device>[^:\s]+)(:(?P<baud>[0-9]{3,7}))?"), "serial"),
    (re.compile(r"file:(?P<device>.+)"), "file"),
)


@dataclass(frozen=True, slots=True)
class Printer:
    """Where it is (`network:HOST[:PORT]`, `usb:VENDOR:PRODUCT`, `serial:DEVICE[:BAUD]`, `file:PATH`) and how it is fed."""
    place: str
    look: Look = Look()
    each: bool = False      # prints a receipt of every payment by itself

    def print(self, paper: Roll) -> None:
        """SetupError where it isn't there or doesn't take the paper."""
        self.send(roll.to_bytes(paper, self.look))

    def send(self, content: bytes) -> None:
        from escpos.exceptions import Error     # roll.to_bytes has said so if there is no such library
        device = _device(self.place)
        try:
            device.open()
            device._raw(content)
        except (Error, OSError, ValueError) as error:       # pyusb's own, where it finds no libusb, is a ValueError
            raise SetupError(f"the printer {self.place} doesn't answer ({_reason(error)}): is it on, and has it paper?") from None
        finally:
            device.close()


def read(folder: Path) -> Printer | None:
    """None where none was set. SetupError where the file was damaged."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return checked(Printer(kept["place"], Look(**kept["look"]), kept["each"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise SetupError(f"{folder / FILE} is damaged: set the printer again with `python -m pos printer`") from None


def write(folder: Path, printer: Printer) -> None:
    """Whole or not at all."""
    unfinished = folder / f"{FILE}.new"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(asdict(printer), out, ensure_ascii=False, indent=2)
    unfinished.replace(folder / FILE)


def found() -> list[tuple[str, str]]:
    """(place, what it calls itself) of what hangs on this machine and may be a printer. A network is not searched."""
    return [*_usb(), *_serial()]


def _usb() -> list[tuple[str, str]]:
    try:
        import usb.core
        import usb.util
        machines = usb.core.find(find_all=True, custom_match=lambda one: any(
            usb.util.find_descriptor(each, bInterfaceClass=USB_PRINTER) is not None for each in one))
        return [(f"usb:{one.idVendor:04x}:{one.idProduct:04x}", _called(one)) for one in machines]
    except (ImportError, ValueError, OSError, NotImplementedError):     # no library, or no libusb beneath it
        return []


def _called(machine) -> str:
    try:
        return machine.product or ""
    except (ValueError, OSError, NotImplementedError):      # another program has it
        return ""


def _serial() -> list[tuple[str, str]]:
    try:
        from serial.tools import list_ports
    except ImportError:
        return []
    return [(f"serial:{one.device}", one.description or "") for one in list_ports.comports() if _matched(f"serial:{one.device}")]


def checked(printer: Printer) -> Printer:
    """The same, or ValueError with what is allowed."""
    if _matched(printer.place) is None:
        raise ValueError("network:HOST[:PORT], usb:VENDOR:PRODUCT, serial:DEVICE[:BAUD] or file:PATH")
    if printer.look.width_mm not in DOTS or printer.look.way not in (TEXT, PICTURE):
        raise ValueError("58 or 80 mm, text or picture")
    return replace(printer, look=replace(printer.look, cut=bool(printer.look.cut), drawer=bool(printer.look.drawer)))


def _matched(place: str) -> tuple[str, dict] | None:
    for pattern, way in _PLACES:
        found = pattern.fullmatch(place)
        if found:
            return way, found.groupdict()
    return None


def _device(place: str):
    from escpos import printer
    way, at = _matched(place)
    kinds = {"network": printer.Network, "usb": printer.Usb, "serial": printer.Serial, "file": printer.File}
    if not kinds[way].is_usable():
        raise SetupError(f"a {way} printer needs one more step: pip install '.[printer]'")
    if way == "network":
        return printer.Network(at["host"], int(at["port"] or PORT), timeout=PATIENCE_S)
    if way == "usb":
        return printer.Usb(int(at["vendor"], 16), int(at["product"], 16), timeout=PATIENCE_S * 1000)
    if way == "serial":
        return printer.Serial(at["device"], int(at["baud"] or BAUD), timeout=PATIENCE_S)
    return printer.File(at["device"])


def _reason(error: Exception) -> str:
    said = str(error).strip(" \n)")
    return said.splitlines()[-1] if said else type(error).__name__
