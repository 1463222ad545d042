"""One table of a TOML file, read key by key; whatever is wrong is named with file, key and what is allowed."""

import re
import tomllib
from pathlib import Path
from typing import NoReturn

from app.errors import SetupError

SHOWN_CHARACTERS = 100  # of what is wrong: the line must stay a line


class Table:
    """`name` is the table's own place in the file, such as `coins[2].`; empty at the top."""

    def __init__(self, file: Path, name: str, values: dict):
        self.file = file
        self.name = name
        self.values = values
        self.asked: set[str] = set()

    @classmethod
    def of_file(cls, file: Path) -> "Table":
        try:
            return cls(file, "", tomllib.loads(file.read_text(encoding="utf-8")))
        except OSError as error:
            raise SetupError(f"{file} can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SetupError(f"{file} is not UTF-8 text (byte {error.start})") from error
        except tomllib.TOMLDecodeError as error:
            raise SetupError(f"{file} is not TOML: {error}") from error

    def wrong(self, key: str, found: object, allowed: str) -> NoReturn:
        shown = str(found) if len(str(found)) <= SHOWN_CHARACTERS else f"{str(found)[:SHOWN_CHARACTERS]} …"
        shown = f'"{shown}"' if isinstance(found, str) else shown
        line = f"{self.file}: {self.name}{key} is {shown}; allowed: {allowed}"
        raise SetupError(" ".join(line.split()))

    def value(self, key: str, sort: type, allowed: str):
        """What stands under `key`; TOML's true is no integer here."""
        self.asked.add(key)
        if key not in self.values:
            raise SetupError(f"{self.file}: {self.name}{key} is missing; allowed: {allowed}")
        found = self.values[key]
        if type(found) is not sort:
            self.wrong(key, str(found) if not isinstance(found, str | int | float) else found, allowed)
        return found

    def text(self, key: str, pattern: str = r".+", allowed: str = "a text", max_bytes: int = 200) -> str:
        found = self.value(key, str, allowed)
        self._check(key, found, pattern, allowed, max_bytes)
        return found

    def texts(self, key: str, pattern: str, allowed: str, max_bytes: int = 200) -> list[str]:
        found = self.value(key, list, f"a list of {allowed}")
        for text in found:
            self._check(key, text, pattern, f"a list of {allowed}", max_bytes)
        return found

    def _check(self, key: str, text: object, pattern: str, allowed: str, max_bytes: int) -> None:
        if not isinstance(text, str) or text != text.strip() or not re.fullmatch(pattern, text):
            self.wrong(key, text, allowed)
        if len(text.encode()) > max_bytes:
            self.wrong(key, text, f"at most {max_bytes} bytes of UTF-8 (a Korean letter takes 3)")

    def integer(self, key: str, least: int, most: int) -> int:
        allowed = f"a whole number from {least:,} to {most:,}" if least < most else f"{least}"
        found = self.value(key, int, allowed)
        if not least <= found <= most:
            self.wrong(key, found, allowed)
        return found

    def choice(self, key: str, allowed: dict | list):
        """The one of `allowed` that is named; of a dictionary its value."""
        found = self.value(key, str, ", ".join(allowed))
        if found not in allowed:
            self.wrong(key, found, ", ".join(allowed))
        return allowed[found] if isinstance(allowed, dict) else found

    def choices(self, key: str, allowed: dict) -> list:
        """The values of the names in a list, each at most once."""
        names = self.value(key, list, f"a list of {', '.join(allowed)}")
        for name in names:
            if not isinstance(name, str) or name not in allowed or names.count(name) > 1:
                self.wrong(key, name, f"each at most once of {', '.join(allowed)}")
        return [allowed[name] for name in names]

    def table(self, key: str) -> "Table":
        return Table(self.file, f"{self.name}{key}.", self.value(key, dict, f"a table [{key}]"))

    def tables(self, key: str) -> list["Table"]:
        """At least one `[[key]]`."""
        allowed = f"one or more [[{key}]]"
        found = self.value(key, list, allowed)
        if not found or not all(isinstance(values, dict) for values in found):
            self.wrong(key, str(found), allowed)
        return [Table(self.file, f"{self.name}{key}[{place}].", values) for place, values in enumerate(found, 1)]

    def distinct(self, key: str, found: list) -> None:
        """Raises SetupError when something that must be told apart stands there twice."""
        twice = next((one for one in found if found.count(one) > 1), None)
        if twice is not None:
            self.wrong(key, f"{twice} twice", "each once")

    def finish(self) -> None:
        """Refuses keys that nobody asked for: a misspelt key must not be passed over in silence."""
        for key in self.values:
            if key not in self.asked:
                raise SetupError(f"{self.file}: {self.name}{key} is unknown; allowed: {', '.join(sorted(self.asked))}")
