"""Tells vendors' webhooks what became of their checkouts, signed as Standard Webhooks has it.

A shop writes the address, our server calls it: so it goes to public machines alone (no redirect is followed, the address
that was looked at is the one that is called), and no receiver can keep us longer or make us read more than is set here.
"""

import socket
import ssl
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from standardwebhooks import Webhook

from app.desk import names
from app.desk.office import Office
from app.errors import Refusal
from app.people import deliveries, vendors
from app.people.deliveries import Delivery

SECRET = "whsec_"
WITHIN_S = 10
NAME_WITHIN_S = 3           # of them, for looking its name up
MOST_READ = 4096            # bytes of an answer: its first line says all that we want to know
GONE = 410                  # Standard Webhooks: the receiver wants no more of it


class NotTold(Exception):
    """Why this try failed: a status, or a word."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the courier may call. `also`: pairs (address, port) beyond the public ones, and `trust` beside the system's
    authorities: for tests, which have a receiver on this machine. Nothing but the caller sets them."""
    also: tuple[tuple[str, int], ...] = ()
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)


def deliver_one(office: Office, reach: Reach) -> bool:
    """Tells one that is due; False when nothing is."""
    mine = deliveries.claim(office.people)
    if mine is None:
        return False
    shop, url, secret, state = deliveries.webhook_of(office.people, mine)
    if state != vendors.ON:
        deliveries.give_up(office.people, mine, "webhook is off")
        return True
    try:
        status = call(url, _headers(mine, secret, office.now_s()), mine.body.encode(), reach)
        if not 200 <= status < 300:
            raise NotTold(str(status))
        deliveries.delivered(office.people, mine)
    except NotTold as error:
        if str(error) == str(GONE):
            vendors.end_webhook(office.people, shop, mine.webhook, vendors.GONE)
            deliveries.give_up(office.people, mine, str(error))
        else:
            deliveries.failed(office.people, mine, str(error))
    return True


def shown_secret(secret: bytes) -> str:
    """As Standard Webhooks writes it: whsec_ and base64."""
    return SECRET + b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """The secret (32) that is written so; FIELD_WRONG."""
    try:
        secret = b64decode(text.removeprefix(SECRET), validate=True)
    except ValueError:
        secret = b""
    if len(secret) != vendors.SECRET_BYTES or shown_secret(secret) != text:
        raise Refusal("FIELD_WRONG", field="secret")
    return secret


def _headers(mine: Delivery, secret: bytes, now_s: int) -> dict[str, str]:
    signature = Webhook(secret).sign(mine.id, datetime.fromtimestamp(now_s, UTC), mine.body)
    return {
        "Content-Type": "application/json", "User-Agent": "HAGC-Webhooks/1", "webhook-id": mine.id,
        "webhook-timestamp": str(now_s), "webhook-signature": signature,
    }


# --- the call ------------------------------------------------------------------------------

def call(url: str, headers: dict[str, str], body: bytes, reach: Reach) -> int:
    """The status of a POST over TLS, within 10 s in all. NotTold where nobody may or can be reached."""
    until_s = time.monotonic() + WITHIN_S
    try:
        host, port, path = vendors.check_url(url, (*vendors.PORTS, *(port for _, port in reach.also)))
        address = _looked_up(host, port, reach, min(NAME_WITHIN_S, _left(until_s)))
        with socket.create_connection((str(address), port), timeout=_left(until_s)) as plain:
            with reach.trust.wrap_socket(plain, server_hostname=host) as line:
                return _asked(line, _request(host, port, path, headers, body), until_s)
    except ssl.SSLError:
        raise NotTold("certificate") from None
    except TimeoutError:
        raise NotTold("too slow") from None
    except OSError:
        raise NotTold("no line") from None
    except (Refusal, ValueError):       # the latter is ssl's word for a name that no host can have
        raise NotTold("address") from None


def _request(host: str, port: int, path: str, headers: dict[str, str], body: bytes) -> bytes:
    named = f"[{host}]" if ":" in host else host
    first = [f"POST {path} HTTP/1.1", f"Host: {named if port == 443 else f'{named}:{port}'}", "Connection: close",
             f"Content-Length: {len(body)}"]
    return "\r\n".join([*first, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body


def _asked(line: ssl.SSLSocket, request: bytes, until_s: float) -> int:
    """Sends, and reads no more than the first line."""
    line.settimeout(_left(until_s))
    line.sendall(request)
    said = b""
    while b"\r\n" not in said and len(said) < MOST_READ:
        line.settimeout(_left(until_s))
        part = line.recv(1024)
        if not part:
            break
        said += part
    words = said.split(b"\r\n")[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or len(words[1]) != 3 or not words[1].isdigit():
        raise NotTold("no HTTP")
    return int(words[1])


def _looked_up(host: str, port: int, reach: Reach, within_s: float) -> IPv4Address | IPv6Address:
    """The one address that is then called. NotTold if any of the host's is not a public one: a name that points
    here and there would be let in by chance."""
    try:
        found = {ip_address(one) for one in names.addresses(host, port, within_s)}
    except TimeoutError:
        raise NotTold("name too slow") from None
    except (OSError, UnicodeError):
        raise NotTold("unknown host") from None
    for address in found:
        if not is_public(address) and (str(address), port) not in reach.also:
            raise NotTold("not a public address")
    return min(found, key=lambda address: (address.version, address))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Anybody's on the internet. What an IPv6 address carries of IPv4 must be so too; NAT64's prefix counts as reserved."""
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if any(each is not None and not is_public(each) for each in inner):
            return False
        if address.ipv4_mapped:
            return True
        if address.is_site_local:       # no longer given out, and still somebody's own
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _left(until_s: float) -> float:
    left = until_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
