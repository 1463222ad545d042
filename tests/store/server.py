"""A server process without HTTP: takes rounds of sales on stdin, answers each on stdout once it is on disk.

in:   one JSON array a round: [[payer message, its key, payee message, its key], ...] in hex
out:  "<index> <entry number or word of refusal>" a sale, in any order, then "done"
"""

import json
import os
import sys
import threading

from app.chain.block import chain_id
from app.errors import Refusal
from app.message import cose
from app.money.orders import Sale
from app.store.sequencer import Sequencer
from app.store.sqlite import SqliteStore
from tests.store.cast import Clock

THREADS = 8


def say(line: str) -> None:
    """In one write: lines of several threads never mix."""
    os.write(1, line.encode() + b"\n")


def settle(sequencer: Sequencer, chain: bytes, job: list[str]) -> str:
    payer, payer_key, payee, payee_key = map(bytes.fromhex, job)
    try:
        sale = Sale(
            cose.verify(cose.parse(payer), payer_key, chain), cose.verify(cose.parse(payee), payee_key, chain)
        )
        return str(sequencer.submit(sale))
    except Refusal as refusal:
        return refusal.word


def serve(path: str) -> None:
    store, clock = SqliteStore.open(path), Clock()
    sequencer = Sequencer(store, clock, uptime=clock.uptime)
    chain = chain_id(store.genesis())
    say("ready")
    for line in sys.stdin:
        jobs = list(enumerate(json.loads(line)))

        def work(jobs=jobs) -> None:
            while jobs:
                try:
                    index, job = jobs.pop(0)
                except IndexError:
                    return
                say(f"{index} {settle(sequencer, chain, job)}")

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say("done")


if __name__ == "__main__":
    serve(sys.argv[1])
