internal import CRDT
public import ReplicaStorage
public import SyncProtocol

// What a relay's link asks of the disk.
extension Replica {
    /// How far a mailbox was read; `nil` if never, or if what was kept is of another version: then
    /// it is read from its floor.
    ///
    /// - Parameter mailbox: a name of relay and mailbox.
    public func progress(of mailbox: String) throws(StorageError) -> MailboxProgress? {
        guard let bytes = try store.mailbox(mailbox) else { return nil }
        return try? MailboxProgress(decoding: bytes)
    }

    /// Stores and merges a page, and then how far it goes: returns after both are durable. A box
    /// that dies between them reads the page again, which changes nothing.
    public func keep(
        _ batch: MailboxBatch, of mailbox: String
    ) async throws(StorageError) -> MailboxKept {
        let lane = store.newestControl
        let controls = batch.controls.isEmpty ? [] : try deliver(control: batch.controls)
        let deliveries = batch.frames.isEmpty ? [] : try await deliver(batch.frames)
        var progress = batch.before
        progress.cursor = batch.cursor
        var hasNews = store.newestControl > lane
        for id in controls {
            if let id { progress.controls.insert(id.prefix) }
        }
        for delivery in deliveries {
            if case .merged(.applied, _) = delivery { hasNews = true }
            if try note(delivery, in: &progress) { continue }
            progress.again = progress.again ?? batch.before.cursor
        }
        let bytes = progress.encoded
        try store.durably { () throws(StorageError) in
            try store.keepInside(mailbox: mailbox, bytes)
        }
        return MailboxKept(progress: progress, hasNews: hasNews)
    }

    /// - Returns: false when the item is to be read again.
    private func note(
        _ delivery: Delivery, in progress: inout MailboxProgress
    ) throws(StorageError) -> Bool {
        switch delivery {
        case .merged(_, let span?):
            return try progress.note(span) { (heads, entry) throws(StorageError) in
                try store.covers(entry, by: heads)
            }
        case .merged(.gap, nil), .merged(.fork, nil): return false
        case .merged: return true
        case .refused(let refusal): return refusal.isFinal
        }
    }

    /// What a mailbox lacks: control items as long as there are any, else frames.
    public func find(_ question: MailboxQuestion) throws(StorageError) -> MailboxFindings {
        var findings = MailboxFindings(
            number: question.number, controlsThrough: question.controlsAfter)
        try findControls(question, &findings)
        guard findings.controls.isEmpty else { return findings }
        let held = Dictionary(grouping: question.held, by: \.writer)
        var own: [FrameRequest.Gap] = []
        var others: [FrameRequest.Gap] = []
        let heads = Dictionary(grouping: store.vector.entries, by: \.writer)
        for (writer, entries) in heads.sorted(by: { $0.key < $1.key }) {
            let there = held[writer] ?? []
            guard try !areCovered(entries, by: there) else { continue }
            let gap = FrameRequest.Gap(
                writer: writer, held: entries, peerHolds: there, isForked: true)
            if writer.device == store.configuration.device {
                own.append(gap)
            } else {
                others.append(gap)
            }
        }
        let gaps = question.isOwnOnly ? own : own + others
        findings.lacksOthers = question.isOwnOnly && !others.isEmpty
        guard !gaps.isEmpty else { return findings }
        // Own ones first, each whole: nobody else may have them.
        findings.frames = try answer(
            FrameRequest(
                number: question.number, gaps: Array(gaps.prefix(SyncLimits.fetchGapsMax)),
                bytesMax: question.bytesMax, bytesPerWriter: question.bytesMax)
        ).frames
        return findings
    }

    /// How many transactions known here a mailbox is not known to hold.
    public func transactionsMissing(in mailbox: String) throws(StorageError) -> UInt64 {
        let held = try progress(of: mailbox)?.held ?? []
        var missing: UInt64 = 0
        for entry in store.vector.entries where try !isCovered(entry, by: held) {
            var reached: UInt64 = 0
            for head in held
            where head.writer == entry.writer && head.sequence < entry.sequence
                && head.sequence > reached
            {
                if try store.covers(head, by: [entry]) { reached = head.sequence }
            }
            missing += entry.sequence - reached
        }
        return missing
    }

    private func areCovered(
        _ entries: [ContextEntry], by heads: [ContextEntry]
    ) throws(StorageError) -> Bool {
        for entry in entries where try !isCovered(entry, by: heads) { return false }
        return true
    }

    private func isCovered(
        _ entry: ContextEntry, by heads: [ContextEntry]
    ) throws(StorageError) -> Bool {
        if heads.contains(entry) { return true }
        return try store.covers(entry, by: heads)
    }

    private func findControls(
        _ question: MailboxQuestion, _ findings: inout MailboxFindings
    ) throws(StorageError) {
        var bytes = 0
        while bytes < question.bytesMax {
            let page = try store.control(
                after: findings.controlsThrough, limit: SyncLimits.controlItemsMax)
            for item in page {
                findings.controlsThrough = item.number
                guard !question.controls.contains(item.id.prefix) else { continue }
                findings.controls.append(OutgoingControl(id: item.id, bytes: item.bytes))
                bytes += item.bytes.count
            }
            if page.count < SyncLimits.controlItemsMax { return }
        }
    }
}
