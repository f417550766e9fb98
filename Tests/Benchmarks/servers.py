"""The servers that are measured: a node, PocketBase and a bare Hummingbird, each a child of this process."""

import http.client
import json
import os
import queue
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

PATIENCE = 120
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    pass


def run(*words, answer=None):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, input=answer)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """One connection that is kept."""

    def __init__(self, port, headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = headers or {}

    def send(self, method, path, body=None, headers=None):
        text = None if body is None else json.dumps(body)
        more = {} if body is None else {"content-type": "application/json"}
        self.connection.request(method, path, text, {**self.headers, **more, **(headers or {})})
        answer = self.connection.getresponse()
        return answer.status, answer, answer.read()

    def ask(self, method, path, body=None, headers=None):
        status, _, text = self.send(method, path, body, headers)
        if status >= 300:
            raise Failed(f"{method} {path} was answered {status}: {text[:300]}")
        return json.loads(text) if text else None


class Server:
    """A child process; what it says goes to a file."""

    health = "/"

    def __init__(self, name, words, port, log):
        self.name, self.words, self.port, self.log = name, [str(word) for word in words], port, Path(log)
        self.process = None

    def start(self):
        """Starts it; the milliseconds from the start to its first answer."""
        with open(self.log, "a") as log:
            begun = time.perf_counter()
            self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=log, stderr=log)
        while time.perf_counter() - begun < PATIENCE:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                connection.request("GET", self.health)
                if connection.getresponse().status == 200:
                    connection.close()
                    return (time.perf_counter() - begun) * 1e3
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.0005)
        raise Failed(f"{self.name} does not come up:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)
            self.process.stdin.close()

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self, line="VmRSS"):
        for one in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if one.startswith(line + ":"):
                return int(one.split()[1]) / 1024
        raise Failed(f"{self.name} has no {line}")

    def idle_memory_mb(self, seconds=10):
        """After that long, or as soon as it has not moved for three seconds."""
        seen = []
        for _ in range(seconds):
            time.sleep(1)
            seen.append(self.memory_mb())
            if len(seen) > 3 and max(seen[-4:]) - min(seen[-4:]) < 0.1:
                break
        return seen[-1]

    def __enter__(self):
        self.cold_ms = self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class Node(Server):
    """`warren serve` on a folder."""

    health = "/api/v1/health"

    def __init__(self, name, binaries, folder, *more):
        port = free_port()
        self.binaries, self.folder, self.peers = Path(binaries), Path(folder), free_port()
        super().__init__(
            name,
            [self.binaries / "warren", "serve", "-d", folder, "--api", f"127.0.0.1:{port}", "--peers",
             f"127.0.0.1:{self.peers}", "--no-usb", "--until-input-ends", *more],
            port, f"{folder}.log")

    def enrol(self, name, pin):
        """A person with a role at all sites; their id."""
        # The verbs find the node by a file that it writes a moment after its first answer.
        deadline = time.monotonic() + PATIENCE
        while not (self.folder / "address.json").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        words = run(self.binaries / "warren", "staff", "add", "-d", self.folder, "--name", name,
                    "--role", "manager", "--all-sites", answer=pin + "\n")
        return words.split()[0]

    def sign_in(self, staff, pin):
        answer = Client(self.port).ask("POST", "/api/v1/sessions", {"staff": staff, "pin": pin})
        return {"authorization": f"Bearer {answer['token']}"}

    def client(self, headers):
        return Client(self.port, headers)


