"""Finds the Chromium that the tests drive; where there is none, or no Korean letters, installs Debian's if it can.

Chromium's own build without windows comes first: the same pages in a third of the time. Any whole one will do.
"""

import os
import shutil
import subprocess

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LETTERS = "fonts-noto-cjk"
PATIENCE = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20")


def main() -> None:
    if lacking() and shutil.which("apt-get") and os.geteuid() == 0:
        apt("update")
        for package in (SHELL, "chromium"):     # Ubuntu has no build without windows
            if not chromium():
                install(package)
        if not korean_letters():
            install(LETTERS)
    missing = lacking()
    if missing:
        raise SystemExit(f"The tests need {missing}: install it (Debian: apt-get install {SHELL} {LETTERS})")


def lacking() -> str:
    """What the tests still need, in words; nothing when they can start."""
    if not chromium():
        return "Chromium or Chrome on the PATH"
    return "" if korean_letters() else "a font with Korean letters"


def chromium() -> str:
    """The path of a Chromium or Chrome on this machine's PATH, or nothing."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def korean_letters() -> bool:
    """Whether a page in Korean shows letters; where fonts can't be listed (macOS) they come with the system."""
    if not shutil.which("fc-list"):
        return True
    listed = subprocess.run(["fc-list", ":lang=ko", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def install(package: str) -> None:
    print(f"Installing {package} ...", flush=True)
    apt("install", "--yes", "--no-install-recommends", package)


def apt(*command: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", *PATIENCE, *command], env=quiet, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
