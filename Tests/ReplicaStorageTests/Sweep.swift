import CFaultVFS
import CRDT
import Foundation
import ReplicaStorage
import Testing

/// What a caller was told had happened.
struct Witness {
    /// Rows of acknowledged commits, with the note each must show.
    var notes: [RowID: String] = [:]
    /// The last acknowledged own sequence.
    var head: UInt64 = 0
    /// Own sequences through which frames were acknowledged as stored.
    var sealed: UInt64 = 0
    /// Own sequences that links were allowed to be handed.
    var sent: UInt64 = 0
    /// The frames that a peer took of them, and the notes in these.
    var handed: [[UInt8]] = []
    var handedNotes: [RowID: String] = [:]
    /// Acknowledged sequence of the other box.
    var merged: UInt64 = 0
}

/// One deed after the other on a prepared disk; each writes in the witness what it was promised.
struct Scenario: Sendable, CustomStringConvertible {
    enum Step: Sendable {
        case note, seal
        case merge(Int)
        /// A reader beside the writer looks at all rows.
        case look
    }

    let description: String
    let steps: [Step]

    static let commit = Scenario(description: "commit", steps: [.note, .note, .note, .note])
    static let merge = Scenario(
        description: "merge", steps: [.merge(0), .merge(1), .merge(0), .merge(2)])
    static let seal = Scenario(description: "seal", steps: [.note, .seal, .note, .note, .seal])
    /// Long enough for the log to be copied into the file more than once, a reader looking on.
    static let checkpoint = Scenario(
        description: "checkpoint",
        steps: (0..<14).map { $0 == 7 ? .seal : $0 % 3 == 2 ? .look : .note })
    static let all = [commit, merge, seal, checkpoint]

    static func perform(
        _ step: Step, _ box: Box, _ fixture: SweepFixture, _ witness: inout Witness
    ) throws {
        switch step {
        case .note: try note(box, fixture, &witness)
        case .seal: try seal(box, &witness)
        case .merge(let index): try merge(box, fixture.frames[index], &witness)
        case .look: _ = try box.shown()
        }
    }

    private static func note(_ box: Box, _ fixture: SweepFixture, _ witness: inout Witness) throws {
        let row = box.drawID()
        let text = "note \(row.counter)"
        let made = try box.commit([
            RowOperation(
                collection: ToyPack.guest, row: row, kind: .insert,
                cells: [
                    CellOperation(field: 3, action: .assign(.text(text))),
                    CellOperation(field: 1, action: .assign(.text("person"))),
                ]),
            RowOperation(
                collection: ToyPack.guest, row: fixture.row, kind: .update,
                cells: [CellOperation(field: 4, action: .increment(1))]),
        ])
        witness.notes[row] = text
        witness.head = made.name.sequence
    }

    private static func merge(_ box: Box, _ frame: [UInt8], _ witness: inout Witness) throws {
        guard case .applied(let count) = try box.merge(frame) else { return }
        witness.merged += UInt64(count)
    }

    private static func seal(_ box: Box, _ witness: inout Witness) throws {
        while let run = try box.store.unsealedRun(bytesMax: 1 << 20) {
            try box.store.store(run, sealed: ToySeal.encode(run))
            witness.sealed = run.high
        }
        // The anchor may be raised although nobody was told so.
        try box.store.raiseAnchor(through: witness.sealed)
        witness.sent = witness.sealed
        witness.handed = try box.frames()
        witness.handedNotes = witness.notes
    }
}

/// The disk every run begins with, and what the other box sent.
final class SweepFixture {
    let template: FaultBench
    let frames: [[UInt8]]
    let row: RowID
    let head: UInt64
    let merged: UInt64

    init() throws {
        let box = try Box(1, seed: 3)
        let other = try Box(2, seed: 3)
        row = box.drawID()
        try box.commit([
            RowOperation(collection: ToyPack.guest, row: row, kind: .insert, cells: [])
        ])
        try box.seal()
        try other.pull(from: box)
        var frames: [[UInt8]] = []
        for number in 0..<4 {
            for _ in 0..<2 {
                try other.commit([
                    RowOperation(
                        collection: ToyPack.guest, row: row, kind: .update,
                        cells: [
                            CellOperation(field: 4, action: .increment(1)),
                            CellOperation(field: 3, action: .assign(.text("by 2"))),
                        ])
                ])
            }
            try other.seal()
            if number == 0 { try box.pull(from: other) }
            let last = try other.store.frames(
                of: other.store.localHead.writer, after: UInt64(number * 2), bytesMax: 1)
            if number > 0 { frames.append(last[0].bytes) }
        }
        self.frames = frames
        head = box.store.localHead.sequence
        merged = 2
        box.store.close()
        _ = fvfs_directory_sync(box.bench.disk)
        template = box.bench
    }
}

/// Counts for one printed line.
struct SweepCount {
    var calls: UInt64 = 0
    var runs = 0
    var injected = 0
    var surfaced = 0
    var namedLost = 0
    var fetchedBack = 0
    var detected = 0

    /// For `make full-durability` to add up.
    var counted: String {
        "counted sweep \(runs) \(injected) \(surfaced) \(namedLost) \(fetchedBack) \(detected)"
    }

    var line: String {
        "calls swept \(calls), runs \(runs), faults injected \(injected), "
            + "surfaced \(surfaced), lost and named \(namedLost), "
            + "fetched back \(fetchedBack), damage detected \(detected)"
    }
}

/// Every call of a scenario fails once, by number.
struct Sweep {
    let fixture: SweepFixture
    let scenario: Scenario
    let fault: fvfs_fault
    var count = SweepCount()

