"""The page for who runs a server, and the files beside it: every command in them parses, every path exists in the program."""

import configparser
import re
import shlex
from pathlib import Path

import click
import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app.cli import commands
from app.web import wsgi
from tests.cast import City

APP = Path(__file__).resolve().parents[1] / "app"
PAGE, UNIT, SITE = APP / "OPERATING.md", APP / "deploy" / "hagc.service", APP / "deploy" / "nginx.conf"
COMMAND = re.compile(r"python -m app ([^`\n]+)")


def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    read.optionxform = str
    read.read(UNIT, encoding="utf-8")
    return read


def parsed(line: str) -> dict:
    """What click makes of a command's words; it isn't run. click.UsageError where it would be refused."""
    words, command, name = shlex.split(line), commands, ""
    while isinstance(command, click.Group):
        name, *words = words
        command = command.commands[name]
    return command.make_context(name, words).params


def lines() -> list[str]:
    texts = [PAGE.read_text(encoding="utf-8"), UNIT.read_text(encoding="utf-8")]
    return sorted({re.sub(r"\$\([^)]*\)", "now", line) for text in texts for line in COMMAND.findall(text)})


@pytest.mark.parametrize("line", lines())
def test_every_command_of_the_page_and_of_the_unit_parses(line):
    assert parsed(line)


def test_what_is_made_can_be_made():
    wanted = set(re.findall(r"(?:^|hagc )make ([\w-]+)|`make ([\w-]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([\w-]+):", (APP.parent / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for pair in wanted for name in pair if name}
    assert "front-end" in named and named <= targets


def test_a_command_that_does_not_exist_would_be_found():
    with pytest.raises(click.UsageError):
        parsed("run --data /srv/hagc --behind-a-proxy")
    with pytest.raises(KeyError):
        parsed("back-up now")


def test_the_unit_serves_the_data_behind_the_proxy_and_never_gives_the_word_for_the_clock():
    service = unit()["Service"]
    program, line = service["ExecStart"].split(" -m app ")
    how = parsed(line)
    assert program == f"{service['WorkingDirectory']}/.venv/bin/python"
    assert (how["listen"], how["behind_proxy"], how["clock_is_right"], how["trial"]) == ("127.0.0.1", True, False, False)
    assert str(how["data"]) == service["ReadWritePaths"] == unit()["Unit"]["RequiresMountsFor"]
    assert service["RestartPreventExitStatus"] == "2" and "--clock-is-right" not in "".join(service.values())
    assert f"server {how['listen']}:{how['port']};" in SITE.read_text(encoding="utf-8")


# --- nginx --------------------------------------------------------------------------------

def places() -> dict[str, str]:
    """Of the site: path of a location -> what stands in it."""
    return dict(re.findall(r"location (?:= )?(\S+) \{(.*?)\n    \}", SITE.read_text(encoding="utf-8"), re.DOTALL))


def test_the_site_names_paths_that_the_server_has(tmp_path):
    city = City(tmp_path / "data")
    routes = city.application().url_map.bind("")
    city.close()
    hidden = [path.removeprefix("~^") for path in re.findall(r"~\^\S+", SITE.read_text(encoding="utf-8"))]
    assert len(hidden) == 3
    for path in [*places(), *(f"{path}123" for path in hidden)]:
        try:
            routes.match(path)
        except MethodNotAllowed:
            pass
        except NotFound:
            pytest.fail(f"{path} is no page of the server")


def test_what_is_large_comes_through_the_site_and_nothing_of_the_events_is_held_back():
    large = {path for path, what in places().items() if "client_max_body_size" in what}
    assert {path for path in wsgi.FILES if any(path == one or path.startswith(f"{one}/") for one in large)} == wsgi.FILES
    for path in large:
        mib = int(re.search(r"client_max_body_size (\d+)m;", places()[path])[1])
        assert mib * wsgi.MIB > wsgi.LIST_MAX
    assert all(("proxy_request_buffering off;" in what) == path.startswith("/console") for path, what in places().items())
    assert "proxy_max_temp_file_size 0;" in SITE.read_text(encoding="utf-8")
    assert wsgi.EVENTS in places() and "proxy_buffering off;" in places()[wsgi.EVENTS]
    assert all("proxy_pass http://hagc;" in what for what in places().values())


def test_the_sites_logs_name_no_query_and_no_secret_address():
    site = SITE.read_text(encoding="utf-8")
    form = re.search(r"log_format hagc '(.*)';", site)[1]
    assert set(re.findall(r"\$\w+", form)) == {"$remote_addr", "$time_iso8601", "$request_method", "$hagc_path", "$status", "$body_bytes_sent",
                                               "$request_time"}
    assert re.findall(r"access_log (.*);", site) == ["off", "/var/log/nginx/hagc.access.log hagc"]
    assert re.findall(r"error_log \S+ (\w+);", site) == ["crit"]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in site


def test_every_file_that_the_pages_lead_to_exists():
    for page in (PAGE, APP.parent / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
