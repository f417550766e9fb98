internal import CRDT
internal import ReplicaStorage

/// What search keeps in memory, made from the rows and kept up with them: the texts, and which
/// bookings are due with whom. A value; see `SearchDesk`.
struct SearchShelf {
    private(set) var index = SearchIndex()
    private(set) var due: [RowID: DueBooking] = [:]
    private let collections: Collections
    static let dueStates: Set<String> = ["requested", "confirmed", "checked_in"]

    /// A booking whose guests come, or are here.
    struct DueBooking {
        var party: RowID?
        var from: String
        var to: String
        var items: [RowID] = []
        var animals: [RowID] = []

        /// Whether its days hold this one; half-open days never end a stay before its last.
        func holds(_ day: String) -> Bool { from <= day && day <= to }
    }

    /// As the packs name them; a pack without one has nothing to find there.
    struct Collections {
        let animal, identifier, party, contact, booking, item: RowCollection?

        init(_ schema: Schema) {
            animal = schema.collection(named: "animal")
            identifier = schema.collection(named: "animal_identifier")
            party = schema.collection(named: "party")
            contact = schema.collection(named: "party_contact")
            booking = schema.collection(named: "booking")
            item = schema.collection(named: "booking_item")
        }

        var all: [RowCollection] {
            [animal, identifier, party, contact, booking, item].compactMap(\.self)
        }
    }

    init(_ schema: Schema) { collections = Collections(schema) }

    /// Reads everything anew.
    mutating func fill(_ reader: Reader) throws(StorageError) {
        self = SearchShelf(collections)
        if let animals = collections.animal { index.reserve(2 * (try reader.count(animals))) }
        for collection in collections.all {
            try reader.scan(collection, fields: Self.fields(of: collection.name)) {
                id, values throws(StorageError) in
                shelve(collection.name, id, values)
            }
        }
    }

    private init(_ collections: Collections) { self.collections = collections }

    /// Reads again what changed.
    mutating func follow(_ changes: ChangedRows, _ reader: Reader) throws(StorageError) {
        let mine = changes.rows.compactMap { change in
            collections.all.first { $0.id == change.collection }.map { ($0, change.row) }
        }
        index.forget(Set(mine.map(\.1)))
        var bookings: Set<RowID> = []
        for (collection, row) in mine {
            switch collection.name {
            case "booking": bookings.insert(row)
            case "booking_item":
                // One that went away takes its animals along.
                if let known = due.first(where: { $0.value.items.contains(row) }) {
                    bookings.insert(known.key)
                }
                if let record = try reader.record(collection, row),
                    let booking = NamedRow(record, collection).reference("booking")
                {
                    bookings.insert(booking)
                }
            default:
                guard let record = try reader.record(collection, row) else { continue }
                let named = NamedRow(record, collection)
                shelve(
                    collection.name, row,
                    Self.fields(of: collection.name).map { named.value($0) })
            }
        }
        for booking in bookings { try reread(booking, reader) }
    }

    private mutating func reread(_ booking: RowID, _ reader: Reader) throws(StorageError) {
        index.forget([booking])
        due[booking] = nil
        guard let collection = collections.booking, let items = collections.item,
            let record = try reader.record(collection, booking)
        else { return }
        let named = NamedRow(record, collection)
        shelve(
            collection.name, booking, Self.fields(of: collection.name).map { named.value($0) })
        let filter = [Filter.equals(field: "booking", .reference(booking))]
        for item in try reader.records(items, matching: filter, limit: 1_000) {
            due[booking]?.items.append(item.id)
            due[booking]?.animals += NamedRow(item, items).references("animals")
        }
    }

    private static func fields(of collection: String) -> [String] {
        switch collection {
        case "animal": ["name"]
        case "animal_identifier": ["animal", "value", "retired_at"]
        case "party": ["display", "given", "family", "name_script"]
        case "party_contact": ["party", "kind", "value"]
        case "booking": ["number", "party", "status", "from_date", "to_date"]
        case "booking_item": ["booking", "animals"]
        default: []
        }
    }

    private static let phoneKinds: Set<String> = ["mobile", "home", "whatsapp"]

    /// - Parameter values: in the order of `fields(of:)`.
    private mutating func shelve(_ collection: String, _ row: RowID, _ values: [Value]) {
        switch collection {
        case "animal":
            index.add(SearchText.fold(values[0].text ?? ""), .animalName, of: row, from: row)
        case "animal_identifier":
            guard let animal = values[0].reference, values[2].isNull else { return }
            index.add(
                SearchText.fold(values[1].text ?? ""), .identifier, of: animal, from: row)
        case "party": shelveParty(row, values.map { $0.text ?? "" })
        case "party_contact":
            guard let party = values[0].reference, let kind = values[1].text,
                Self.phoneKinds.contains(kind)
            else { return }
            index.add(
                SearchText.phoneDigits(values[2].text ?? ""), .phone, of: party, from: row)
        case "booking":
            index.add(SearchText.fold(values[0].text ?? ""), .bookingNumber, of: row, from: row)
            guard let status = values[2].text, Self.dueStates.contains(status) else { return }
            due[row] = DueBooking(
                party: values[1].reference, from: values[3].text ?? "",
                to: values[4].text ?? values[3].text ?? "")
        case "booking_item":
            guard let booking = values[0].reference, due[booking] != nil else { return }
            due[booking]?.items.append(row)
            due[booking]?.animals += RowName.rows(inSet: values[1].text)
        default: break
        }
    }

    private mutating func shelveParty(_ row: RowID, _ values: [String]) {
        let display = SearchText.fold(values[0])
        let full = SearchText.fold("\(values[1]) \(values[2])")
        let script = SearchText.fold(values[3])
        index.add(display, .partyName, of: row, from: row)
        if full != display { index.add(full, .partyName, of: row, from: row) }
        if script != display, script != full {
            index.add(script, .partyName, of: row, from: row)
        }
    }
}

extension Value {
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var reference: RowID? { if case .reference(let row) = self { row } else { nil } }
}
