public import CRDT

/// What an audit of the whole file found. Empty lists mean: nothing wrong.
public struct VerifyReport: Sendable, Hashable {
    public let digest: ContentDigest
    /// Collections whose rows do not add up to the maintained digest, or with a column that shows
    /// something else than its row holds.
    public let mismatches: [UInt32]
    /// What SQLite's own integrity check says, "ok" left out.
    public let integrity: [String]
    /// Breaks in the numbering or chaining of the log, as sentences.
    public let log: [String]

    public var isClean: Bool { mismatches.isEmpty && integrity.isEmpty && log.isEmpty }
}

extension ReplicaStore {
    /// Reads every row, recomputes every hash and compares with what was maintained. What it finds
    /// is damage, which `DiskWatch` tells from then on.
    public func verify() throws(StorageError) -> VerifyReport {
        if let failure { throw failure }
        let (recomputed, misshown) = try rows.recomputeDigests()
        var mismatches: [UInt32] = []
        for collection in Set(recomputed.keys).union(state.digests.keys).sorted()
        where recomputed[collection] ?? ContentDigest() != digest(of: collection)
            || misshown.contains(collection)
        {
            mismatches.append(collection)
        }
        var total = ContentDigest()
        for digest in recomputed.values { total.merge(digest) }
        let report = VerifyReport(
            digest: total, mismatches: mismatches, integrity: try integrityCheck(),
            log: try checkLog())
        if !report.isClean { configuration.watch.note(.corrupt) }
        return report
    }

    private func integrityCheck() throws(StorageError) -> [String] {
        let statement = try connection.statement("PRAGMA integrity_check(20)")
        var findings: [String] = []
        while try statement.step() {
            let finding = statement.text(0)
            if finding != "ok" { findings.append(finding) }
        }
        statement.reset()
        return findings
    }

    /// Frames and unsealed transactions of a history together hold every sequence to its head, and
    /// their chain hashes are those of one chain.
    private func checkLog() throws(StorageError) -> [String] {
        var findings: [String] = []
        for (number, writer) in state.writers.enumerated() {
            var covered = writer.fork
            if let parent = writer.parent, writer.head > writer.fork,
                state.writers[parent.number].head < parent.fork
            {
                findings.append("\(writer.id) has a branch at \(parent.fork) past its trunk")
            }
            var consumed: UInt64 = 0
            try checkFrames(number, &covered, &consumed, &findings)
            try checkUnsealed(number, before: nil, &covered, &consumed, &findings)
            // A frame that waits for another writer lies ahead of the head; none may lie behind it.
            if covered < writer.head {
                findings.append("\(writer.id) stores \(covered) but its head is \(writer.head)")
            }
        }
        return findings
    }

    /// - Parameter consumed: the last own transaction in the clear that was chained in.
    private func checkFrames(
        _ number: WriterNumber, _ covered: inout UInt64, _ consumed: inout UInt64,
        _ findings: inout [String]
    ) throws(StorageError) {
        let writer = state.writers[number]
        let frames = try connection.statement(
            "SELECT low, high, chains FROM warren_frame WHERE writer = ? ORDER BY low, high")
        frames.bind(Bindable(number), at: 1)
        var chain: [UInt8] = []
        while try frames.step() {
            let (low, high, chains) = (frames.unsigned(0), frames.unsigned(1), frames.bytes(2))
            if low > covered + 1 {
                // An image may have held them in the clear, and peers gave what came after.
                try checkUnsealed(number, before: low, &covered, &consumed, &findings)
                chain = try chainHash(of: number, at: covered)?.bytes ?? []
            }
            if low > covered + 1 {
                findings.append("\(writer.id) has no frame for \(covered + 1)..<\(low)")
            }
            guard high >= low, chains.count == Int(high - low + 1) * 32 else {
                findings.append("\(writer.id) has a frame at \(low) without its chain")
                continue
            }
            func hash(at sequence: UInt64) -> [UInt8] {
                let start = Int(sequence - low) * 32
                return Array(chains[start..<(start + 32)])
            }
            if covered > writer.fork, low <= covered, covered <= high, hash(at: covered) != chain {
                findings.append("\(writer.id) has frames that contradict each other at \(covered)")
            }
            if low <= writer.head, writer.head <= high, hash(at: writer.head) != writer.chain.bytes
            {
                findings.append("\(writer.id) has another chain than its frames at \(writer.head)")
            }
            if high > covered { (covered, chain) = (high, hash(at: high)) }
        }
        frames.reset()
    }

    /// Own transactions that no frame holds are still in the clear: they are chained anew.
    ///
    /// - Parameter before: looks at earlier ones only; `nil` for all that are left.
    private func checkUnsealed(
        _ number: WriterNumber, before end: UInt64?, _ covered: inout UInt64,
        _ consumed: inout UInt64, _ findings: inout [String]
    ) throws(StorageError) {
        let writer = state.writers[number]
        var chain = try chainHash(of: number, at: covered)
        let own = try connection.statement(
            """
            SELECT sequence, chain, bytes FROM warren_transaction
            WHERE writer = ? AND sequence > ? AND sequence < ? ORDER BY sequence
            """
        )
        own.bind(Bindable(number), at: 1)
        own.bind(Bindable(consumed), at: 2)
        own.bind(Bindable(end ?? UInt64(Int64.max)), at: 3)
        while try own.step() {
            let sequence = own.unsigned(0)
            if sequence != covered + 1 {
                findings.append("\(writer.id) lacks \(covered + 1) before \(sequence)")
            }
            let stored = try own.hash(1)
            // Bytes that do not parse chain to nothing.
            let encoded = try? EncodedTransaction(decoding: own.bytes(2))
            let made = encoded.flatMap { transaction in
                chain.map { transaction.chainHash(after: $0, configuration.hasher) }
            }
            if made != stored {
                findings.append("\(writer.id) has a transaction \(sequence) that does not chain")
            }
            (covered, chain) = (sequence, stored)
            consumed = sequence
        }
        own.reset()
        if end == nil, covered == writer.head, let chain, covered > writer.fork,
            chain != writer.chain
        {
            findings.append("\(writer.id) has another chain than its transactions")
        }
    }
}
