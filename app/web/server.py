"""The one listener. Granian takes the connections, uvloop runs the door (app/web/wsgi.py), Flask answers in its pool.

Several processes may serve the same data: each builds its own application, and the kernel deals out connections.
"""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from app.errors import SetupError
from app.web.events import Hub
from app.web.wsgi import THREADS, Door

BACKLOG = 1024
# Connections at once, streams included: every waiting till and every phone that keeps its line open is one.
CONNECTIONS = 20_000
LINGER_S = 10  # what a stopping server gives to answers under way
AGAIN_S = 1
# The committer shares Python's lock with a crowd of answering threads: with the usual 5 ms a busy hour's slowest
# answers took a third longer.
SWITCH_S = 0.001

# Objects more than before, until Python looks for those that only hold each other.
GARBAGE_AT = 50_000

log = logging.getLogger("hagc.web")


@dataclass(frozen=True, slots=True)
class Tls:
    certificate: Path
    key: Path


def serve(build: Callable[[], tuple[object, Hub]], host: str, port: int, workers: int = 1, tls: Tls | None = None,
          ready: Callable[[], None] = lambda: None) -> None:
    """Serves until SIGINT or SIGTERM. `build` makes (application, hub) and is called once in each process, so it opens
    its own files; `ready` is called once when the port is open. Raises SetupError when it can't be."""
    check_port(host, port)
    make_room()
    if workers == 1:
        _serve_here(build, host, port, tls, ready)
    elif sys.platform != "linux":
        raise SetupError("More than one server process needs Linux: leave out --workers")
    else:
        _serve_in_children(build, host, port, workers, tls, ready)


def make_room() -> None:
    """As many open files as this machine lets us have: many a shell allows 1,024, and each waiting till is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        wanted = CONNECTIONS * 2 if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS * 2)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def check_port(host: str, port: int) -> None:
    """Raises SetupError with what to do. Granian itself would share a taken port (SO_REUSEPORT) without a word."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(BACKLOG)     # who comes in this moment is turned away at once, not kept waiting
    except PermissionError as error:
        raise SetupError(f"Port {port} is reserved on this machine: choose another, for example PORT=8080") from error
    except (OSError, OverflowError) as error:
        free = port + 1 if 0 < port < 65535 else 8080
        raise SetupError(
            f"Nothing can listen at {host} port {port}, most likely because something does already: "
            f"stop it, or choose another port, for example PORT={free}"
        ) from error


def _serve_here(build, host: str, port: int, tls: Tls | None, ready) -> None:
    sys.setswitchinterval(SWITCH_S)
    _wake_without_pushing()
    application, hub = build()
    _collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_listen(application, hub, host, port, tls, ready))


def _wake_without_pushing() -> None:
    """A thread that wakes does not push aside the one that holds Python's lock, to wait for that lock itself: a third
    more payments a second. sched(7), SCHED_BATCH: no more and no less time than others get."""
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(PermissionError):      # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _collect_seldom() -> None:
    """What was made until now stays for good; of the rest almost nothing goes round in circles, and Python looked for
    such circles after every few payments while all waited."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AT)


async def _listen(application, hub: Hub, host: str, port: int, tls: Tls | None, ready) -> None:
    loop = asyncio.get_running_loop()
    door = Door(application, hub, THREADS)
    hub.start(loop)
    server = _server(door, host, port, tls)

    def stop() -> None:
        hub.close()
        server.stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    running = asyncio.create_task(server.serve())
    await _until_open(host, port, running)
    ready()
    try:
        await running
    finally:
        hub.close()
        await hub.wait_closed()
        await loop.run_in_executor(None, door.close)


def _server(door: Door, host: str, port: int, tls: Tls | None) -> Server:
    try:
        server = Server(
            door, address=host, port=port, interface=Interfaces.ASGINL, backlog=BACKLOG, backpressure=CONNECTIONS,
            websockets=False, log_level=LogLevels.error,
            ssl_cert=tls.certificate if tls else None, ssl_key=tls.key if tls else None,
        )
    except OSError as error:  # ssl.SSLError is one
        raise SetupError(
            f"The certificate {tls.certificate} and its key {tls.key} can't be used ({error.strerror or error}): "
            "allowed are PEM files that belong together"
        ) from error
    server.workers_kill_timeout = LINGER_S
    return server


async def _until_open(host: str, port: int, running: asyncio.Task) -> None:
    """Returns when the port takes connections."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while not running.done():
        try:
            _, writer = await asyncio.open_connection(near, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


def _end_with_parent(parent: int) -> None:
    """A child that outlived a killed parent would go on holding the port (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)     # it died before we asked


def _serve_in_children(build, host: str, port: int, workers: int, tls: Tls | None, ready) -> None:
    """Forks before anything is open, starts again what dies, and stops all when told to."""
    children: set[int] = set()
    stopping, parent = False, os.getpid()

    def stop(*_) -> None:
        nonlocal stopping
        stopping = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    def start(tell) -> None:
        child = os.fork()
        if child == 0:
            _end_with_parent(parent)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _serve_here(build, host, port, tls, tell)
            os._exit(0)
        children.add(child)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    for number in range(workers):
        start(ready if number == 0 else lambda: None)
    while children:
        child, status = os.wait()
        children.discard(child)
        if not stopping:
            log.error("server process %d ended with status %d: starting another", child, status)
            time.sleep(AGAIN_S)
            start(lambda: None)
