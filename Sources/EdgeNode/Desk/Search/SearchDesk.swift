public import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// One thing that search found, with what the desk needs to go on.
public struct SearchHit: Sendable, Hashable {
    public let kind: SearchKind
    public let id: RowID
    public let rank: SearchRank
    /// The animal's or the customer's name, or the booking's number.
    public let name: String?
    public internal(set) var animal: AnimalGlance?
    /// Who owns the animal, made the booking, or was found.
    public internal(set) var party: PartyGlance?
    /// Of the customer or the booking; at most 8.
    public internal(set) var animals: [AnimalGlance] = []
    /// The booking that is due next; today's, if there is one.
    public internal(set) var booking: BookingGlance?
    /// Of the animal, or of the first of `animals` that is in house.
    public internal(set) var stay: StayGlance?
    /// Whether it is due today or in house, which puts it first among equals.
    public let isExpected: Bool
}

/// Finds animals, customers and bookings by what somebody types.
public actor SearchDesk {
    private static let animalsMax = 8
    private let node: Node
    private let schema: Schema
    private var shelf: SearchShelf
    private var place: ChangeFeed.Place?

    public init(_ node: Node, _ packs: InstalledPacks) {
        self.node = node
        schema = packs.schema
        shelf = SearchShelf(packs.schema)
    }

    /// Reads all names, so that the first one to search need not wait for it.
    public func warmUp() throws {
        let news = news
        try node.read { reader throws(StorageError) in try catchUp(news, reader) }
    }

    /// Finds what fits, the best first: exact, at the beginning, at a word's beginning, within;
    /// among equals what is due today or in house, then the shorter.
    ///
    /// - Parameters:
    ///   - typed: letters of names in any case and with or without accents, any part of a phone
    ///     number, a booking's number or a chip's. Without a letter or digit nothing is found.
    ///   - limit: hits at most.
    public func find(
        _ typed: String, among kinds: Set<SearchKind>, today: String, limit: Int
    ) throws -> [SearchHit] {
        guard let query = SearchQuery(typed) else { return [] }
        let news = news
        return try node.read { reader throws(StorageError) in
            try catchUp(news, reader)
            let matches = shelf.index.matches(query, among: kinds)
            let expected = try Expected(shelf, reader, schema, site: node.site, today: today)
            var hits: [SearchHit] = []
            guard let day = LocalDate(today) else { return hits }
            let named = NamedReader(reader: reader, schema: schema)
            let reading = try GuestReading(named, today: day)
            var batches = BatchVisibility(reader, schema)
            for match in Self.best(matches, expected, limit) {
                guard var hit = try hit(match, expected, reading, &batches) else { continue }
                if match.match.topic == .phone {
                    hit.party = try Self.party(hit.party, called: query, named)
                }
                hits.append(hit)
            }
            return hits
        }
    }

    private typealias News = (rows: ChangedRows?, place: ChangeFeed.Place)

    /// To be asked before the snapshot is opened: what is told in between is read twice, and
    /// nothing is missed.
    private var news: News {
        let feed = node.replica.feed
        return place.map { feed.changes(after: $0) } ?? (nil, feed.place)
    }

    private func catchUp(_ news: News, _ reader: Reader) throws(StorageError) {
        if let rows = news.rows, rows.isEmpty { return }
        // A failure on the way leaves half of it: the next one begins anew.
        place = nil
        if let rows = news.rows {
            try shelf.follow(rows, reader)
        } else {
            try shelf.fill(reader)
        }
        place = news.place
    }

    /// The first `limit` in order, without sorting the rest.
    private static func best(
        _ matches: [SearchIndex.Match], _ expected: Expected, _ limit: Int
    ) -> [(match: SearchIndex.Match, isExpected: Bool)] {
        typealias Place = (rank: Int, isLate: Int, length: Int, row: RowID)
        var best: [(place: Place, match: SearchIndex.Match)] = []
        for match in matches {
            let isExpected = expected.contains(match)
            let place: Place = (
                match.rank.rawValue, isExpected ? 0 : 1, match.length, match.subject
            )
            if best.count == limit, let last = best.last, last.place < place { continue }
            let slot = best.firstIndex { place < $0.place } ?? best.count
            best.insert((place, match), at: slot)
            if best.count > limit { best.removeLast() }
        }
        return best.map { ($0.match, $0.place.isLate == 0) }
    }

    private func hit(
        _ place: (match: SearchIndex.Match, isExpected: Bool), _ expected: Expected,
        _ reading: GuestReading, _ batches: inout BatchVisibility
    ) throws(StorageError) -> SearchHit? {
        let (match, isExpected) = place
        guard let collection = schema.collection(named: match.kind.rawValue),
            let record = try reading.named.reader.record(collection, match.subject),
            try batches.isVisible(record.values, of: collection)
        else { return nil }
        func found(_ name: String?) -> SearchHit {
            SearchHit(
                kind: match.kind, id: match.subject, rank: match.rank, name: name,
                isExpected: isExpected)
        }
        switch match.kind {
        case .animal:
            let animal = try reading.animal(match.subject)
            var hit = found(animal?.name)
            hit.animal = animal
            hit.booking = try reading.booking(expected.booking(ofAnimal: match.subject))
            hit.party = try reading.owner(of: match.subject)
            if hit.party == nil {
                hit.party = try reading.party(expected.party(ofAnimal: match.subject))
            }
            hit.stay = try reading.openStay(of: match.subject, at: node.site)
            return hit
        case .party:
            let party = try reading.party(match.subject)
            var hit = found(party?.name)
            hit.party = party
            hit.booking = try reading.booking(expected.booking(ofParty: match.subject))
            hit.animals = try reading.animals(of: match.subject, limit: Self.animalsMax)
            if hit.animals.isEmpty, let booking = hit.booking {
                hit.animals = try animals(expected.animals(of: booking.id), reading)
            }
            hit.stay = try firstStay(of: hit.animals, reading)
            return hit
        case .booking:
            let row = NamedRow(record, collection)
            var hit = found(row.text("number"))
            hit.booking = GuestReading.glance(row)
            hit.party = try reading.party(row.reference("party"))
            hit.animals = try animals(expected.animals(of: match.subject), reading)
            hit.stay = try firstStay(of: hit.animals, reading)
            return hit
        }
    }

    private func firstStay(
        of animals: [AnimalGlance], _ reading: GuestReading
    ) throws(StorageError) -> StayGlance? {
        for animal in animals {
            if let stay = try reading.openStay(of: animal.id, at: node.site) { return stay }
        }
        return nil
    }

    /// The customer with the number that was typed, where there are several.
    private static func party(
        _ party: PartyGlance?, called query: SearchQuery, _ named: NamedReader
    ) throws(StorageError) -> PartyGlance? {
        guard let party else { return nil }
        let numbers = try named.rows("party_contact", where: "party", is: .reference(party.id))
            .compactMap { $0.text("value") }
        let typed = numbers.first { query.rank(ofPhone: SearchText.phoneDigits($0)[...]) != nil }
        return PartyGlance(id: party.id, name: party.name, phone: typed ?? party.phone)
    }

    private func animals(
        _ ids: [RowID], _ reading: GuestReading
    ) throws(StorageError) -> [AnimalGlance] {
        var animals: [AnimalGlance] = []
        for id in ids.prefix(Self.animalsMax) {
            if let animal = try reading.animal(id) { animals.append(animal) }
        }
        return animals
    }
}
