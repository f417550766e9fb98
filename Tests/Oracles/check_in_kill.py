"""Kills `warren serve` with SIGKILL at many moments while desks check in, and counts what is left.

Usage: check_in_kill.py KILLS [SEED]

Rounds of a fresh box with played printers and bookings of two animals each. Four desks check them
in, each booking under a key of its own, and ask again under the same key after every cut, also when
it was answered long ago. After each kill the file is read by `warren verify` and by sqlite3: writers
gapless, no half check-in. At the end of a round somebody looks at the paper: what is in doubt and
there is confirmed, what is not there is printed again. Then everything that was acknowledged is there
exactly once, and each job came out of the played printers exactly once.
"""

import collections
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from kills import Crew, Signature, begin, insist
from programs import ServedBox, binaries, check_file, person, query, stage

DESKS = 4
BOOKINGS = 16
KILLS_A_ROUND = 10
LABELS = ["collar-tag", "kennel-card"]

# Each line of an answer is something that half a check-in would leave behind.
HALVES = """
SELECT 'stay without in-event', hex(id) FROM stay WHERE
  (SELECT count(*) FROM stay_event e WHERE e.stay = stay.id AND e.kind = 'in') != 1
UNION ALL SELECT 'animal with stays', hex(animal) FROM stay GROUP BY animal HAVING count(*) != 1
UNION ALL SELECT 'stay with labels of its animal', hex(stay.animal) FROM stay WHERE
  (SELECT group_concat(template) FROM (SELECT template FROM print_job j
    WHERE j.animal = stay.animal ORDER BY template)) IS NOT 'collar-tag,kennel-card'
UNION ALL SELECT 'job of nobody in house', hex(id) FROM print_job
  WHERE animal NOT IN (SELECT animal FROM stay)
UNION ALL SELECT 'job that is not owed', hex(id) FROM print_job
  WHERE id NOT IN (SELECT row FROM warren_effect)
UNION ALL SELECT 'effect without a job', hex(row) FROM warren_effect
  WHERE row NOT IN (SELECT id FROM print_job)
UNION ALL SELECT 'booking half checked in', hex(b.id) FROM booking b WHERE
  (b.status = 'checked_in') != (SELECT count(*) = 2 FROM stay WHERE stay.booking = b.id)
UNION ALL SELECT 'claims of an item', hex(booking_item) FROM resource_claim
  GROUP BY booking_item HAVING count(*) != 1
"""


