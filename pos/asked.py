"""What the till's page said, one value at a time, each of a form that is checked before anything is done with it."""

import re
from base64 import urlsafe_b64decode

from app.money.amount import MAX_WON

_ID = re.compile(r"[0-9a-f]{32,64}")
_NAME = re.compile(r"[a-z][a-z0-9 ]{0,39}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class Wrong(Exception):
    """Not what a page of ours says; with the name of the value."""


class Asked:
    """A question's values by their names. Each method raises Wrong where the value is of another form."""

    def __init__(self, content: object):
        if not isinstance(content, dict):
            raise Wrong("content")
        self.content = content

    def value(self, name: str) -> object:
        return self.content.get(name)

    def text(self, name: str, longest: int = 4096) -> str:
        """Empty where it is left out."""
        found = self.content.get(name) or ""
        if not isinstance(found, str) or len(found) > longest or any("\ud800" <= letter <= "\udfff" for letter in found):
            raise Wrong(name)
        return found

    def name(self) -> str:
        """Of a fact that the page keeps."""
        return self._matched("name", _NAME)

    def whole(self, name: str, most: int = MAX_WON) -> int:
        """0 where it is left out."""
        found = self.content.get(name) or 0
        if type(found) is not int or not 0 <= found <= most:
            raise Wrong(name)
        return found

    def id(self) -> bytes:
        """Of a message: its first 16 bytes, as payments and receipts name it."""
        return bytes.fromhex(self._matched("id", _ID)[:32])

    def bytes(self, name: str) -> bytes:
        """Of base64url."""
        found = self._matched(name, _BASE64URL)
        if len(found) % 4 == 1:
            raise Wrong(name)
        return urlsafe_b64decode(found + "=" * (-len(found) % 4))

    def _matched(self, name: str, pattern: re.Pattern) -> str:
        found = self.text(name, 65_536)
        if not pattern.fullmatch(found):
            raise Wrong(name)
        return found