    static var isFull: Bool { ProcessInfo.processInfo.environment["WARREN_FULL"] == "1" }

    init(_ scenario: Scenario, _ fault: fvfs_fault) throws {
        fixture = try SweepFixture()
        self.scenario = scenario
        self.fault = fault
    }

    mutating func run(everyNth stride: UInt64, modes: [fvfs_crash_mode]) throws {
        let dry = FaultBench()
        fvfs_clone(fixture.template.disk, dry.disk)
        let start = dry.calls()
        var witness = blank
        let box = try Box(1, seed: 4, bench: dry)
        for step in scenario.steps { try Scenario.perform(step, box, fixture, &witness) }
        count.calls = dry.calls() - start
        try #require(count.calls > 20)
        for call in Swift.stride(from: 1, through: count.calls, by: UInt64.Stride(stride)) {
            for mode in modes { try run(call, mode) }
        }
    }

    private var blank: Witness {
        Witness(
            head: fixture.head, sealed: fixture.head, sent: fixture.head, merged: fixture.merged)
    }

    private mutating func run(_ call: UInt64, _ mode: fvfs_crash_mode) throws {
        count.runs += 1
        let bench = FaultBench(seed: call)
        fvfs_clone(fixture.template.disk, bench.disk)
        // A lie is only seen when no later sync tells the truth; the anchor's file is honest.
        let isLie = fault == FVFS_LOST
        bench.fail(after: call, with: fault, sticky: isLie, suffix: isLie ? "-wal" : nil)
        var witness = blank
        var failed: (any Error)?
        var box: Box?
        do {
            let fresh = try Box(1, seed: 4, bench: bench)
            box = fresh
            for step in scenario.steps { try Scenario.perform(step, fresh, fixture, &witness) }
        } catch { failed = error }
        let stats = bench.stats
        count.injected += Int(stats.errors + stats.lost_syncs + stats.power_cuts) > 0 ? 1 : 0
        count.surfaced += failed == nil ? 0 : 1
        fvfs_clear_faults(bench.disk)
        if let box, fault == FVFS_FULL, failed as? StorageError == StorageError(.diskFull, "") {
            // There is room again and nobody restarted anything.
            #expect(box.store.failure == nil)
            try Scenario.perform(.note, box, fixture, &witness)
            try box.check()
        }
        fvfs_crash(bench.disk, call, mode)
        if fault == FVFS_LOST {
            try examineAfterLie(bench, witness)
        } else {
            try examine(bench, witness, "\(scenario) call \(call) \(fault) \(mode)")
        }
        _ = box
    }

    private func examine(_ bench: FaultBench, _ witness: Witness, _ what: String) throws {
        let box = try Box(1, seed: 5, bench: bench)
        #expect(box.store.boot.continuity == .continued, "\(what)")
        try box.check()
        let head = box.store.localHead.sequence
        #expect(head >= witness.head && head <= witness.head + 1, "\(what)")
        let other = WriterID(device: DeviceID(2), incarnation: 1)
        let merged = box.store.vector.sequence(of: other)
        #expect(merged >= witness.merged && merged <= witness.merged + 2, "\(what)")
        let guests = try box.shown()["guest"] ?? [:]
        for (row, text) in witness.notes { #expect(guests[row]?[2] == .text(text), "\(what)") }
        #expect(guests.count >= witness.notes.count + 1)
        // Everything not sealed yet is still there to be sealed, right after what was.
        let run = try box.store.unsealedRun(bytesMax: .max)
        #expect(run.map { $0.low > witness.sealed && $0.high == head } ?? (head >= witness.sealed))
        // And the box goes on: its history is one that a stranger can follow to the same digest.
        var scratch = witness
        try Scenario.perform(.note, box, fixture, &scratch)
        try box.seal()
        let stranger = try Box(3)
        for _ in 0..<2 { try stranger.pull(from: box) }
        #expect(stranger.store.digest == box.store.digest, "\(what)")
    }

    /// A disk that lied may have lost what was acknowledged: never what a link was handed without
    /// naming it, and never in silence.
    private mutating func examineAfterLie(_ bench: FaultBench, _ witness: Witness) throws {
        let box: Box
        do {
            box = try Box(1, seed: 5, bench: bench)
        } catch {
            count.detected += 1
            return
        }
        let report = try? box.store.verify()
        guard let report, report.isClean else {
            count.detected += 1
            return
        }
        let writer = WriterID(device: DeviceID(1), incarnation: 1)
        let head = box.store.vector.sequence(of: writer)
        switch box.store.boot.continuity {
        case .continued: #expect(head >= witness.sent)
        case .behindAnchor:
            count.namedLost += 1
            #expect(box.store.boot.lost?.writer == writer)
            #expect(box.store.boot.lost?.sequences.lowerBound == head + 1)
            #expect((box.store.boot.lost?.sequences.upperBound ?? 0) >= witness.sent)
            try fetchBack(box, writer, witness)
        case .anchorMissing: #expect(head >= witness.sent)
        case .newReplica, .otherHost, .anchorDamaged: Issue.record("the box forgot itself")
        }
    }

    /// Whoever was handed the lost tail gives it back on contact: with every note in it.
    private mutating func fetchBack(_ box: Box, _ writer: WriterID, _ witness: Witness) throws {
        for frame in witness.handed { try box.merge(frame) }
        #expect(box.store.vector.sequence(of: writer) >= witness.sent)
        let guests = try box.shown()["guest"] ?? [:]
        for (row, text) in witness.handedNotes { #expect(guests[row]?[2] == .text(text)) }
        #expect(try box.store.reader.forks().isEmpty)
        try box.check()
        count.fetchedBack += witness.handed.isEmpty ? 0 : 1
    }
}
