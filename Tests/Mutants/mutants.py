#!/usr/bin/env python3
"""Plants named bugs, one at a time, and asks whether the simulation notices.

    python3 Tests/Mutants/mutants.py [NAME ...]      all of them without a name
    python3 Tests/Mutants/mutants.py --check         only whether every text still stands once

Each mutant is a few exact replacements in a copy of the sources; the copy is built in release and
seeds 1 to 200 are simulated until one fails. A mutant that survives, or whose text is no longer
found, makes the run fail: then the invariant it belongs to counts as not met.
"""
import argparse, os, re, shutil, subprocess, sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
WORK = os.path.join(ROOT, ".build-mutants")
SEEDS = 200

STORE = "Sources/ReplicaStorage/ReplicaStore.swift"
MERGE = "Sources/ReplicaStorage/ReplicaStore+Merge.swift"
FRAMES = "Sources/EdgeNode/Replica/Replica+Frames.swift"
CONTROL = "Sources/EdgeNode/Replica/Replica+Control.swift"
JUDGING = "Sources/Signing/Roster/Roster+Judging.swift"
MAILBOX = "Sources/EdgeNode/Replica/Replica+Mailbox.swift"
EXCHANGE = "Sources/SyncProtocol/Relay/MailboxExchange.swift"
UPLOADS = "Sources/SyncProtocol/Relay/MailboxUploads.swift"
ROW = "Sources/CRDT/Merge/Row+Merge.swift"
CHECK_IN = "Sources/EdgeNode/Desk/CheckInTurn.swift"