class Round:
    def __init__(self, root, dice):
        self.dice = dice
        self.staged = stage(root / "north", "--guests", BOOKINGS)
        self.paper = root / "paper"
        self.paper.mkdir()
        self.box = ServedBox(
            root / "north", "--no-usb", "--virtual", "label-printer,card-printer",
            "--virtual-paper", self.paper)
        self.crew = Crew()
        self.answers = {}
        self.repeats = 0
        self.lock = threading.Lock()
        self.staff = Signature(self.box, person(self.staged, "desk"))

    def desk(self, bookings, seed):
        """One desk: checks its bookings in, then asks again and again what it was told."""
        pause = random.Random(seed)
        for booking in bookings:
            self.check_in(booking)
            time.sleep(pause.uniform(0, 0.25))
        while not self.crew.isOver.wait(pause.uniform(0, 0.3)):
            self.check_in(pause.choice(bookings))

    def check_in(self, booking):
        status, answer = insist(
            self.box, self.staff, self.crew, "POST", "stays:checkin", {"code": booking["code"]},
            f"desk-{booking['id']}")
        if status != 201:
            sys.exit(f"a check-in was answered {status}: {answer.decode()}")
        with self.lock:
            self.repeats += booking["id"] in self.answers
            known = self.answers.setdefault(booking["id"], answer)
        if known != answer:
            sys.exit(f"one key, two answers: {known.decode()} and {answer.decode()}")

    def play(self, kills):
        for number in range(DESKS):
            self.crew.send(
                self.desk, self.staged["bookings"][number::DESKS], self.dice.random())
        start = time.monotonic()
        self.box.start()
        boot = time.monotonic() - start
        for _ in range(kills):
            # Now and then in the middle of the start.
            moment = self.dice.uniform(0, boot) if self.dice.random() < 0.15 else (
                boot + self.dice.uniform(0, 0.7))
            time.sleep(moment)
            self.box.kill()
            self.crew.check()
            self.inspect()
            self.box.spawn()
        self.box.wait_until_up()
        while len(self.answers) < BOOKINGS:
            self.crew.check()
            time.sleep(0.05)
        self.crew.end()
        doubts = self.look_at_the_paper()
        self.box.stop()
        self.inspect()
        self.count()
        return doubts

    def inspect(self):
        """What a power cut left behind."""
        check_file(binaries() / "warren", self.box.root)
        halves = query(self.box.root, HALVES)
        if halves:
            sys.exit(f"a half check-in is left: {halves}")

    def papers(self):
        """How often each picture came out of the played printers."""
        return collections.Counter(file.read_bytes() for file in self.paper.glob("*.png"))

    def picture(self, job):
        status, bytes = self.box.send("GET", f"print-jobs/{job}/picture")
        if status != 200:
            sys.exit(f"job {job} has no picture: {bytes.decode()}")
        return bytes

    def look_at_the_paper(self):
        """As a person would: what is in doubt is confirmed where its label lies there, and else
        printed again. Gives how many were in doubt."""
        doubts = set()
        deadline = time.monotonic() + 120
        while jobs := self.box.ask("GET", "print-jobs?state=open")["items"]:
            if time.monotonic() > deadline:
                sys.exit(f"jobs stay open: {[(job['id'], job['state']) for job in jobs]}")
            for job in jobs:
                # A job in doubt that the printer can still tell of may settle meanwhile: then
                # the wish is refused, and that is right.
                if job["state"] in ("unknown", "failed"):
                    doubts.add(job["id"])
                    wish = "confirm" if self.papers()[self.picture(job["id"])] else "retry"
                    insist(self.box, self.staff, Crew(), "POST", f"print-jobs/{job['id']}:{wish}",
                           None, f"{wish}-{job['id']}-{job['attempt']}")
            time.sleep(0.1)
        self.box_pictures = {
            job["id"]: self.picture(job["id"])
            for job in self.box.ask("GET", "print-jobs?limit=1000")["items"]}
        return len(doubts)

    def count(self):
        """Everything that was acknowledged is there once, and nothing else."""
        root = self.box.root
        told = [json.loads(answer) for answer in self.answers.values()]
        for table, name in (("stay", "stays"), ("print_job", "print_jobs")):
            wanted = sorted(row for answer in told for row in answer[name])
            found = sorted(query(root, f"SELECT lower(hex(id)) FROM {table}"))
            if wanted != found:
                sys.exit(f"{table}: acknowledged {len(wanted)}, found {len(found)}; "
                         f"they differ in {sorted(set(wanted) ^ set(found))}")
        states = query(root, "SELECT DISTINCT state FROM warren_effect")
        if states != ["printed"]:
            sys.exit(f"not every job is printed: {states}")
        papers = self.papers()
        wrong = [job for job, picture in self.box_pictures.items() if papers[picture] != 1]
        if wrong or sum(papers.values()) != len(self.box_pictures):
            sys.exit(f"{sum(papers.values())} labels came out for {len(self.box_pictures)} jobs; "
                     f"not exactly one of {wrong}")


def main():
    kills, dice = begin(sys.argv[1:])
    killed = rounds = bookings = repeats = doubts = 0
    while killed < kills:
        wanted = min(KILLS_A_ROUND, kills - killed)
        with tempfile.TemporaryDirectory(prefix="warren-kill-") as folder:
            round = Round(Path(folder), dice)
            try:
                doubts += round.play(wanted)
            finally:
                if round.box.process and round.box.process.poll() is None:
                    round.box.kill()
        killed += wanted
        rounds += 1
        bookings += len(round.answers)
        repeats += round.repeats
        print(f"{killed} kills, {bookings} bookings checked in", flush=True)
    print(f"{killed} kills in {rounds} boxes; {bookings} check-ins acknowledged and asked for "
          f"{repeats} times more: {2 * bookings} stays and {4 * bookings} labels, each once; "
          f"{doubts} labels were in doubt and looked at; after every kill the box verifies, its "
          "writers are gapless and nothing is half")


if __name__ == "__main__":
    main()
