"""Measures the node's API beside PocketBase and a bare server of the same framework, in one run.

Usage: api_bench.py BINARIES POCKETBASE LICENCES WORK [--percent N] [--seconds S] [--rounds R]
                    [--edits N] [--only http,desk,start,sites] [--folder FOLDER] [--before BINARIES]

BINARIES holds the release builds of warren, warren-relay and bare-server; WORK is made anew. The
same animals are in all three. Wall-clock figures move with whatever else the machine does:
processor time a request, and ratios of one run, are what to compare. `--folder` measures a copy of
that node's folder in place of a new tenant; `--before` a second build of warren in the same rounds.

The last lines are one table; WORK.json holds the same figures.
"""

import argparse
import datetime
import json
import shutil
import sys
import time
import uuid
from pathlib import Path
from statistics import median

import load
from servers import Bare, Client, Events, Failed, Node, PocketBase, Relay, percentile, run

PIN = "4821"
PLAYED = ("--virtual", "label-printer,card-printer,scanner")


class Report:
    """Rows of the table; each has its peer, or says why it has none."""

    def __init__(self):
        self.rows = []

    def add(self, figure, unit, ours, peer="", theirs=None, goal=""):
        ratio = ours / theirs if theirs else None
        self.rows.append({"figure": figure, "unit": unit, "ours": ours, "peer": peer,
                          "theirs": theirs, "ratio": ratio, "goal": goal})

    def write(self, path, about):
        path.write_text(json.dumps({**about, "figures": self.rows}, indent=1) + "\n")

    def print(self):
        def number(value):
            if value is None:
                return ""
            return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
        print("| figure | ours | beside | its figure | ours / its | goal |\n|---|---|---|---|---|---|")
        for row in self.rows:
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
            print(f"| {row['figure']}, {row['unit']} | {number(row['ours'])} | {row['peer']} | "
                  f"{number(row['theirs'])} | {ratio} | {row['goal']} |")


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = Path(options.work)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.warren = Path(options.binaries) / "warren"
        self.north = self.work / "north"
        self.report = Report()
        self.day = datetime.date.today()

    def prepare(self):
        if self.options.folder:
            shutil.copytree(self.options.folder, self.north)
        else:
            data = self.work / "data"
            run(self.warren, "demo", "data", "--out", data, "--licences", self.options.licences,
                "--percent", self.options.percent, "--today", self.day)
            run(self.warren, "init", "-d", self.north, "--site", "North")
            run(self.warren, "import", data, "-d", self.north)
        with self.node() as node:
            self.staff = node.enrol("Bench", PIN)
            client = node.client(node.sign_in(self.staff, PIN))
            self.animals, cursor = [], ""
            while cursor is not None:
                page = client.ask("GET", f"/api/v1/animals?limit=1000{cursor}")
                self.animals += page["items"]
                cursor = f"&cursor={page['next']}" if "next" in page else None
            _, answer, body = client.send("GET", f"/api/v1/animals/{self.animals[0]['id']}")
            self.bare = Bare(self.options.binaries, self.work, self.animals, answer, body)
        self.base = PocketBase(self.options.pocketbase, self.work / "pocketbase")
        self.base.fill(self.animals)
        print(f"{len(self.animals)} animals in each", flush=True)

    def node(self, *more, name="warren", binaries=None, folder=None):
        return Node(name, binaries or self.options.binaries, folder or self.north, *more)

    # GET by id, list and PATCH under wrk.

    def http(self):
        ids = [one["id"] for one in self.animals[::max(1, len(self.animals) // 4000)]]
        keys = [PocketBase.identifier(one) for one in ids]
        if len(set(map(PocketBase.identifier, (one["id"] for one in self.animals)))) < len(self.animals):
            raise Failed("the ends of the ids are not unique")
        names = sorted({one["name"] for one in self.animals if one["name"]})
        before = self.options.before
        if before:
            shutil.copytree(self.north, self.work / "before")
        nodes = [self.node()] + (
            [self.node(name="before", binaries=before, folder=self.work / "before")] if before else [])
        servers = nodes + [self.base, self.bare]
        try:
            for server in servers:
                server.start()
            targets = [
                load.Target(node, load.scripts(
                    self.work, node.name, node.sign_in(self.staff, PIN), ids, "/api/v1/animals/",
                    names, ("/api/v1/animals?limit=30&name=", "")))
                for node in nodes]
            listing = (PocketBase.records + "?perPage=30&skipTotal=1&filter=(name=%27", "%27)")
            plain = [name for name in names if "'" not in name]
            targets.append(load.Target(self.base, load.scripts(
                self.work, "pocketbase", {}, keys, PocketBase.records + "/", plain, listing)))
            targets.append(load.Target(
                self.bare, load.scripts(self.work, "bare", {}, ids, "/animals/")))
            seen = load.measure(targets, self.options.rounds, self.options.seconds)
            for kind in ("get", "list", "patch"):
                for count in (1, 16):
                    self.tell(seen, kind, count)
            self.report.add("memory after that load", "MB", nodes[0].memory_mb(), "PocketBase",
                            self.base.memory_mb(), "< 1")
        finally:
            for server in servers:
                server.stop()

    def tell(self, seen, kind, count):
        ours = seen[kind, count, "warren"]
        peers = ["PocketBase", "bare", "before"]
        for peer in peers:
            theirs = seen.get((kind, count, peer))
            if not theirs:
                continue
            for name, unit in (("requests_per_s", "requests/s"), ("cpu_us", "processor µs a request"),
                               ("p50_us", "p50 µs"), ("p99_us", "p99 µs")):
                goal = {"PocketBase": "> 1" if name == "requests_per_s" else "< 1"}.get(peer, "")
                if peer == "bare" and name != ("cpu_us" if kind == "get" else "p50_us"):
                    continue
                if peer == "bare":
                    goal = "≤ 1.6" if kind == "get" else ("≤ 1.3" if count == 1 else "")
                label = f"{kind.upper()}, {count} connection{'s' * (count > 1)}"
                self.report.add(label, unit, ours[name], peer, theirs[name], goal)

    # A check-in of two dogs, and a scan that ends on paper, with played printers.

    def desk(self):
        with self.node(*PLAYED) as node:
            headers = node.sign_in(self.staff, PIN)
            client = node.client(headers)
            pairs = self.pairs(client)
            events = Events(node, headers)
            spans = []
            for _ in range(min(5, len(pairs) // 4)):
                spans.append(self.scan(client, events, pairs.pop()))
            events.close()
            taken = []
            for booking in pairs:
                begun = time.perf_counter()
                status, _, _ = self.check_in(client, {"booking": booking})
                if status == 201:
                    taken.append((time.perf_counter() - begun) * 1e3)
        self.tell_spans("check-in of two dogs", taken)
        self.tell_spans("scan, check-in, first byte at a played printer", [one for one in spans if one])

    def floor(self):
        """Milliseconds of a durable PATCH at the bare server, from this same client."""
        with self.bare as bare:
            client, spans = Client(bare.port), []
            for turn, animal in enumerate(self.animals[:500]):
                begun = time.perf_counter()
                client.ask("PATCH", f"/animals/{animal['id']}", {"marks": f"mark {turn}"})
                spans.append((time.perf_counter() - begun) * 1e3)
        return spans

    def tell_spans(self, figure, spans):
        """Beside a bare durable PATCH, measured in the same minute."""
        if not spans:
            raise Failed(f"{figure}: none came about")
        floor = self.floor()
        for share in (0.5, 0.99):
            self.report.add(
                f"{figure} (n = {len(spans)})", f"p{share * 100:.0f} ms", percentile(spans, share),
                "bare durable PATCH", percentile(floor, share))

    def pairs(self, client):
        """Bookings of two animals that are still expected, the latest day first."""
        found = []
        for ahead in range(15):
            day = self.day + datetime.timedelta(days=ahead)
            page = client.ask("GET", f"/api/v1/arrivals?date={day}&limit=200")
            found += [one["booking"]["id"] for one in page["items"]
                      if len(one["animals"]) == 2 and one["state"] == "expected"]
        return found[::-1]

    @staticmethod
    def check_in(client, body):
        return client.send("POST", "/api/v1/stays:checkin", body, {"idempotency-key": uuid.uuid4().hex})

    def scan(self, client, events, booking):
        """Milliseconds from the scanner's report to the first byte that a printer took."""
        events.forget()
        begun = time.perf_counter()
        client.ask("POST", "/api/v1/devices/virtual-scanner:scan", {"code": booking})
        events.until(lambda name, data: name == "scan")
        status, _, text = self.check_in(client, {"booking": booking})
        if status != 201:
            return None
        jobs = json.loads(text)["print_jobs"]
        begun_at = events.until(
            lambda name, data: name == "print-job" and data["id"] in jobs
            and data["state"] in ("sending", "sent", "printed"))
        for job in jobs:
            while client.ask("GET", f"/api/v1/print-jobs/{job}")["state"] != "printed":
                time.sleep(0.01)
        return (begun_at - begun) * 1e3

    # From the answer at North to the event at South.

    def sites(self):
        mailbox, south = self.work / "relay", self.work / "south"
        relay = Relay(self.options.binaries, mailbox)
        try:
            relay.start()
            words = run(self.warren.with_name("warren-relay"), "invite", "--data", mailbox).split()
            run(self.warren, "relay", "create", "-d", self.north, "--relay", f"127.0.0.1:{relay.port}",
                "--plain", "--invite", words[words.index("invite") + 1])
            run(self.warren, "admit", "-d", south, "--site", "South", "--by", self.north)
            relay.stop()
            self.between("direct link", [])
            relay.start()
            self.between("relay", None)
        finally:
            relay.stop()

    def between(self, way, dial):
        north = self.node()
        with north:
            more = [] if dial is None else ["--dial", str(north.peers)]
            with self.node(*more, name="south", folder=self.work / "south") as south:
                headers = south.sign_in(*self.known_at(south))
                events = Events(south, headers)
                client = north.client(north.sign_in(self.staff, PIN))
                spans = []
                for turn in range(-20, self.options.edits):
                    animal = self.animals[turn]["id"]
                    client.ask("PATCH", f"/api/v1/animals/{animal}", {"marks": f"{way} {turn}"})
                    begun = time.perf_counter()
                    told = events.until(
                        lambda name, data, animal=animal: name == "records"
                        and animal in (data.get("animals") or []))
                    # The first ones wait until South has caught up.
                    if turn >= 0:
                        spans.append((told - begun) * 1e3)
                record = south.client(headers).ask("GET", f"/api/v1/animals/{animal}")
                if record["marks"] != f"{way} {turn}":
                    raise Failed("South was told of a change that it does not show")
                events.close()
        self.tell_spans(f"answer at North to event at South, {way}", spans)

    def known_at(self, south):
        """Waits until South knows whoever is to sign in there."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            members = Client(south.port).ask("GET", "/api/v1/sessions/staff")["items"]
            if any(one["id"] == self.staff for one in members):
                return self.staff, PIN
            time.sleep(0.1)
        raise Failed("South does not catch up")

    # From nothing to the first answer, and what an idle node holds.

    def start(self):
        nodes = {"warren": self.node(), "PocketBase": self.base}
        if self.options.before:
            nodes["before"] = self.node(name="before", binaries=self.options.before)
        cold = {name: [] for name in nodes}
        for _ in range(7):
            for name, server in nodes.items():
                with server:
                    cold[name].append(server.cold_ms)
        idle = {}
        for name, server in nodes.items():
            with server:
                idle[name] = server.idle_memory_mb()
        for name in list(nodes)[1:]:
            self.report.add("start to the first answer (n = 7)", "median ms", median(cold["warren"]),
                            name, median(cold[name]), "< 1")
            self.report.add("memory of an idle one", "MB", idle["warren"], name, idle[name], "< 1")


def where(options):
    """What a figure belongs to: kind of machine, commit, version of the peer."""
    models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {
        "machine": f"{len(models)} x {models[0] if models else 'unknown'}",
        "commit": run("git", "describe", "--always", "--dirty").strip(),
        "peer": run(options.pocketbase, "--version").strip(),
        "load": " ".join(Path("/proc/loadavg").read_text().split()[:3]),
    }


def main():
    parser = argparse.ArgumentParser()
    for name in ("binaries", "pocketbase", "licences", "work"):
        parser.add_argument(name)
    parser.add_argument("--percent", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--only", default="http,desk,start,sites")
    parser.add_argument("--folder")
    parser.add_argument("--before")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        bench.prepare()
        for part in options.only.split(","):
            getattr(bench, part)()
    except Failed as failure:
        sys.exit(f"bench-api: {failure}")
    path = bench.work.with_suffix(".json")
    about = {"animals": len(bench.animals), **where(options)}
    bench.report.write(path, about)
    bench.report.print()
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(f"also in {path}")


if __name__ == "__main__":
    main()
