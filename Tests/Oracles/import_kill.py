"""Kills `warren import` with SIGKILL at many moments and looks at what is left.

Usage: import_kill.py LICENCES KILLS [SEED]

Makes three percent of the reference tenant, imports it once undisturbed for its counts and its time,
then into a fresh node again and again, each time killed at a random moment, until KILLS kills have
been. After each kill the node must verify; a last, undisturbed run must bring exactly the
undisturbed counts, and one more must add nothing. The exit code says whether all of it held.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time

from kills import begin
from programs import binaries, check_file, query, run

COLLECTIONS = [
    "party", "party_contact", "animal", "animal_owner", "vaccination", "resource", "booking",
    "booking_item", "resource_claim", "import_batch",
]


def counts(folder):
    return query(folder, " UNION ALL ".join(
        f"SELECT '{name}', count(*), count(DISTINCT id) FROM {name}" for name in COLLECTIONS))


def main():
    licences = sys.argv[1]
    kills, dice = begin(sys.argv[2:])
    warren = binaries() / "warren"
    root = tempfile.mkdtemp(prefix="warren-kill-")
    data = f"{root}/data"
    run(warren, "demo", "data", "--seed", "1", "--out", data, "--licences", licences,
        "--percent", "3", "--today", "2026-06-19")
    whole = f"{root}/whole"
    run(warren, "init", "-d", whole, "--site", "North")
    start = time.monotonic()
    run(warren, "import", data, "-d", whole)
    span = time.monotonic() - start
    wanted = counts(whole)
    killed = early = rounds = 0
    while killed < kills:
        rounds += 1
        node = f"{root}/node{rounds}"
        run(warren, "init", "-d", node, "--site", "North")
        # Several kills on the way of one import, so that most of them meet a begun one.
        for _ in range(5):
            process = subprocess.Popen(
                [warren, "import", data, "-d", node],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(dice.uniform(0, span))
                early += 1
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
            check_file(warren, node)
        run(warren, "import", data, "-d", node)
        if counts(node) != wanted:
            sys.exit(f"{node} has\n{counts(node)}\nand should have\n{wanted}")
        again = run(warren, "import", data, "-d", node)
        if counts(node) != wanted or not re.search(r"; 0 records,", again):
            sys.exit(f"one more import added something to {node}:\n{again}")
        check_file(warren, node)
        shutil.rmtree(node)
    shutil.rmtree(root)
    print(f"{killed} kills in {rounds} nodes, {early} imports ended before; "
          "nothing lost, nothing doubled, every node verifies")


if __name__ == "__main__":
    main()
