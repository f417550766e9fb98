"""A real `warren serve` on a staged morning: started, killed, started again, by one test at a time."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Box:
    """A box in a folder of its own; the folder goes with it."""

    def __init__(self, binaries):
        self.binaries = Path(binaries)
        self.folder = tempfile.TemporaryDirectory(prefix="warren-page-")
        self.root = Path(self.folder.name) / "north"
        stage = subprocess.run(
            [self.binaries / "page-stage", self.root], check=True, capture_output=True, text=True)
        self.stage = json.loads(stage.stdout)
        # The page comes back to the same address after a restart.
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        with open(Path(self.folder.name) / "node.log", "a") as log:
            self.process = subprocess.Popen(
                [self.binaries / "warren", "serve", "-d", self.root, "--api",
                 f"127.0.0.1:{self.port}", "--peers", "127.0.0.1:0", "--virtual",
                 "label-printer,card-printer", "--until-input-ends"],
                stdin=subprocess.PIPE, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/api/v1/health", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError("the box does not come up:\n" + self.words())

    def kill(self):
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()

    def pause(self):
        """As a box that hangs: it keeps its sessions and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)
            self.process.stdin.close()
        self.folder.cleanup()

    def words(self):
        return (Path(self.folder.name) / "node.log").read_text()

    def person(self, role):
        return next(one for one in self.stage["staff"] if one["role"] == role)

    def token(self, role):
        person = self.person(role)
        answer = self.ask("POST", "sessions", {"staff": person["id"], "pin": person["pin"]})
        return answer["token"]

    def ask(self, method, path, body=None, token=None, headers=None):
        request = urllib.request.Request(
            self.url + "/api/v1/" + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})})
        # Without a person the folder's owner asks.
        token = token or (self.root / "operator").read_text()
        request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def break_printers(self, fault):
        """Breaks every virtual printer on purpose, or mends it with `none`."""
        token = self.token("desk")
        for device in self.ask("GET", "devices")["items"]:
            if device["kind"] == "label-printer":
                self.ask("POST", f"devices/{device['id']}:fault", {"fault": fault}, token)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def binaries():
    """Where the build lies; the Makefile says it."""
    return os.environ["WARREN_BINARIES"]
