import CRDT
import EdgeNode
import FrontDesk
import ReplicaStorage
import Synchronization

extension World {
    /// Imports that something cut off go on where they are, then every file is imported once more,
    /// which must add nothing.
    func closeDesks() throws {
        guard let desk else { return }
        let done = desk.imported.withLock { $0 }
        report.imports = done.count
        report.importsCut = desk.cuts.withLock { $0 }
        report.checkIns = desk.answers.withLock { $0.count }
        report.checkInsRepeated = desk.repeats.withLock { $0 }
        for place in desk.begun.sorted() {
            let ended = try importToEnd(place)
            if done.contains(place), !ended.isRepeat {
                throw Broken(
                    invariant: "I02", detail: "\(ended.file) was acknowledged and is not whole")
            }
            let again = try importToEnd(place)
            if !again.isRepeat || again.transactions > 0 {
                throw Broken(invariant: "I09", detail: "\(again.file) added something again")
            }
            _ = desk.imported.withLock { $0.insert(place) }
        }
        try heal()
    }

    private func importToEnd(_ place: Int) throws -> ImportReport {
        guard let desk, let replica = boxes[desk.files[place].box].replica,
            let clerk = clerk(for: place, replica)
        else { throw Broken(invariant: "I24", detail: "there is no desk") }
        let reports = try ask(desk.files[place].box) { _ in
            await Result { () async throws in try await clerk.work() }
        }.get()
        return reports[0]
    }

    /// I02, I10, I21 at one box, after each of its crashes and at the end of the day: every
    /// acknowledged check-in is there once, none is half, jobs are owed by the box they name and by
    /// no other, and of a file all dogs show or none.
    func checkDesk(at box: Int, isAtEnd: Bool) throws {
        guard let desk, let replica = boxes[box].replica else { return }
        let shown = try replica.readers.read { reader throws(StorageError) in
            try DeskSight(reader, desk.schema)
        }
        let (stays, jobs) = (Set(shown.stays.map(\.id)), Set(shown.jobs.map(\.id)))
        for (key, answered) in desk.answers.withLock({ $0 })
        where isAtEnd || answered.box == box {
            guard stays.isSuperset(of: answered.answer.stays),
                jobs.isSuperset(of: answered.answer.jobs), answered.answer.stays.count == 2,
                answered.answer.jobs.count == 4
            else {
                throw Broken(invariant: "I02", detail: "box \(box) lacks the check-in \(key)")
            }
        }
        try checkWhole(shown, desk, at: box)
        let imported = desk.imported.withLock { $0 }
        for (place, file) in desk.files.enumerated() {
            let dogs = shown.dogs.filter { $0.hasPrefix(file.prefix) }
            let isOwed = imported.contains(place) && (isAtEnd || file.box == box)
            guard Set(dogs).count == dogs.count,
                dogs.count == SimulatedDesk.dogsEach || (dogs.isEmpty && !isOwed)
            else {
                throw Broken(
                    invariant: isOwed ? "I02" : "I10",
                    detail: "box \(box) shows \(dogs.count) dogs of \(file.prefix)")
            }
        }
    }

    private func checkWhole(_ shown: DeskSight, _ desk: SimulatedDesk, at box: Int) throws {
        func broken(_ invariant: String, _ detail: String) -> Broken {
            Broken(invariant: invariant, detail: "box \(box): \(detail)")
        }
        let staysByAnimal = Dictionary(grouping: shown.stays) { $0.reference("animal") }
        let jobsByAnimal = Dictionary(grouping: shown.jobs) { $0.reference("animal") }
        let eventsByStay = Dictionary(grouping: shown.events) { $0.reference("stay") }
        guard staysByAnimal.values.allSatisfy({ $0.count == 1 }) else {
            throw broken("I21", "an animal is in house twice")
        }
        guard Set(staysByAnimal.keys) == Set(jobsByAnimal.keys),
            jobsByAnimal.values.allSatisfy({
                Set($0.map { $0.text("template") }) == ["collar-tag", "kennel-card"]
                    && $0.count == 2
            })
        else { throw broken("I10", "a stay has not one tag and one card") }
        guard shown.stays.allSatisfy({ eventsByStay[$0.id]?.count == 1 }) else {
            throw broken("I10", "a stay has not one event")
        }
        for guest in desk.guests {
            let count = guest.animals.count { staysByAnimal[$0] != nil }
            let status = shown.bookings[guest.booking]
            let isIn = status == "checked_in"
            // Another site may not have heard of the booking yet.
            guard count == (isIn ? 2 : 0) else {
                throw broken("I10", "\(count) animals of a booking that is \(status ?? "unknown")")
            }
        }
        let own = Set(
            shown.jobs.filter { $0.reference("site") == tenant.sites[box] }.map(\.id))
        guard own == shown.owed else {
            throw broken("I21", "\(own.count) jobs name this box, \(shown.owed.count) are owed")
        }
    }
}

/// What one box shows of its desk's work.
private struct DeskSight {
    struct Row {
        let id: RowID
        private let collection: RowCollection
        private let values: [Value]

        init(_ record: Record, _ collection: RowCollection) {
            id = record.id
            values = record.values
            self.collection = collection
        }

        func value(_ name: String) -> Value {
            collection.fields.firstIndex { $0.name == name }.map { values[$0] } ?? .null
        }

        func reference(_ name: String) -> RowID? {
            if case .reference(let row) = value(name) { row } else { nil }
        }

        func text(_ name: String) -> String? {
            if case .text(let text) = value(name) { text } else { nil }
        }
    }

    let stays: [Row]
    let events: [Row]
    let jobs: [Row]
    /// The status of each booking.
    let bookings: [RowID: String]
    /// Jobs that this box has or had to print.
    let owed: Set<RowID>
    /// Names of the animals that lists show.
    let dogs: [String]

    init(_ reader: Reader, _ schema: Schema) throws(StorageError) {
        func rows(_ name: String) throws(StorageError) -> [Row] {
            guard let collection = schema.collection(named: name) else { return [] }
            return try reader.records(collection, limit: 10_000).map { Row($0, collection) }
        }
        stays = try rows("stay")
        events = try rows("stay_event")
        jobs = try rows("print_job")
        bookings = Dictionary(
            try rows("booking").map { ($0.id, $0.text("status") ?? "") },
            uniquingKeysWith: { first, _ in first })
        owed = Set(try reader.effects(of: "print", in: ["queued"]).map(\.row))
        var batches = BatchVisibility(reader, schema)
        var dogs: [String] = []
        if let animals = schema.collection(named: "animal") {
            for record in try reader.records(animals, limit: 10_000)
            where try batches.isVisible(record.values, of: animals) {
                if let name = Row(record, animals).text("name") { dogs.append(name) }
            }
        }
        self.dogs = dogs
    }
}
