"""Looks up the addresses of a host within a time of ours. The system's own look-up knows none: a name server that keeps silent
would hold a courier for as long as it likes, and with it what other shops are to be told. So a thread asks, and is left.
"""

import socket
from threading import Event, Lock, Thread

MOST = 64       # that are under way: more than all couriers can leave behind while a system's look-up lasts


class _Asked:
    """One look-up, by whoever needs it."""

    def __init__(self) -> None:
        self.done = Event()
        self.addresses: set[str] = set()
        self.error: OSError | UnicodeError | None = None


_under_way: dict[tuple[str, int], _Asked] = {}
_lock = Lock()


def addresses(host: str, port: int, within_s: float) -> set[str]:
    """All of them, in numbers. TimeoutError when they don't come in time, or when too many names are waited for; OSError or
    UnicodeError where there is no such host."""
    with _lock:
        asked = _under_way.get((host, port))
        if asked is None:
            if len(_under_way) >= MOST:
                raise TimeoutError
            asked = _under_way[host, port] = _Asked()
            Thread(target=_ask, args=(host, port, asked), name=f"looks up {host}", daemon=True).start()
    if not asked.done.wait(within_s):
        raise TimeoutError
    if asked.error is not None:
        raise asked.error
    return asked.addresses


def _ask(host: str, port: int, asked: _Asked) -> None:
    try:
        asked.addresses = {one[4][0].split("%")[0] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        asked.error = error
    finally:
        with _lock:
            del _under_way[host, port]
        asked.done.set()
