"""Tablet and till PC judge a code that needs no network alike: the same bytes, the same moments, the same words."""

import json
import os
import random
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.errors import Refusal
from app.message import cose
from app.message.keys import Signer, new_seed
from app.money import orders, orders_offline
from app.setup import vendor
from pos import offline
from pos.till import Till
from tests.cast import HOUR_S, Line

ROOT = Path(__file__).resolve().parents[2]
CASES = 250
NOW_S_AROUND = (-HOUR_S - 1, -61, -60, -2, -1, 0, 1, 59, 60, 61, HOUR_S - 1, HOUR_S, HOUR_S + 1)


def pair(town, rng: random.Random, now_s: int) -> bytes:
    """A code with its certificate, right or with one thing wrong."""
    key, other = Signer(new_seed()), Signer(new_seed())
    until_s = now_s + rng.choice((HOUR_S,) * 5 + (1, 0, -1))
    certificate = orders_offline.Certificate(
        rng.choice((orders.RECEIPT_KEY,) * 18 + (2, 99)), key.public, rng.choice((30_000, 30_000, 5_000, 1)), now_s - rng.choice((60, 60, 60, 0, -1)), until_s)
    code = orders_offline.OfflineCode(
        key.public[:8], rng.choice((orders.CAP, orders.CAP, orders.EXACT)), rng.choice((30_000, 5_000, 4_999)), rng.randint(1, 4), os.urandom(8),
        now_s + rng.choice((60, 60, 60, 60, 0, -1, 120, 121)), until_s + offline.DEPOSIT_S)
    wrong = rng.randrange(24)
    if wrong == 0:
        code = replace(code, expires_at_s=code.expires_at_s + 1)
    if wrong == 1:
        code = replace(code, number=other.public[:8])
    signed = cose.sign(code, other if wrong == 2 else key, bytes(32) if wrong == 3 else town.chain_id)
    proof = cose.sign(certificate, other if wrong == 4 else town.office.issuer.key, town.chain_id)
    raw = {5: proof + signed, 6: signed + signed, 7: signed, 8: signed + proof + b"\0"}.get(wrong, signed + proof)
    if wrong == 9:
        at = rng.randrange(len(raw))
        raw = raw[:at] + bytes((raw[at] ^ 1 << rng.randrange(8),)) + raw[at + 1:]
    return raw


def verdict(till: Till, case: dict) -> str | None:
    raw = bytes.fromhex(case["raw"])
    if not offline.is_both(raw):
        return "ONE"
    taken = offline.Taken(case["taken"]["spent_won"], frozenset(map(int, case["taken"]["counts"])))
    try:
        offline.judge(offline.opened(till, raw), case["amount_won"], case["now_s"], taken)
    except Refusal as refusal:
        return refusal.word
    return None


@pytest.mark.parametrize("seed", range(2))
def test_tablet_and_till_pc_say_the_same_of_the_same_code(town, till, seed):
    rng, now_s = random.Random(seed), town.now_s()
    cases = [{
        "raw": pair(town, rng, now_s).hex(), "amount_won": rng.choice((1, 4_999, 5_000, 5_001, 30_000)),
        "now_s": now_s + rng.choice((0,) * 30 + NOW_S_AROUND),
        "taken": {"spent_won": rng.choice((0, 0, 1, 25_000)), "counts": {str(rng.randint(1, 9)): "id"}},
    } for _ in range(CASES)]
    till.trust.learn(Line(town.url).get("/api/city").json, now_s)
    known = [asdict(one) | {"key": one.key.hex(), "nonce": "", "proof": str(at)} for at, one in enumerate(till.trust._known.values())]
    asked = json.dumps({"known": known, "chain": town.chain_id.hex(), "cases": cases})
    path = {**os.environ, "PATH": vendor.search_path()}
    said = json.loads(subprocess.run(
        ["node", ROOT / "tests" / "js" / "offline.mjs"], input=asked, text=True, capture_output=True, check=True, env=path).stdout)
    ours = []
    for case in cases:
        till.now_s = lambda now_s=case["now_s"]: now_s
        ours.append(verdict(till, case))
    assert said == ours
    assert ours.count(None) > 3 and len(set(ours)) > 7
