"""Finds the Chromium that the tests drive; installs Debian's, with Korean letters, where that is possible."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def main() -> None:
    missing = lacking()
    if not missing:
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        install()
        missing = lacking()
    if missing:
        raise SystemExit(f"The tests need {missing}: install it (Debian, Ubuntu: apt-get install {' '.join(PACKAGES)})")


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


def install() -> None:
    print(f"Installing {' and '.join(PACKAGES)} ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-qq", *command], env=quiet, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
