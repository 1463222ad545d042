"""Who may open the till's page: the browser that came once by the address which the program printed. Any other program on
this PC, and any page of another site that knows the port, is left outside.
"""

import os
import secrets
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from app.errors import SetupError

FILE = "page.key"
YEAR_S = 31_536_000


class Door:
    """One till's at one port: browsers don't tell ports apart in cookies, so the name does."""

    def __init__(self, folder: Path, port: int):
        self.secret, self.cookie = _secret(folder), f"hagc-till-{port}"
        self.ticket = secrets.token_urlsafe(16)     # good once; the browser's history is no way in

    def let_in(self, ticket: str) -> str | None:
        """The cookie's line for whoever brings the ticket; nothing for any other."""
        if not self.ticket or not compare_digest(ticket.encode(), self.ticket.encode()):
            return None
        self.ticket = ""
        return f"{self.cookie}={self.secret}; Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Strict"

    def knows(self, cookies: str) -> bool:
        try:
            brought = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return False
        return brought is not None and compare_digest(brought.value.encode(), self.secret.encode())


def _secret(folder: Path) -> str:
    path = folder / FILE
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise SetupError(f"{path} can't be written: {error}") from None
    found = path.read_text()
    if len(found) < 32:
        raise SetupError(f"{path} is damaged: remove it, and start again")
    return found
