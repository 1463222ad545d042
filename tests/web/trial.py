"""A small site in a process of its own: python -m tests.web.trial PORT STATIC [WORKERS]

What every page and answer has, without a counter behind it. The tests drive it over the wire.
"""

import hashlib
import itertools
import os
import sys
import threading
import time
from pathlib import Path

from flask import Blueprint, Flask, request

from app import city
from app.errors import Refusal, SetupError
from app.web import events
from app.web.server import Tls, serve
from app.web.shell import BASE, TILL, WALLET, Page, Shell
from app.web.site import Services, create_app, make_shell

ROOT = Path(__file__).resolve().parents[2]
PROBE = Page("probe", "/probe", (BASE, "css/forms.css", "css/wallet.css"), ("common", "refusals", "fields"),
             entry="js/probe/main.js", opens=(("/probe", "/probe"),))


class Happenings:
    """What happened, as a store would tell it: numbered, in order."""

    def __init__(self):
        self.lock = threading.Lock()
        self.log: list[tuple[str, int, dict]] = []
        self.numbers = itertools.count(1)
        self.told = 0

    def add(self, topic: str, text: str) -> int:
        with self.lock:
            number = next(self.numbers)
            self.log.append((topic, number, {"event": "sale", "text": text}))
            return number

    def poll(self, _) -> list[tuple[str, int, dict]]:
        with self.lock:
            news, self.told = self.log[self.told:], len(self.log)
            return news

    def replay(self, topics, after: int) -> list[tuple[int, dict]]:
        with self.lock:
            return [(number, event) for topic, number, event in self.log if topic in topics and number > after]


def trial_shell(static: Path) -> Shell:
    one = city.read_city(city.find(city.known()[0]))
    return make_shell(static, one, time.time, {"chain": "00" * 32}, (WALLET, TILL, PROBE))


def trial_app(shell: Shell, tls: bool = False, behind_proxy: bool = False) -> tuple[Flask, events.Hub]:
    happenings = Happenings()
    hub = events.Hub(happenings.poll, happenings.replay)
    hub.most_of_one = 1000
    app = create_app(Services(None, shell, hub, b"s" * 32, tls, behind_proxy), [routes(shell, happenings)])
    return app, hub


def routes(shell: Shell, happenings: Happenings) -> Blueprint:
    trial = Blueprint("trial", __name__)

    @trial.get("/api/hello")
    def hello() -> dict:
        return {"hello": "안녕하세요", "process": os.getpid()}

    @trial.post("/api/echo")
    def echo() -> dict:
        return {"size": len(request.data), "digest": hashlib.sha256(request.data).hexdigest()}

    @trial.post("/api/json")
    def read_json() -> dict:
        return {"had": request.get_json()}

    @trial.get("/api/asked")
    def asked() -> dict:
        return {"path": request.path, "args": request.args.to_dict(), "cookies": request.cookies.to_dict(),
                "headers": dict(request.headers)}

    @trial.get("/api/long")
    def long() -> dict:
        return {"text": "가나다라" * 2000}

    @trial.get("/api/slow")
    def slow() -> dict:
        time.sleep(1)
        return {"slow": True}

    @trial.get("/api/refuse/<word>")
    def refuse(word: str) -> dict:
        raise Refusal(word, **{name: int(value) if value.isdecimal() else value for name, value in request.args.items()})

    @trial.get("/api/bug")
    @trial.get("/bug")
    def bug() -> dict:
        raise KeyError("김영수 010-0000-0001")

    @trial.post("/api/happen/<topic>")
    def happen(topic: str) -> dict:
        return {"number": happenings.add(topic, request.get_data(as_text=True))}

    @trial.get("/api/events")
    def stream():
        if request.args.get("topic") == "secret":
            raise Refusal("NOT_YOURS")
        return events.stream(*request.args["topic"].split(","))

    @trial.get("/api/events/poll")
    def poll():
        return events.wait(*request.args["topic"].split(","))

    @trial.get("/probe")
    def probe() -> str:
        return shell.render("base.html", PROBE)

    return trial


def main(port: int, static: Path, workers: int, tls: Tls | None) -> None:
    shell = trial_shell(static)
    try:
        serve(lambda: trial_app(shell, tls is not None), "127.0.0.1", port, workers, tls, ready=lambda: print("ready", flush=True))
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _, port, static, *rest = sys.argv
    main(int(port), Path(static), int(rest[0]) if rest else 1, Tls(Path(rest[1]), Path(rest[2])) if rest[1:] else None)
