internal import CRDT
internal import ReplicaStorage

/// Who is due, and who is here: what makes one Bella of two hundred the one at the door.
struct Expected {
    private struct Due {
        let booking: RowID
        let party: RowID?
        let from: String
        let to: String
    }

    private let shelf: SearchShelf
    private let today: String
    /// The next booking of each.
    private var byAnimal: [RowID: Due] = [:]
    private var byParty: [RowID: Due] = [:]
    private var inHouse: Set<RowID> = []

    init(
        _ shelf: SearchShelf, _ reader: Reader, _ schema: Schema, site: RowID, today: String
    ) throws(StorageError) {
        self.shelf = shelf
        self.today = today
        for (booking, known) in shelf.due where known.to >= today {
            let due = Due(
                booking: booking, party: known.party, from: known.from, to: known.to)
            for animal in known.animals { Self.keep(due, for: animal, in: &byAnimal) }
            if let party = known.party { Self.keep(due, for: party, in: &byParty) }
        }
        for stay in try NamedReader(reader: reader, schema: schema).staysInHouse(at: site) {
            if let animal = stay.reference("animal") { inHouse.insert(animal) }
        }
    }

    /// The earliest one; ids decide among those of one day, so that two desks see the same.
    private static func keep(_ due: Due, for row: RowID, in known: inout [RowID: Due]) {
        if let other = known[row], (other.from, other.booking) < (due.from, due.booking) { return }
        known[row] = due
    }

    func contains(_ match: SearchIndex.Match) -> Bool {
        switch match.kind {
        case .animal: isToday(byAnimal[match.subject]) || inHouse.contains(match.subject)
        case .party: isToday(byParty[match.subject])
        case .booking: shelf.due[match.subject]?.holds(today) ?? false
        }
    }

    private func isToday(_ due: Due?) -> Bool {
        due.map { $0.from <= today && today <= $0.to } ?? false
    }

    func booking(ofAnimal animal: RowID) -> RowID? { byAnimal[animal]?.booking }
    func party(ofAnimal animal: RowID) -> RowID? { byAnimal[animal]?.party }
    func booking(ofParty party: RowID) -> RowID? { byParty[party]?.booking }
    func animals(of booking: RowID) -> [RowID] { shelf.due[booking]?.animals ?? [] }
}
