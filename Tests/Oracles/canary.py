"""Does anything that a person wrote reach the relay in a form that it could read?

Usage: canary.py

Plays the same hours twice. A box has a row in every collection of its packs with a text of its own in
every field (`page-stage --canaries`); guests whose names bear the same word are booked, checked in with a
manager's approval and printed; every field that a desk may change is changed at one of two sites,
and every row that it may delete is deleted. All of it crosses a relay, behind a tap.

Sealed, the word stands nowhere: not in the relay's files, log and output, not in what crossed the
wire, masked or not, not in the boxes' logs; as it is, in other encodings, or packed. Equal content
never gives equal bytes, and sizes are only those of the padding. With the stand-in seal and without
compression the same search finds every single canary, or it would prove nothing.
"""

import json
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import leaks
from programs import (PATIENCE, ServedBox, ServedRelay, binaries, join_by_relay, person, query,
                      stage)
from warren_frames import padme
from warren_relay import decode
from wiretap import Tap

# Frame-Format.md and Control-Lane.md: what lies around the padded part of an item, its tag included;
# the least padded part; what stands in front in the clear.
AROUND = {1: (1 + 10 + 24 + 64 + 16, 0, 11), 2: (1 + 2 + 24 + 16, 208, 3)}
# No two sealed items have so long a run in common: one in 2^128 by chance.
RUN = 16


