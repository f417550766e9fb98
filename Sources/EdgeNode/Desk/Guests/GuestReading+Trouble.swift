internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

// A guest stays in house whatever another site deleted while it was cut off: deleting merges, and
// no merge is refused. So the list shows the guest, and people are told.
extension NamedReader {
    /// A record that a stay needs and that is not to be had.
    enum LostRecord: Sendable {
        case deleted(String)
        case absent(String)
    }

    /// What a stay in house lacks of its animal, its booking and its customer, in this order.
    func lostRecords(of stay: NamedRow) throws(StorageError) -> [LostRecord] {
        var lost: [LostRecord] = []
        func look(_ collection: String, _ id: RowID?, _ word: String) throws(StorageError) {
            guard let id, let known = schema.collection(named: collection),
                try !reader.contains(known, id)
            else { return }
            guard let gone = try reader.deleted(known, id) else {
                return lost.append(.absent(word))
            }
            // What this box had deleted itself when the guest came is no news. Told by the numbers
            // it gives its deeds, for clocks say nothing of who had seen what.
            if let deed = gone.deleted?.dot, let came = try dotOfCheckIn(stay.id),
                deed.writer == came.writer, deed.sequence < came.sequence
            {
                return
            }
            lost.append(.deleted(word))
        }
        try look("animal", stay.reference("animal"), "the animal")
        try look("booking", stay.reference("booking"), "the booking")
        try look("party", try party(of: stay), "the owner")
        return lost
    }

    /// Whose guest it is: the booking says it, and where that is gone the arrival.
    func party(of stay: NamedRow) throws(StorageError) -> RowID? {
        if let booking = try row("booking", stay.reference("booking")) {
            return booking.reference("party")
        }
        return try checkInEvent(of: stay.id)?.reference("party")
    }

    /// The event that tells of the guest's check-in.
    func checkInEvent(of stay: RowID) throws(StorageError) -> NamedRow? {
        try rows("stay_event", where: "stay", is: .reference(stay))
            .first { $0.text("kind") == "in" }
    }

    private func dotOfCheckIn(_ stay: RowID) throws(StorageError) -> Dot? {
        guard let events = schema.collection(named: "stay_event"),
            let event = try checkInEvent(of: stay)
        else { return nil }
        return try reader.row(events, event.id)?.created?.dot
    }
}

extension GuestReading {
    /// What staff must know of a guest whose records are not all here; nil where they are.
    func trouble(of stay: NamedRow) throws(StorageError) -> String? {
        var (deleted, absent): ([String], [String]) = ([], [])
        for record in try named.lostRecords(of: stay) {
            switch record {
            case .deleted(let word): deleted.append(word)
            case .absent(let word): absent.append(word)
            }
        }
        var sentences: [String] = []
        if !deleted.isEmpty {
            sentences.append(
                Self.subject(deleted, "was", "were")
                    + " deleted at another site. The guest is still here: go by the tag, and ask "
                    + "that site.")
        }
        if !absent.isEmpty {
            sentences.append(
                Self.subject(absent, "is", "are") + " not here and may not have synced yet.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func subject(_ words: [String], _ one: String, _ many: String) -> String {
        let (noun, verb) = words.count == 1 ? ("record", one) : ("records", many)
        return "The \(noun) of \(words.joined(separator: " and ")) \(verb)"
    }
}

extension Node {
    /// Runs that the alarm names.
    private static let runsShownMax = 8

    /// Which runs hold guests whose records another site deleted, and what to do; nil where none.
    func guestsWithoutRecords() throws(NodeFault) -> String? {
        let (schema, site) = (replica.schema, site)
        return try read { reader throws(StorageError) -> String? in
            let named = NamedReader(reader: reader, schema: schema)
            var countsByRun: [String: Int] = [:]
            for stay in try named.staysInHouse(at: site) {
                let isLost = try named.lostRecords(of: stay).contains {
                    if case .deleted = $0 { true } else { false }
                }
                guard isLost else { continue }
                let run = try named.row(
                    "resource", try named.checkInEvent(of: stay.id)?.reference("resource"))
                countsByRun[run?.text("code") ?? "", default: 0] += 1
            }
            return Self.alarm(guestsByRun: countsByRun)
        }
    }

    /// - Parameter guestsByRun: by a run's code; empty for guests without a run.
    static func alarm(guestsByRun: [String: Int]) -> String? {
        let count = guestsByRun.values.reduce(0, +)
        guard count > 0 else { return nil }
        let runs = guestsByRun.sorted { $0.key < $1.key }
        var places = runs.prefix(runsShownMax).map { code, count in
            "\(count) \(code.isEmpty ? "without a run" : "in run \(code)")"
        }
        if runs.count > runsShownMax { places.append("and more") }
        return """
            Another site deleted records of \(count == 1 ? "1 guest" : "\(count) guests") in \
            house here (\(places.joined(separator: ", "))). Look at the list of who is in \
            house, leave the tags on, ask that site why, and enter anew what is needed.
            """
    }
}
