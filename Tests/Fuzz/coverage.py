#!/usr/bin/env python3
"""Runs each decoder on fuzzed inputs and prints which share of its files' regions was reached.

    python3 Tests/Fuzz/coverage.py PROGRAM DECODER ...

PROGRAM is fuzz-decoders built with -profile-generate -profile-coverage-mapping; the llvm tools are
those beside the Swift compiler, since the profile's version must fit.
"""
import os, shutil, subprocess, sys, tempfile

INPUTS = "40000"
FILES = {
    "transaction": ["CRDT/Encoding/Transaction+Decoding", "CRDT/Encoding/ByteReader",
                    "CRDT/Encoding/PrefixTable", "CRDT/Encoding/Value+Encoding"],
    "frame": ["Sealing/FrameSealer", "Sealing/FrameContent", "Sealing/Packing", "Sealing/Padding"],
    "control": ["Sealing/ControlSealer", "Sealing/Padding"],
    "roster": ["Roster/RosterEntry", "Roster/RosterDeed+Encoding", "Roster/Rights",
               "Roster/RosterGraph", "Roster/RosterView", "Roster/WaitingRoom"],
    "erase": ["Signing/EraseOrder"],
    "message": ["SyncProtocol/Messages/MessageDecoder", "SyncProtocol/Messages/Message+Encoding"],
}


def main():
    program, decoders = sys.argv[1], sys.argv[2:]
    tools = os.path.dirname(os.path.realpath(shutil.which("swift")))
    with tempfile.TemporaryDirectory() as folder:
        for decoder in decoders:
            raw, merged = os.path.join(folder, "raw"), os.path.join(folder, "merged")
            subprocess.run([program, "--inputs", INPUTS, "--decoder", decoder], check=True,
                           stdout=subprocess.DEVNULL, env=dict(os.environ, LLVM_PROFILE_FILE=raw))
            subprocess.run([os.path.join(tools, "llvm-profdata"), "merge", "-o", merged, raw],
                           check=True)
            report = subprocess.run(
                [os.path.join(tools, "llvm-cov"), "report", program, "-instr-profile", merged],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            for name in FILES[decoder]:
                rows = [r.split() for r in report.splitlines() if name + ".swift" in r]
                if not rows:
                    sys.exit("no file %s.swift in the report: mend FILES" % name)
                print("%-12s %-44s %4d of %4d regions" % (
                    decoder, rows[0][0], int(rows[0][1]) - int(rows[0][2]), int(rows[0][1])))


if __name__ == "__main__":
    main()