class Events:
    """The event stream of a node, read by a thread: what came, and when."""

    def __init__(self, node, headers):
        self.socket = socket.create_connection(("127.0.0.1", node.port))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n{head}\r\n".encode())
        self.seen = queue.Queue()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.until(lambda name, data: name == "hello")

    def read(self):
        name = ""
        for line in self.socket.makefile("rb"):
            now = time.perf_counter()
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                self.seen.put((now, name, json.loads(line[6:])))

    def until(self, fits, patience=60):
        """When the first one came that fits."""
        deadline = time.monotonic() + patience
        while True:
            try:
                now, name, data = self.seen.get(timeout=max(0.001, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed("an event did not come") from None
            if fits(name, data):
                return now

    def forget(self):
        while not self.seen.empty():
            self.seen.get_nowait()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)


class Relay(Server):
    """`warren-relay serve`, plain on loopback."""

    def __init__(self, binaries, folder):
        port = free_port()
        super().__init__(
            "relay", [Path(binaries) / "warren-relay", "serve", "--data", folder, "--listen",
                      f"127.0.0.1:{port}", "--until-input-ends"], port, f"{folder}.log")

    def start(self):
        """It answers no plain GET; that it listens is enough."""
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise Failed(f"the relay does not come up:\n{self.log.read_text()}")


class PocketBase(Server):
    """PocketBase with the same animals; it asks nobody who they are."""

    health = "/api/health"
    records = "/api/collections/animals/records"

    def __init__(self, program, folder):
        port = free_port()
        self.program, self.folder = program, Path(folder)
        super().__init__(
            "PocketBase", [program, "serve", "--http", f"127.0.0.1:{port}", "--dir", folder], port,
            f"{folder}.log")

    @staticmethod
    def identifier(row):
        return row[-15:]

    def fill(self, animals):
        account = ("bench@example.com", "benchbench123")
        run(self.program, "superuser", "upsert", *account, "--dir", self.folder)
        with self:
            client = Client(self.port)
            answer = client.ask(
                "POST", "/api/collections/_superusers/auth-with-password",
                {"identity": account[0], "password": account[1]})
            client.headers = {"authorization": answer["token"]}
            texts = [name for name in animals[0] if name not in ("id", "neutered")]
            fields = [{"name": name, "type": "text", "max": 0} for name in texts]
            fields.append({"name": "neutered", "type": "number"})
            rules = {rule: "" for rule in ("listRule", "viewRule", "createRule", "updateRule")}
            client.ask("POST", "/api/collections", {
                "name": "animals", "type": "base", "fields": fields, **rules,
                "indexes": ["CREATE INDEX animals_name ON animals (name)"]})
            client.ask("PATCH", "/api/settings", {
                "batch": {"enabled": True, "maxRequests": 5000, "timeout": 60}, "logs": {"maxDays": 0}})
            for start in range(0, len(animals), 1000):
                client.ask("POST", "/api/batch", {"requests": [
                    {"method": "POST", "url": self.records, "body": self.body(animal)}
                    for animal in animals[start:start + 1000]]})

    def body(self, animal):
        body = {name: json.dumps(value) if isinstance(value, list) else value
                for name, value in animal.items() if value is not None}
        return {**body, "id": self.identifier(animal["id"])}


class Bare(Server):
    """The same framework with no program behind it: the floor of GET and of a durable PATCH."""

    health = "/animals/0"
    carried = ("content-type", "etag", "cache-control", "x-request-id", "x-content-type-options")

    def __init__(self, binaries, folder, animals, answer, body):
        """`answer` and `body` are what the node said for one animal."""
        folder = Path(folder)
        self.database = folder / "bare.db"
        heads = [f"{name}: {answer.getheader(name)}" for name in self.carried if answer.getheader(name)]
        (folder / "bare-answer").write_bytes("\n".join(heads).encode() + b"\n\n" + body)
        self.fill(animals)
        super().__init__(
            "bare", [Path(binaries) / "bare-server", folder / "bare-answer", self.database], 0,
            folder / "bare.log")

    def fill(self, animals):
        with sqlite3.connect(self.database) as database:
            names = list(animals[0])
            database.execute("PRAGMA journal_mode=WAL")
            columns = ", ".join(f'"{name}"' for name in names)
            database.execute(f"CREATE TABLE animal(key INTEGER PRIMARY KEY, {columns}, UNIQUE(id))")
            database.execute("CREATE INDEX animal_name ON animal(name)")
            database.executemany(
                f"INSERT INTO animal({columns}) VALUES({', '.join('?' * len(names))})",
                [[json.dumps(one[name]) if isinstance(one[name], list) else one[name] for name in names]
                 for one in animals])
        database.close()

    def start(self):
        self.process = subprocess.Popen(
            self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.log, "a"))
        line = self.process.stdout.readline()
        if not line.strip():
            raise Failed(f"the bare server does not come up:\n{self.log.read_text()}")
        self.port = int(line)