class Hours:
    """One play, and what the relay and whoever listens to it have then."""

    def __init__(self, root, isSealed):
        self.word = "q7" + secrets.token_hex(5)
        self.texts = []
        self.refused = []
        wishes = ["--guests", 2, "--word", self.word, "--canaries"]
        self.staged = stage(root / "north", *wishes, *([] if isSealed else ["--stand-in"]))
        self.canaries = self.staged["canaries"]
        self.texts += [canary["text"] for canary in self.canaries]
        self.relay = ServedRelay(root / "relay")
        self.relay.start()
        self.tap = Tap(self.relay.port)
        join_by_relay(root / "north", root / "south", self.tap.port, self.relay.invite())
        self.north = ServedBox(
            root / "north", "--no-usb", "--virtual", "label-printer,card-printer,scanner")
        self.south = ServedBox(root / "south", "--no-usb")

    def play(self):
        self.north.start()
        self.south.start()
        self.wait("South has everything", self.is_settled)
        self.staff = {box: box.sign_in(person(self.staged, "manager"))
                      for box in (self.north, self.south)}
        self.door()
        edited = self.edit()
        self.twice()
        self.long = long_texts(self.north.root)
        self.delete(edited)
        self.wait("South has everything", self.is_settled)
        self.gather()

    def canary(self, where):
        text = f"{self.word}-{where}"
        self.texts.append(text)
        return text

    def send(self, box, method, path, body=None):
        status, answer = box.send(method, path, body, self.staff[box], {
            "idempotency-key": secrets.token_hex(8)})
        return status, json.loads(answer) if answer else None

    def must(self, box, method, path, body=None):
        status, answer = self.send(box, method, path, body)
        if not 200 <= status < 300:
            sys.exit(f"{method} {path} was answered {status}: {answer}")
        return answer

    def door(self):
        """Booked, refused, approved, checked in, printed."""
        box = self.north
        self.must(box, "POST", "vaccine-rules", {
            "species": "dog", "vaccine": self.canary("rule"), "level": "block"})
        party = self.must(box, "POST", "parties", {
            "kind": "person", "given": self.canary("given"), "family": self.canary("family")})["id"]
        self.must(box, "POST", "bookings", {
            "party": party, "kind": "boarding", "from_date": "2031-01-01", "to_date": "2031-01-02",
            "notes_for_staff": self.canary("notes")})
        approval = {"staff": person(self.staged, "manager")["id"],
                    "pin": person(self.staged, "manager")["pin"],
                    "reason": self.canary("approved"), "until": "2035-01-01"}
        for number, booking in enumerate(self.staged["bookings"]):
            wish = {"code": booking["code"], "handed_by": self.canary(f"handed-{number}")}
            status, answer = self.send(box, "POST", "stays:checkin", wish)
            if status != 409:
                sys.exit(f"the rule did not block: {status} {answer}")
            self.must(box, "POST", "stays:checkin", {**wish, "approval": approval})
        self.wait("all is printed", lambda: not box.ask("GET", "print-jobs?state=open")["items"])
        self.must(box, "GET", f"search?q={self.word}")
        box.send("POST", "scans", {"code": self.canary("scan")}, self.staff[box])
        self.texts.pop()  # a code that nobody knows is kept nowhere

    def edit(self):
        """Changes every field that a desk may change, at one site or the other."""
        document = self.north.ask("GET", "openapi.json")
        paths = [path[1:-5] for path, methods in document["paths"].items()
                 if re.fullmatch(r"/[a-z-]+/\{id\}", path) and "patch" in methods]
        places = {}
        for row in {canary["row"] for canary in self.canaries}:
            for path in paths:
                if self.north.send("GET", f"{path}/{row}")[0] == 200:
                    places[row] = path
        for number, canary in enumerate(self.canaries):
            path = places.get(canary["row"])
            if path is None or canary["merge"] == "createOnly":
                continue
            box = (self.north, self.south)[number % 2]
            text = canary["text"] + "-edited"
            value = [text] if canary["merge"] == "addWinsSet" else text
            status, answer = self.send(
                box, "PATCH", f"{path}/{canary['row']}", {canary["field"]: value})
            if status == 200:
                self.texts.append(text)
            else:
                self.refused.append(f"{canary['collection']}.{canary['field']}: {answer['detail']}")
        return places

    def delete(self, places):
        self.deleted = 0
        for row, path in places.items():
            self.deleted += self.send(self.north, "DELETE", f"{path}/{row}")[0] == 204

    def twice(self):
        """Equal content again and again: each time an item of its own."""
        animal = self.staged["bookings"][0]["animals"][0]
        family = {"kind": "person", "family": self.canary("twin")}
        marks = {"marks": self.canary("marks")}
        self.equal = []
        self.wait("the mailbox rests", self.is_settled)
        for box, method, path, body in (
                [(self.north, "POST", "parties", family)] * 3
                + [(self.south, "POST", "parties", family)] * 2
                + [(self.north, "PATCH", f"animals/{animal}", marks)] * 3
                + [(self.south, "PATCH", f"animals/{animal}", marks)] * 2):
            before = len(self.items())
            self.must(box, method, path, body)
            self.wait("the mailbox has one more", lambda: len(self.items()) > before)
            self.wait("the mailbox rests", self.is_settled)
            self.equal.append(self.items()[before:])

    def items(self):
        return [bytes.fromhex(line) for line in self.rows("SELECT hex(bytes) FROM item ORDER BY key")]

    def rows(self, statement):
        file, = self.relay.data.glob("*.db")
        done = subprocess.run(["sqlite3", "-readonly", str(file), statement], capture_output=True,
                              text=True, check=True)
        return done.stdout.splitlines()

    def is_settled(self):
        standings = [box.ask("GET", "sync/status")["relay"] for box in (self.north, self.south)]
        return (self.north.vector() == self.south.vector()
                and all(standing["transactions_missing"] == 0 for standing in standings))

    def gather(self):
        stored = self.items()
        live = {f"{file.name}, live": file.read_bytes() for file in self.relay.data.iterdir()
                if file.is_file()}
        # Killed, so that its log of writes stays behind as a power cut would leave it.
        self.relay.kill()
        self.north.stop()
        self.south.stop()
        self.tap.close()
        self.stored = stored
        self.messages = self.tap.messages()
        self.places = {
            **live,
            **{file.name: file.read_bytes() for file in self.relay.data.iterdir() if file.is_file()},
            "relay's words": self.relay.log.read_bytes(),
            "wire": b"".join(self.tap.raw()),
            "messages": b"\0".join(message for _, message in self.messages),
            "items": b"\0".join(stored),
        }
        self.logs = {box.root.name: box.log.read_bytes() for box in (self.north, self.south)}

    def wait(self, what, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                sys.exit(f"waited {PATIENCE} s in vain: {what}\n{self.north.words()[-2000:]}")
            time.sleep(0.05)

    def end(self):
        for program in (self.north, self.south, self.relay):
            if program.process and program.process.poll() is None:
                program.kill()


def long_texts(folder):
    """All that anybody wrote, and what the box made of it: codes, hashes of PINs, words of labels;
    what is shorter than 12 may stand anywhere by chance."""
    tables = query(
        folder, "SELECT name FROM sqlite_schema WHERE type = 'table'"
        " AND name NOT GLOB 'warren_*' AND name NOT GLOB 'sqlite_*'")
    long = set()
    for table in tables:
        for column in query(folder, f"SELECT name FROM pragma_table_info('{table}')"):
            long.update(line for line in query(
                folder, f'SELECT DISTINCT "{column}" FROM "{table}"'
                f""" WHERE typeof("{column}") = 'text' AND length("{column}") >= 12""")
                if len(line) >= 12)
    return long


def size_fault(item):
    """Why an item is of no padding class, or None."""
    if item[0] not in AROUND:
        return f"an item begins with {item[0]}"
    around, least, _ = AROUND[item[0]]
    padded = len(item) - around
    return None if padded == padme(max(padded, least)) else f"{len(item)} bytes of kind {item[0]}"


def check_sealed(hours):
    faults = []
    for place, bytes in {**hours.places, **hours.logs}.items():
        if found := leaks.hits(hours.word, bytes):
            faults.append(f"the word stands in {place}: {found}")
    for place, bytes in hours.places.items():
        faults += [f"“{text[:40]}” stands in {place}"
                   for text in hours.long if text.encode() in bytes]
    faults += filter(None, map(size_fault, hours.stored))
    kinds = {}
    for _, message in hours.messages:
        kind, values = decode(message)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind in (0x45, 0x49) and (fault := size_fault(values[1])):
            faults.append(f"message {kind:02x}: {fault}")
    sealed = [item[AROUND[item[0]][2]:] for item in hours.stored]
    if count := leaks.repeats(sealed, RUN):
        faults.append(f"{count} places in stored items are like others")
    for items in hours.equal:
        if not items:
            faults.append("equal content made no item of its own")
    sizes = sorted({len(item) for item in hours.stored})
    print(f"sealed: {len(hours.texts)} canaries, {len(hours.long)} long texts of North's tables; "
          f"{sum(map(len, hours.places.values()))} bytes searched in "
          f"{', '.join(hours.places)}")
    print(f"        {len(hours.stored)} items of {len(sizes)} sizes, {len(hours.messages)} messages; "
          f"{len(hours.equal)} writes of equal content gave "
          f"{sum(map(len, hours.equal))} items, no {RUN} bytes of any item are like others")
    return faults


def check_open(hours):
    """The counter-check: without a seal the same search finds all of it."""
    faults = []
    for place in ("items", "messages"):
        lost = [text for text in hours.texts if text.encode() not in hours.places[place]]
        faults += [f"{place} do not show {text}: the search proves nothing" for text in lost]
    shown = [place for place, bytes in hours.places.items() if leaks.hits(hours.word, bytes)]
    if not any("db" in place for place in shown):
        faults.append("the relay's files do not show the word: the search proves nothing")
    for place, bytes in hours.logs.items():
        if found := leaks.hits(hours.word, bytes):
            faults.append(f"the log of {place} shows the word: {found}")
    equal = [item[AROUND[item[0]][2]:] for items in hours.equal for item in items]
    if not leaks.repeats(equal, RUN):
        faults.append("equal content shows no equal bytes: the search proves nothing")
    print(f"open:   {len(hours.texts)} of {len(hours.texts)} canaries found in items and messages"
          if not faults else "open:   the counter-check fails", f"({', '.join(shown)})")
    return faults


def main():
    faults = []
    for isSealed, check in ((True, check_sealed), (False, check_open)):
        with tempfile.TemporaryDirectory(prefix="warren-canary-") as folder:
            hours = Hours(Path(folder), isSealed)
            if isSealed:
                print(f"the search finds a planted word as {', '.join(leaks.prove(hours.word))}")
                print(f"{len(hours.canaries)} fields that take text in "
                      f"{len({canary['row'] for canary in hours.canaries})} collections, "
                      f"{sum(canary['isPersonal'] for canary in hours.canaries)} of them personal",
                      flush=True)
            try:
                hours.play()
            finally:
                hours.end()
            if isSealed:
                print(f"{sum(text.endswith('-edited') for text in hours.texts)} fields changed at "
                      f"two sites, {len(hours.refused)} not to be changed so, "
                      f"{hours.deleted} rows deleted", flush=True)
                for words in hours.refused:
                    print(f"        not changed: {words}")
            faults += check(hours)
    for fault in faults[:40]:
        print("FAULT", fault)
    print(f"{len(faults)} faults" if faults else
          "nothing that a person wrote reached the relay, and the search would have found it")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
