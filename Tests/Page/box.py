"""A real `warren serve` on a staged morning: started, killed, started again, by one test at a time."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "Oracles"))
import programs  # noqa: E402
from programs import binaries  # noqa: E402, F401


class Box(programs.ServedBox):
    """A box in a folder of its own; the folder goes with it."""

    def __init__(self, _):
        self.folder = tempfile.TemporaryDirectory(prefix="warren-page-")
        super().__init__(
            Path(self.folder.name) / "north", "--virtual", "label-printer,card-printer")
        self.stage = programs.stage(self.root)

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

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
