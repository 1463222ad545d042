"""How often one address may do what costs the city something for ever, or what somebody might guess by trying.

Generous, for a whole town office stands behind one address. Counted in this process's memory: several server
processes count each for themselves, and a restart forgets.
"""

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.wrappers import Response

from app.errors import Refusal
from app.web.answers import Answers

# Requests that change something; "GET …" of one that only reads.
A_MINUTE: dict[str, RateLimitItem] = {rule: RateLimitItemPerMinute(most) for rule, most in {
    "/api/accounts": 60,
    "/api/aliases": 120,
    "/api/joins": 30,
    "/api/tills/pair": 30,
    "GET /api/tills/pair/<code>": 240,      # eight tablets at once that ask each two seconds
    "/api/till/sign-in": 60,
    "/api/cards/pay": 120,
    "/api/cards/balance": 120,
    "/console/sign-in": 30,
    "/console/enrol/<code>": 30,
}.items()}
ADDRESSES = 50_000      # that are remembered; beyond that all begin anew, so that memory has an end


class Pace:
    """One a process."""

    def __init__(self):
        self._begin()

    def _begin(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def take(self, rule: str, address: str) -> None:
        """Counts one request from there. TOO_MANY (fact wait_s) when there were too many in the last minute."""
        if len(self._storage.events) > ADDRESSES:
            self._begin()
        limit, whose, limiter = A_MINUTE[rule], line_of(address), self._limiter
        if not limiter.hit(limit, rule, whose):
            free_at_s = limiter.get_window_stats(limit, rule, whose).reset_time
            raise Refusal("TOO_MANY", wait_s=max(1, math.ceil(free_at_s - time.time())))


def line_of(address: str) -> str:
    """Who shares a line: an IPv4 address, or the /64 that one household gets of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def keeper(answers: Answers):
    """To be asked before each request; answers in the place of the view where it was too often."""
    pace = Pace()

    def keep() -> Response | None:
        rule = request.url_rule.rule if request.url_rule else ""
        rule = rule if request.method == "POST" else f"{request.method} {rule}"
        if rule not in A_MINUTE:
            return None
        try:
            pace.take(rule, request.remote_addr or "")
        except Refusal as refusal:
            return answers.refuse(refusal)
        return None

    return keep
