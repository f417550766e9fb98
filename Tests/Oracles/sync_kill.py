"""Kills two boxes and their relay with SIGKILL at many moments while both write, and compares them.

Usage: sync_kill.py KILLS [SEED]

North and South know each other only through the relay. Two desks at each create customers, each
under a key of its own that is tried until it is answered, change customers that both sites change,
and delete. One of the three programs is killed at a random moment and started
again, at once or a little later, until KILLS kills have been; a killed box must verify first. In
the end both have every acknowledged write exactly once and equal digests.
"""

import collections
import datetime
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from kills import Crew, Signature, begin, insist
from programs import (PATIENCE, ServedBox, ServedRelay, binaries, check_file, join_by_relay, person,
                      query, stage)

SITES = ["north", "south"]
DESKS = 2
HOT = 6


class Fleet:
    def __init__(self, root, dice):
        self.dice = dice
        self.relay = ServedRelay(root / "relay")
        staged = stage(root / "north", "--guests", 2)
        self.relay.start()
        join_by_relay(root / "north", root / "south", self.relay.port, self.relay.invite())
        self.boxes = {site: ServedBox(root / site, "--no-usb") for site in SITES}
        self.victims = []
        self.programs = {**self.boxes, "relay": self.relay}
        self.staff = {site: Signature(box, person(staged, "desk"))
                      for site, box in self.boxes.items()}
        self.crew = Crew()
        self.lock = threading.Lock()
        # By the customer's id what it is called.
        self.made, self.deleted = {}, set()
        self.hot = []
        self.counts = collections.Counter()

    def write(self, site, method, path, body, key):
        """One write, tried until it is answered."""
        status, answer = insist(
            self.boxes[site], self.staff[site], self.crew, method, path, body, key)
        with self.lock:
            self.counts[site] += status < 300
        return status, answer

    def create(self, site, name):
        status, answer = self.write(
            site, "POST", "parties", {"kind": "person", "family": name}, name)
        if status != 201:
            sys.exit(f"a customer was answered {status}: {answer.decode()}")
        return json.loads(answer)["id"]

    def desk(self, site, number, seed):
        dice = random.Random(seed)
        turn = 0
        while not self.crew.isOver.is_set():
            turn += 1
            name = f"{site}-{number}-{turn}"
            kind = dice.random()
            if kind < 0.55:
                row = self.create(site, name)
                with self.lock:
                    self.made[row] = name
                if kind < 0.06:
                    # Made and deleted here: what must not come back anywhere.
                    self.expect(200, *self.write(
                        site, "PATCH", f"parties/{row}", {"given": "to go"}, f"g-{name}"))
                    self.expect(204, *self.write(
                        site, "DELETE", f"parties/{row}", None, f"d-{name}"))
                    with self.lock:
                        self.deleted.add(row)
            else:
                row = dice.choice(self.hot)
                change = {"given": name} if kind < 0.8 else {"birthday": self.day(turn)}
                self.expect(
                    200, *self.write(site, "PATCH", f"parties/{row}", change, f"p-{name}"))
            time.sleep(dice.uniform(0, 0.06))

    @staticmethod
    def day(turn):
        """Another birthday for each turn, within the years that a record may name."""
        return str(datetime.date(1900, 1, 1) + datetime.timedelta(days=turn % 70_000))

    @staticmethod
    def expect(wanted, status, answer):
        if status != wanted:
            sys.exit(f"a change was answered {status}: {answer.decode()}")

    def start(self):
        for box in self.boxes.values():
            box.start()
        # Everybody's PIN reaches South, and so do the customers that both sites will change.
        self.hot = [self.create("north", f"hot-{number}") for number in range(HOT)]
        for row in self.hot:
            self.made[row] = f"hot-{self.hot.index(row)}"
        self.wait("South has what both will change", lambda: all(
            self.boxes["south"].send("GET", f"parties/{row}")[0] == 200 for row in self.hot))
        for site in SITES:
            for number in range(DESKS):
                self.crew.send(self.desk, site, number, self.dice.random())

    def kill(self):
        """One of the three, at a moment between nothing and a second after the last one is back."""
        if not self.victims:
            self.victims = list(self.programs)
            self.dice.shuffle(self.victims)
        victim = self.victims.pop()
        time.sleep(self.dice.uniform(0, 1))
        self.crew.check()
        self.programs[victim].kill()
        if victim in self.boxes:
            check_file(binaries() / "warren", self.boxes[victim].root)
        if self.dice.random() < 0.3:
            time.sleep(self.dice.uniform(0, 1.5))
        # Not waited for: the next one may be killed while this one comes up.
        self.programs[victim].spawn()
        return victim

    def settle(self):
        for program in self.programs.values():
            program.wait_until_up()
        self.crew.end()
        # Links that failed wait longer each time, up to a minute.
        self.wait("both know the same", self.is_settled, 4 * PATIENCE)
        digests = set()
        for site, box in self.boxes.items():
            verdict = box.ask("POST", "sync/verify")
            if verdict["findings"]:
                sys.exit(f"{site}: {verdict['findings']}")
            digests.add(verdict["digest"])
        if len(digests) != 1:
            sys.exit(f"equal histories and different rows: {digests}")
        for program in self.programs.values():
            program.stop()
        for site in SITES:
            self.inspect(site)

    def is_settled(self):
        relays = [box.ask("GET", "sync/status").get("relay") or {} for box in self.boxes.values()]
        return (self.boxes["north"].vector() == self.boxes["south"].vector()
                and all(relay.get("transactions_missing") == 0 for relay in relays))

    def inspect(self, site):
        """Every acknowledged customer is there once, under its name; nobody else is."""
        root = self.boxes[site].root
        check_file(binaries() / "warren", root)
        rows = [line.split("|") for line in query(
            root, "SELECT lower(hex(id)), family FROM party WHERE family IS NOT NULL")]
        wanted = {row: name for row, name in self.made.items() if row not in self.deleted}
        if dict(rows) != wanted or len(rows) != len(wanted):
            missing = wanted.items() - dict(rows).items()
            more = dict(rows).items() - wanted.items()
            sys.exit(f"{site} has {len(rows)} customers of {len(wanted)}; it lacks {missing} and "
                     f"has {more} too many")

    def wait(self, what, holds, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while not holds():
            self.crew.check()
            if time.monotonic() > deadline:
                sys.exit(f"waited {patience} s in vain: {what}\n" + "\n".join(
                    f"{name}:\n{program.words()[-1500:]}"
                    for name, program in self.programs.items()))
            time.sleep(0.1)

    def end(self):
        for program in self.programs.values():
            if program.process and program.process.poll() is None:
                program.kill()


def main():
    kills, dice = begin(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="warren-kill-") as folder:
        fleet = Fleet(Path(folder), dice)
        try:
            fleet.start()
            victims = collections.Counter()
            for number in range(1, kills + 1):
                victims[fleet.kill()] += 1
                if number % 10 == 0:
                    print(f"{number} kills, {dict(fleet.counts)} writes", flush=True)
            fleet.settle()
        finally:
            fleet.end()
    print(f"{kills} kills ({', '.join(f'{name} {victims[name]}' for name in fleet.programs)}); "
          f"{sum(fleet.counts.values())} writes acknowledged ("
          f"{', '.join(f'{site} {fleet.counts[site]}' for site in SITES)}), "
          f"{len(fleet.made)} customers made and {len(fleet.deleted)} deleted: each once at both, "
          "equal digests; after every kill the box verifies and its writers are gapless")


if __name__ == "__main__":
    main()
