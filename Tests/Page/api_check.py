"""The API against its own description: is the document OpenAPI 3.1, and does the server keep it?

`make api-check` runs it: openapi-spec-validator judges the document, schemathesis makes requests
from it, right and wrong ones, against a real `warren serve`. EXAMPLES says how many for each route; with none
the short form looks at the desk's own routes and a few collections only.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

sys.path.insert(0, str(Path(__file__).parent))
from box import Box, binaries  # noqa: E402

# A stream has no end, a sign-out ends the session that all others need, wrong PINs lock the door
# for a while, and a verification reads everything.
LEFT_OUT = ["/events", "/sessions", "/sessions/current", "/sync/verify"]

SHORT = ["/health", "/sync/status", "/search", "/arrivals", "/in-house", "/scans",
         "/stays:checkin", "/animals", "/animals/{id}", "/parties", "/bookings", "/stays"]

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "negative_data_rejection", "missing_required_header",
          "unsupported_method", "ignored_auth"]


def main():
    examples = os.environ.get("EXAMPLES") or ""
    with Box(binaries()) as box, tempfile.TemporaryDirectory() as folder:
        with urllib.request.urlopen(box.url + "/api/v1/openapi.json") as answer:
            text = answer.read()
        document = json.loads(text)
        faults = list(OpenAPIV31SpecValidator(document).iter_errors())
        for fault in faults:
            print("document:", fault.message)
        if faults:
            return 1
        operations = sum(len(methods) for methods in document["paths"].values())
        print(f"document: {len(text) >> 10} KiB, {operations} operations, OpenAPI 3.1 holds")
        path = Path(folder) / "openapi.json"
        path.write_bytes(text)
        tool = Path(sys.executable).with_name("schemathesis")
        run = subprocess.run(
            [tool, "run", path, "--url", box.url + "/api/v1",
             "--header", f"Authorization: Bearer {box.token('manager')}",
             "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing",
             "--max-examples", examples or "2", "--seed", "1", "--no-color", "--warnings", "off",
             "--request-timeout", "30", "--continue-on-failure",
             *([word for name in LEFT_OUT for word in ("--exclude-path", name)] if examples
               else [word for name in SHORT for word in ("--include-path", name)]),
             *sys.argv[1:]], cwd=folder)
        if run.returncode:
            print(box.words()[-4000:])
        return run.returncode


if __name__ == "__main__":
    sys.exit(main())
