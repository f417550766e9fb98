"""Real programs as children of a test: boxes and relays that are started, killed and started again,
what a verb says, and what SQLite says of a box's file from outside."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binaries():
    """Where the build lies; the Makefile says it."""
    return Path(os.environ["WARREN_BINARIES"])


def run(*arguments, **more):
    """Runs a program to its end and gives what it said; a failure ends the test."""
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def query(folder, statement):
    """The lines of a query, by a reader that shares no code with the box."""
    return run("sqlite3", "-readonly", f"{folder}/replica.db", statement).splitlines()


def check_file(warren, folder):
    """Ends the test unless a box that stands still verifies, and every writer that it knows is
    gapless, unforked and in its first life: a power cut alone makes nobody another writer."""
    said = run(warren, "verify", "-d", folder)
    if "nothing wrong" not in said:
        sys.exit(f"{folder} does not verify:\n{said}")
    runs = {}
    for line in query(
            folder, "SELECT writer, low, high FROM warren_frame UNION ALL"
            " SELECT writer, sequence, sequence FROM warren_transaction ORDER BY writer, low"):
        writer, low, high = map(int, line.split("|"))
        runs.setdefault(writer, []).append((low, high))
    for line in query(
            folder, "SELECT number, parent, head, lower(hex(device)), incarnation"
            " FROM warren_writer"):
        number, parent, head, device, incarnation = line.split("|")
        if parent != "-1" or incarnation != "1":
            sys.exit(f"{folder}: {device} has {incarnation} lives, parent {parent}")
        end = 0
        for low, high in runs.pop(int(number), []):
            if low != end + 1:
                sys.exit(f"{folder}: {device} goes from {end} to {low}")
            end = high
        if end != int(head):
            sys.exit(f"{folder}: {device} is said to be at {head} and ends at {end}")
    if runs:
        sys.exit(f"{folder} has transactions of nobody: {runs}")


class Program:
    """A child that lives until it is stopped or killed, and that ends with this process."""

    def __init__(self, log):
        self.log = Path(log)
        self.process = None

    def spawn(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                self.arguments() + ["--until-input-ends"], stdin=subprocess.PIPE, stdout=log,
                stderr=log)

    def wait_until_up(self):
        deadline = time.monotonic() + PATIENCE
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.log.stem} does not come up:\n{self.words()[-4000:]}")
            time.sleep(0.02)

    def start(self):
        self.spawn()
        self.wait_until_up()

    def kill(self):
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()

    def pause(self):
        """As a program that hangs: it keeps its connections and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """As Ctrl-C does."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)
            self.process.stdin.close()

    def words(self):
        return self.log.read_text(errors="replace")


class ServedBox(Program):
    """A box on a folder that is set up already; it comes back to the same address."""

    def __init__(self, root, *options):
        self.root = Path(root)
        super().__init__(self.root.parent / f"{self.root.name}.log")
        self.options = list(options)
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def arguments(self):
        return [binaries() / "warren", "serve", "-d", self.root, "--api", f"127.0.0.1:{self.port}",
                "--peers", "127.0.0.1:0", *self.options]

    def is_up(self):
        try:
            return self.send("GET", "health", patience=5)[0] == 200
        except OSError:
            return False

    def send(self, method, path, body=None, token=None, headers=None, patience=30):
        """One request on a connection of its own: the status and the bytes of the answer.

        Raises OSError where the connection was refused or cut: whether the deed was done is then
        unknown.
        """
        # Without a person the folder's owner asks.
        token = token or (self.root / "operator").read_text()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            connection.request(
                method, "/api/v1/" + path, None if body is None else json.dumps(body).encode(),
                {"content-type": "application/json", "authorization": f"Bearer {token}",
                 **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as cut:
            raise ConnectionError(f"cut in the middle of an answer: {cut!r}") from cut
        finally:
            connection.close()

    def ask(self, method, path, body=None, token=None, headers=None):
        """The answer's object, for what must succeed."""
        status, text = self.send(method, path, body, token, headers)
        if not 200 <= status < 300:
            raise urllib.error.HTTPError(
                f"{self.url}/api/v1/{path}", status, text.decode(), {}, None)
        return json.loads(text) if text else None

    def sign_in(self, person):
        body = {"staff": person["id"], "pin": person["pin"]}
        return self.ask("POST", "sessions", body)["token"]

    def vector(self):
        """What it knows of every writer: equal vectors must show equal rows."""
        heads = self.ask("GET", "sync/status")["vector"]
        return sorted((head["writer"], head["sequence"], head["chain"]) for head in heads)


class ServedRelay(Program):
    """A relay without TLS on loopback, as a tap must see what it sees."""

    def __init__(self, data):
        self.data = Path(data)
        self.data.mkdir(parents=True, exist_ok=True)
        super().__init__(self.data.parent / "relay.log")
        self.port = free_port()

    def arguments(self):
        return [binaries() / "warren-relay", "serve", "--data", self.data, "--listen",
                f"127.0.0.1:{self.port}"]

    def is_up(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def invite(self):
        said = run(binaries() / "warren-relay", "invite", "--data", self.data)
        return re.search(r"invite +([0-9a-f]{64})", said).group(1)


def stage(folder, *wishes):
    """Sets a box's folder up; what a test must know of it."""
    return json.loads(run(binaries() / "page-stage", folder, *wishes))


def join_by_relay(north, south, port, invite):
    """Makes North's tenant a mailbox at a port of this machine, and South a member that knows it.
    Neither is running."""
    warren = binaries() / "warren"
    run(warren, "relay", "create", "-d", north, "--relay", f"127.0.0.1:{port}", "--plain",
        "--invite", invite)
    run(warren, "admit", "-d", south, "--site", "South", "--by", north)


def person(staged, role):
    return next(one for one in staged["staff"] if one["role"] == role)