# name, invariant, what it does, [(file, old, new)]
MUTANTS = [
    ("none", "-", "the unharmed program: it must survive, or the others prove nothing", []),
    ("sequence-outside-transaction", "I02", "a failed transaction keeps its sequence",
     [(STORE, "            state = before\n            abandon(error)", "            abandon(error)")]),
    ("stamp-not-bumped", "I15", "a write does not bump over the value it has seen",
     [("Sources/CRDT/Merge/Row+Stamping.swift",
       "floor < base || base.bumped == base ? nil : max(floor.bumped, base.bumped)", "nil")]),
    ("tie-by-arrival", "I01", "of equal stamps the later arrival wins",
     [(ROW, "let isNewer = current.clock < new.clock || current.clock == new.clock",
       "let isNewer = current.clock.stamp <= new.clock.stamp")]),
    ("acknowledge-before-fsync", "I02", "commits are acknowledged before the disk has them",
     [(STORE, 'try connection.execute("PRAGMA synchronous = FULL")',
       'try connection.execute("PRAGMA synchronous = NORMAL")'),
      (STORE, "statement.integer(0) == 2", "statement.integer(0) == 1")]),
    ("frontier-past-unopened", "I03", "a frame that does not open is taken for delivered",
     [(FRAMES, "case .failure(let refusal): return .refused(refusal)",
       "case .failure: return try skipForMutant()"),
      (FRAMES, "    private func merge(_ opened: OpenedFrame)",
       """    private func skipForMutant() throws(StorageError) -> Delivery {
        guard try store.skipOneForMutant() else { return .refused(FrameRefusal("nobody")) }
        return .merged(.applied(transactions: 1), nil)
    }

    private func merge(_ opened: OpenedFrame)"""),
      (MERGE, "    /// Finds or makes the history that the frame",
       """    public func skipOneForMutant() throws(StorageError) -> Bool {
        guard let number = state.writers.indices.first(where: { $0 != state.local }) else {
            return false
        }
        state.writers[number].head += 1
        state.changedWriters.insert(number)
        return true
    }

    /// Finds or makes the history that the frame""")]),
    ("counter-applied-twice", "I09", "a frame that comes again adds its counters again",
     [(MERGE, "        if try holdsBytes(of: frame) { return .duplicate }",
       """        if try holdsBytes(of: frame), let known = state.number(of: frame.writer) {
            for bytes in frame.transactions {
                guard let encoded = try? EncodedTransaction(decoding: bytes) else { continue }
                let clock = CellClock(
                    stamp: encoded.transaction.stamp,
                    dot: Dot(writer: known, sequence: frame.high, chain: 1))
                var working = WorkingRows()
                try apply(
                    encoded.transaction, Event(clock: clock, context: state.writers[known].context),
                    &working)
            }
        }
        if try holdsBytes(of: frame) { return .duplicate }""")]),
    ("digest-over-local-numbers", "I01", "a row's hash covers the replica's own writer numbers",
     [("Sources/CRDT/Merge/Row+Digest.swift", "        writer.write(varint: clock.dot.sequence)\n",
       "        writer.write(varint: UInt64(clock.dot.writer))\n")]),
    ("effect-before-cause", "I06", "a transaction is applied before what it has seen",
     [(MERGE, "            case .failure(let missing): return .blocked(applied: applied, on: missing.entry)",
       "            case .failure: seen = []")]),
    ("transaction-in-parts", "I10", "the last operation of a merged transaction is left out",
     [("Sources/ReplicaStorage/ReplicaStore+Commit.swift",
       "for operation in transaction.allOperations {",
       "for operation in event.clock.dot.writer == state.local\n"
       "            ? transaction.allOperations : transaction.allOperations.dropLast() {")]),
    ("verdict-by-local-clock", "I16", "a stamp ahead of the own clock sends a transaction aside",
     [(MERGE, "        switch try verdict(transaction, number, name, state.writers[number].rosterHead) {",
       "        let isAhead = transaction.stamp.milliseconds > wallMilliseconds + 600_000\n"
       "        switch isAhead ? .refused(reason: \"future\")\n"
       "            : try verdict(transaction, number, name, state.writers[number].rosterHead)\n        {")]),
    ("lost-wake-up", "I24", "followers are not told of a commit",
     [("Sources/EdgeNode/Replica/ChangeFeed.swift", "for follower in followers { follower.yield() }",
       "for follower in followers.dropFirst(followers.count) { follower.yield() }")]),
    ("fork-taken-for-known", "I11", "another history of a writer counts as what is here",
     [(MERGE, "        let isFork = place.agreed < state.writers[place.number].reach\n",
       "        let isFork = place.agreed < state.writers[place.number].reach\n"
       "        if isFork { return place.number }\n")]),
    ("same-incarnation-after-restore", "I12", "an old database goes on under its old name",
     [("Sources/ReplicaStorage/ReplicaStore+Boot.swift",
       "record.writer <= own, head(of: record.writer) >= record.sequence else {",
       "record.writer <= own || head(of: record.writer) < record.sequence else {")]),
    ("anchor-not-raised", "I12", "frames go out that the anchor knows nothing of",
     [(FRAMES, "        try raiseAnchor(over: frames)\n", "")]),
    ("lane-acknowledged-before-disk", "I14", "items of the control lane are settled but not stored",
     [(CONTROL, "            for (id, bytes) in fresh { try store.keepInside(control: id, bytes) }",
       "            for (id, bytes) in fresh.dropFirst(fresh.count) {\n"
       "                try store.keepInside(control: id, bytes)\n            }")]),
    ("lane-not-forwarded", "I14", "only the newest item of the control lane is ever sent",
     [(CONTROL, "                let isWanted = lacking.contains(item.id)",
       "                let isWanted = lacking.contains(item.id) && item.number == store.newestControl")]),
    ("settled-without-commit", "I03", "a delivered frame is settled with its place but not merged",
     [(FRAMES, "                let outcome = try merge(opened)\n",
       "                let isSkipped = opened.frame.high % 7 == 3\n"
       "                let outcome = isSkipped ? .duplicate : try merge(opened)\n")]),
    ("branch-below-cut-taken", "I13", "below a cut every branch counts as the pinned one",
     [(JUDGING, "        case .offBranch: return .beyond", "        case .offBranch: return .within")]),
    ("cut-ignored", "I13", "no sequence lies beyond a cut",
     [(JUDGING, "guard let cut = cuts[name.writer.incarnation], name.sequence <= cut.sequence else {",
       "guard let cut = cuts[name.writer.incarnation] else {"),
      (JUDGING, "        if name.sequence == cut.sequence {",
       "        if name.sequence > cut.sequence { return .within }\n"
       "        if name.sequence == cut.sequence {")]),
    ("verdict-by-arrival", "I16", "below a cut the branch that came first counts as the pinned one",
     [(JUDGING, "        case .unknown: return .open(pin)", "        case .unknown: return .within")]),
    ("pin-not-awaited", "I16", "what waits for a pinned transaction is not judged when it comes",
     [(MERGE, "        if state.hasReachedPin { _ = try releaseInside() }\n", "")]),
    ("mailbox-read-without-merging", "I03", "a page's cursor is kept, its last frame is not",
     [(MAILBOX, "try await deliver(batch.frames)",
       "try await deliver(batch.frames.dropLast(batch.frames.count > 3 ? 1 : 0))")]),
    ("mailbox-held-after-reset", "I03", "a relay that was set back counts as holding what it had",
     [(EXCHANGE, "        if reason == .trimmed {", "        if reason != .generation {")]),
    ("mailbox-filled-by-authors-only", "I03", "nobody uploads what another box wrote",
     [(UPLOADS, "isOwnOnly: filling != .yes, bytesMax", "isOwnOnly: true, bytesMax")]),
    ("check-in-without-owing", "I21", "the first label of a check-in is a row that nobody prints",
     [(CHECK_IN, "effects: made.printJobs.map {", "effects: made.printJobs.dropFirst().map {")]),
    ("check-in-in-parts", "I10", "the last row of a check-in is not in its transaction",
     [(CHECK_IN, "            changes: changes,", "            changes: Array(changes.dropLast()),")]),
    ("check-in-forgets-its-answer", "I21", "a key is not looked up before the deed is done",
     [(CHECK_IN, "        if let known = try reader.answer(to: key) {",
       "        if key.isEmpty, let known = try reader.answer(to: key) {")]),
    ("answers-go-by-the-clock", "I18", "a clock that jumps makes a box forget what it answered",
     [("Sources/EdgeNode/Replica/Replica.swift", "keeping: Deed.answersLeast)", "keeping: 0)")]),
    ("half-import-shown", "I10", "records of an import show before its batch row is there",
     [("Sources/EdgeNode/Node/Node+Reading.swift",
       "let answer = try reader.contains(batches, batch)", "let answer = true")]),
]


