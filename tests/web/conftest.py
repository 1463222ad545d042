"""A site to ask: in this process for what one answer says, and served for what goes over the wire."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.web.trial import ROOT, trial_app, trial_shell

PROBE = """
import { html, render } from "../lib/dom.js";
import { Amount, Button, Refusal, Strip } from "../lib/ui.js";
import { refused } from "../lib/api.js";
import { t } from "../lib/words.js";

const error = refused("NOT_ENOUGH", { spendable_here_won: 12500 });
render(
  html`<h1>${t("common.help")}</h1><${Amount} won=${5000} words=${true} /><${Refusal} error=${error} />
    <${Strip}>${t("common.no_line")}<//><${Button} onClick=${() => {}}>${t("common.again")}<//>`,
  document.getElementById("main"),
);
"""


@pytest.fixture(scope="session")
def static(tmp_path_factory) -> Path:
    """static/ as it is, and a page's script for the tests."""
    folder = tmp_path_factory.mktemp("static") / "static"
    shutil.copytree(ROOT / "static", folder)
    (folder / "js" / "probe").mkdir()
    (folder / "js" / "probe" / "main.js").write_text(PROBE)
    return folder


@pytest.fixture(scope="session")
def shell(static):
    return trial_shell(static)


@pytest.fixture
def client(shell):
    return trial_app(shell)[0].test_client()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(static: Path, *arguments: str) -> Iterator[tuple[int, subprocess.Popen]]:
    """The trial site in a process; ends it, and sees that it ended well."""
    port = free_port()
    command = [sys.executable, "-m", "tests.web.trial", str(port), str(static), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield port, process
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture(scope="session")
def port(static) -> Iterator[int]:
    with served(static) as (port, _):
        yield port
