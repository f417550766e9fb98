"""Kills `warren import` with SIGKILL at many moments and looks at what is left.

Usage: import_kill.py WARREN LICENCES KILLS [SEED]

Makes three percent of the reference tenant, imports it once undisturbed for its counts and its time,
then into a fresh node again and again, each time killed at a random moment, until KILLS kills have
been. After each kill the node must verify; a last, undisturbed run must bring exactly the
undisturbed counts, and one more must add nothing. The exit code says whether all of it held.
"""

import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

COLLECTIONS = [
    "party", "party_contact", "animal", "animal_owner", "vaccination", "resource", "booking",
    "booking_item", "resource_claim", "import_batch",
]


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def counts(folder):
    query = " UNION ALL ".join(
        f"SELECT '{name}', count(*), count(DISTINCT id) FROM {name}" for name in COLLECTIONS)
    return run("sqlite3", "-readonly", f"{folder}/replica.db", query)


def sequences(folder):
    """Gapless: as many transactions as the last one's number, by writer."""
    query = (
        "SELECT count(*) FROM (SELECT writer FROM warren_transaction"
        " GROUP BY writer HAVING count(*) != max(sequence))")
    return run("sqlite3", "-readonly", f"{folder}/replica.db", query).strip() == "0"


def main():
    warren, licences, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    dice = random.Random(seed)
    print(f"seed {seed}", flush=True)
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
            if "nothing wrong" not in run(warren, "verify", "-d", node) or not sequences(node):
                sys.exit(f"after a kill, {node} does not verify")
        run(warren, "import", data, "-d", node)
        if counts(node) != wanted:
            sys.exit(f"{node} has\n{counts(node)}and should have\n{wanted}")
        before = counts(node)
        again = run(warren, "import", data, "-d", node)
        if counts(node) != before or not re.search(r"; 0 records,", again):
            sys.exit(f"one more import added something to {node}:\n{again}")
        if "nothing wrong" not in run(warren, "verify", "-d", node) or not sequences(node):
            sys.exit(f"{node} does not verify at the end")
        shutil.rmtree(node)
    shutil.rmtree(root)
    print(f"{killed} kills in {rounds} nodes, {early} imports ended before; "
          "nothing lost, nothing doubled, every node verifies")


main()
