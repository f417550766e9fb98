#!/usr/bin/env python3
"""An outside reader of Warren's formats, written from their specifications alone.

    warren_reader.py transactions Tests/CRDTTests/Vectors/transactions.json
    warren_reader.py frames       Tests/SealingTests/Vectors/frames.json
    warren_reader.py control      Tests/SealingTests/Vectors/control.json
    warren_reader.py roster       Tests/SealingTests/Vectors/roster.json
    warren_reader.py messages     Sources/SyncProtocol/SyncProtocol.docc/Wire-Format.md
    warren_reader.py relay        Sources/SyncProtocol/SyncProtocol.docc/Relay-Wire.md
    warren_reader.py verdicts     what `fuzz-decoders --verdicts` printed

Reads every vector, writes it again, follows the chain hashes, and refuses every bad one. Frames,
control and roster need PyNaCl, frames libzstd. It shares no code with the product; where it had to
guess, the specification was at fault.
"""

import json
import sys

from warren_bytes import Fault, Hex
from warren_messages import check_messages
from warren_relay import check_relay
from warren_transactions import chain_hash, chain_start, decode, encode


class Tally:
    """Counts what held and prints what did not."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def expect(self, what, found, wanted):
        if found == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}\n  found  {found!r}\n  wanted {wanted!r}")

    def report(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def refusal(raw):
    """Why the bytes are refused, or None."""
    try:
        decode(raw)
        return None
    except Fault as fault:
        return str(fault)


def check_good(vector, tally):
    name = vector["description"]
    raw = Hex.decode(vector["bytes"])
    try:
        transaction, public = decode(raw)
    except Fault as fault:
        return tally.expect(f"{name}: decode", f"refused: {fault}", "accepted")
    tally.expect(f"{name}: content", transaction, vector["transaction"])
    tally.expect(f"{name}: bytes", Hex.encode(encode(vector["transaction"])), vector["bytes"])
    previous = Hex.decode(vector["previous"])
    chain, sections = chain_hash(previous, public, vector["transaction"])
    tally.expect(f"{name}: section hashes", [Hex.encode(hash) for hash in sections],
                 vector["sections"])
    tally.expect(f"{name}: chain hash", Hex.encode(chain), vector["chain"])
    for length in range(len(raw)):
        cut = refusal(raw[:length])
        if cut is None:
            tally.expect(f"{name}: cut to {length} bytes", "accepted", "refused")


def check_erasure(vector, good, tally):
    whole = next(other for other in good if other["description"] == vector["erasureOf"])
    tally.expect(f"{vector['description']}: same chain as before erasure",
                 vector["chain"], whole["chain"])
    tally.expect(f"{vector['description']}: other bytes than before erasure",
                 vector["bytes"] != whole["bytes"], True)


def check_bad(vector, tally):
    raw = b"".join(Hex.decode(run["hex"]) * run["times"] for run in vector["runs"])
    tally.expect(vector["description"], refusal(raw), vector["refusal"])


def transactions(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    tally = Tally()
    tally.expect("format", vectors["format"], "warren transactions 1")
    for start in vectors["starts"]:
        tenant, device = Hex.decode(start["tenant"]), Hex.decode(start["device"])
        found = chain_start(tenant, device, start["incarnation"])
        tally.expect("chain start", Hex.encode(found), start["chain"])
    for vector in vectors["good"]:
        check_good(vector, tally)
        if "erasureOf" in vector:
            check_erasure(vector, vectors["good"], tally)
    for vector in vectors["bad"]:
        check_bad(vector, tally)
    return tally.report()


def verdicts(path):
    """Compares with the verdicts of `fuzz-decoders --verdicts`, a line of hex and reason each."""
    tally = Tally()
    with open(path, encoding="utf-8") as file:
        for line in file:
            raw, verdict = line.rstrip("\n").split(" ", 1)
            tally.expect(raw, refusal(Hex.decode(raw)) or "accepted", verdict)
    return tally.report()


def document(check):
    """A reader of the vectors in a document."""

    def read(path):
        tally = Tally()
        with open(path, encoding="utf-8") as file:
            check(file.read(), tally)
        return tally.report()

    return read


def sealed(module, check):
    """A reader of vectors whose module needs PyNaCl, imported only when it is asked for."""

    def read(path):
        try:
            checks = __import__(module)
        except ModuleNotFoundError as missing:
            print(f"{missing.name} is missing: pip install pynacl==1.6.2", file=sys.stderr)
            return 2
        with open(path, encoding="utf-8") as file:
            vectors = json.load(file)
        tally = Tally()
        getattr(checks, check)(vectors, tally)
        return tally.report()

    return read


READERS = {
    "transactions": transactions,
    "frames": sealed("warren_frames", "check_frames"),
    "control": sealed("warren_frames", "check_control"),
    "roster": sealed("warren_roster", "check_roster"),
    "messages": document(check_messages),
    "relay": document(check_relay),
    "verdicts": verdicts,
}


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in READERS:
        print(f"usage: warren_reader.py {{{','.join(READERS)}}} FILE", file=sys.stderr)
        return 2
    return READERS[arguments[0]](arguments[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
