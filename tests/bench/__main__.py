"""`make bench`: every measurement, one after the other. Each can be run alone; each takes its own options and leaves the others'."""

import subprocess
import sys

PARTS = ("tests.bench.http", "tests.bench.topup", "tests.bench.engine", "tests.bench.tally", "tests.bench.replay", "tests.bench.openings", "tests.bench.events",
         "tests.bench.minute", "tests.bench.wallet_load")

for part in PARTS:
    print(f"== {part}", flush=True)
    subprocess.run([sys.executable, "-m", part, *sys.argv[1:]], check=True)
