"""What every command of the command line shares: the group they stand in, their usual options, reading and writing a file."""

from pathlib import Path

import click

from app import city as cities
from app.errors import SetupError

FOLDER = click.option("--data", default="data", show_default=True, type=Path, help="Folder of the city's data.")
CLOCK = click.option("--clock-is-right", is_flag=True,
                     help="Go on though the last entry is days old: the city was switched off, and you looked at the clock.")
CITY = click.option("--city", "city_name", default=lambda: cities.known()[0], help="A city file: its key, or a path.")


commands = click.Group(help="A city's own currency: serve it, found it, sign for it, check it.")


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} can't be read: {error}") from None


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} can't be read: {error.strerror}") from None


def write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path} can't be written: {error.strerror}") from None