def mirror(source, target):
    """Makes target equal to source, touching only files that differ: the build then reuses the rest."""
    wanted = set()
    for place, folders, files in os.walk(source):
        folders[:] = [f for f in folders if not f.startswith(".")]
        here = os.path.join(target, os.path.relpath(place, source))
        os.makedirs(here, exist_ok=True)
        for name in files:
            old, new = os.path.join(place, name), os.path.join(here, name)
            wanted.add(os.path.normpath(new))
            if not os.path.exists(new) or open(old, "rb").read() != open(new, "rb").read():
                shutil.copyfile(old, new)
    for place, _, files in os.walk(target):
        for name in files:
            if os.path.normpath(os.path.join(place, name)) not in wanted:
                os.remove(os.path.join(place, name))


def plant(mutant):
    """A fresh copy of the sources with one bug in it."""
    name, _, _, edits = mutant
    for folder in ("Sources", "Tests"):
        mirror(os.path.join(ROOT, folder), os.path.join(WORK, folder))
    shutil.copy(os.path.join(ROOT, "Package.swift"), WORK)
    return replace(edits, WORK, True)


def replace(edits, root, is_writing):
    """Makes the replacements, or with `is_writing` false only says what would not fit."""
    texts = {}
    for path, old, new in edits:
        full = os.path.join(root, path)
        text = texts[full] if full in texts else open(full, encoding="utf-8").read()
        if text.count(old) != 1:
            return "its text stands %d times in %s: mend the mutant" % (text.count(old), path)
        texts[full] = text.replace(old, new)
    if is_writing:
        for full, text in texts.items():
            open(full, "w", encoding="utf-8").write(text)
    return None


def check():
    """Whether every mutant still fits the sources; nothing is built."""
    troubles = [(name, replace(edits, ROOT, False)) for name, _, _, edits in MUTANTS]
    troubles = [(name, trouble) for name, trouble in troubles if trouble]
    for name, trouble in troubles:
        print("%s: %s" % (name, trouble))
    print("%d mutants, %d do not fit" % (len(MUTANTS), len(troubles)))
    return 1 if troubles else 0


def build():
    env = dict(os.environ, WARREN_FLOOR="node")
    made = subprocess.run(["swift", "build", "-c", "release", "--product", "simulate"], cwd=WORK,
                          env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        return [line for line in made.stdout.splitlines() if "error" in line][:3]
    return None


def hunt():
    """The first seed that fails, with what it says; None for a survivor."""
    program = os.path.join(WORK, ".build", "release", "simulate")
    for first in range(1, SEEDS + 1, 10):
        try:
            run = subprocess.run([program, "--seeds", "10", "--first", str(first)], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        except subprocess.TimeoutExpired:
            return first, "the fleet hangs"
        if run.returncode:
            said = re.search(r"^seed (\d+): (.*)$", run.stdout, re.M)
            return (int(said.group(1)), said.group(2)) if said else (first, "it traps")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--check", action="store_true")
    wishes = parser.parse_args()
    if wishes.check:
        sys.exit(check())
    names = wishes.names
    os.makedirs(WORK, exist_ok=True)
    failed = passed = 0
    for mutant in MUTANTS:
        name, invariant, deed, _ = mutant
        if names and name not in names:
            continue
        trouble = plant(mutant) or build()
        found = None if trouble else hunt()
        if name == "none" and not trouble:
            print("%s unharmed: %s" % ("FAILED  " if found else "survived", found or "%d seeds" % SEEDS))
            if found:
                sys.exit(1)
            passed += 1
        elif found:
            passed += 1
            print("killed   %-30s %s seed %d: %s" % (name, invariant, found[0], found[1][:90]))
        else:
            failed += 1
            print("SURVIVED %-30s %s %s %s" % (name, invariant, deed, trouble or ""))
        sys.stdout.flush()
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
