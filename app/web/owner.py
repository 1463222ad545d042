"""What only the owner of a shop may ask: the key behind the PIN signs the request itself, so that a till that was left to
a cashier asks none of it, whatever its page is made to send.

    Authorization: HAGC-Owner <order>.<signature>       both base64url

The order is a text (JSON): {"till", "what": "POST /api/close?…" (method, path and query), "body": the SHA-256 of what is
sent with it in hex, "expires_at_s"}; desk/staff.py says what is signed.
"""

from flask import request

from app.desk import staff
from app.desk.office import Office
from app.desk.staff import OwnersOrder
from app.errors import Refusal
from app.web.answers import loads
from app.web.api import from_base64url

SCHEME = "HAGC-Owner "
LONGEST_ORDER = 1_000


def order(office: Office) -> OwnersOrder:
    """The owner's word for this very request. SIGN_IN_FIRST where nobody says who asks, OWNER_ONLY where somebody else
    does, and what `staff.owners_order` refuses."""
    said = request.headers.get("Authorization", "")
    if not is_said():
        raise Refusal("OWNER_ONLY" if said else "SIGN_IN_FIRST")
    if len(said) > LONGEST_ORDER:
        raise Refusal("TOO_LONG", length=len(said), longest=LONGEST_ORDER)
    text, _, signature = said.removeprefix(SCHEME).partition(".")
    raw = from_base64url(text, "order")
    try:
        content = loads(raw)
    except ValueError:
        raise Refusal("UNREADABLE") from None
    if type(content) is not dict:
        raise Refusal("UNREADABLE")
    asked = staff.Asked(_what(), request.get_data())
    return staff.owners_order(office, (raw, from_base64url(signature, "signature")), content, asked)


def is_said() -> bool:
    return request.headers.get("Authorization", "").startswith(SCHEME)


def _what() -> str:
    """Method, path and query, as they were sent."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.method} {request.path}{'?' if query else ''}{query}"
