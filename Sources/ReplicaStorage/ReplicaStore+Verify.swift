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
    /// Reads every row, recomputes every hash and compares with what was maintained.
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
        return VerifyReport(
            digest: total, mismatches: mismatches, integrity: try integrityCheck(),
            log: try checkLog())
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

    /// Frames and unsealed transactions of a writer together hold every sequence to its head.
    private func checkLog() throws(StorageError) -> [String] {
        var findings: [String] = []
        for (number, writer) in state.writers.enumerated() {
            var covered: UInt64 = 0
            let frames = try connection.statement(
                "SELECT low, high, chains FROM warren_frame WHERE writer = ? ORDER BY low")
            frames.bind(Bindable(number), at: 1)
            while try frames.step() {
                let low = frames.unsigned(0)
                if low > covered + 1 {
                    findings.append("\(writer.id) has no frame for \(covered + 1)..<\(low)")
                }
                covered = max(covered, frames.unsigned(1))
                if frames.bytes(2).count != Int(frames.unsigned(1) - low + 1) * 8 {
                    findings.append("\(writer.id) has a frame at \(low) without its chain")
                }
            }
            frames.reset()
            let own = try connection.statement(
                "SELECT sequence FROM warren_transaction WHERE writer = ? ORDER BY sequence")
            own.bind(Bindable(number), at: 1)
            while try own.step() {
                if own.unsigned(0) != covered + 1 {
                    findings.append("\(writer.id) lacks \(covered + 1) before \(own.unsigned(0))")
                }
                covered = own.unsigned(0)
            }
            own.reset()
            // A frame that waits for another writer lies ahead of the head; none may lie behind it.
            if covered < writer.head {
                findings.append("\(writer.id) stores \(covered) but its head is \(writer.head)")
            }
        }
        return findings
    }
}
