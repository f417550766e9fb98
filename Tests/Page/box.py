"""A real `warren serve` on a staged morning: started, killed, started again, by one test at a time."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "Oracles"))
import programs  # noqa: E402
from programs import binaries  # noqa: E402, F401

LAN_NAME = "warren.local"


class Box(programs.ServedBox):
    """A box in a folder of its own; the folder goes with it."""

    def __init__(self, _, is_on_lan=False):
        self.folder = tempfile.TemporaryDirectory(prefix="warren-page-")
        options = ["--virtual", "label-printer,card-printer,scanner"]
        if is_on_lan:
            self.lan_port = programs.free_port()
            options += ["--lan", f"127.0.0.1:{self.lan_port}", "--name", LAN_NAME]
        super().__init__(Path(self.folder.name) / "north", *options)
        self.stage = programs.stage(self.root)

    @property
    def lan_url(self):
        return f"https://{LAN_NAME}:{self.lan_port}/"

    def stop(self):
        super().stop()
        self.folder.cleanup()

    def person(self, role):
        return programs.person(self.stage, role)

    def token(self, role):
        return self.sign_in(self.person(role))

    def break_printers(self, fault):
        """Breaks every virtual printer on purpose, or mends it with `none`."""
        token = self.token("desk")
        for device in self.ask("GET", "devices")["items"]:
            if device["kind"] == "label-printer":
                self.ask("POST", f"devices/{device['id']}:fault", {"fault": fault}, token)

    def scan(self, code):
        """Lets the box's own virtual scanner read a code."""
        token = self.token("desk")
        scanner = next(one for one in self.ask("GET", "devices")["items"]
                       if one["kind"] == "scanner")
        self.ask("POST", f"devices/{scanner['id']}:scan", {"code": code}, token)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
