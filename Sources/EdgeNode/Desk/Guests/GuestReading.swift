internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// Reads for lists at the desk: each row as a glance, in one snapshot.
struct GuestReading {
    let named: NamedReader
    let today: LocalDate
    private let checkIn: CheckInReading
    private let rules: [VaccineRule]

    init(_ named: NamedReader, today: LocalDate) throws(StorageError) {
        self.named = named
        self.today = today
        checkIn = CheckInReading(named: named, siteName: "")
        rules = try checkIn.rules()
    }

    func party(_ id: RowID?) throws(StorageError) -> PartyGlance? {
        try named.caller(id).map { PartyGlance(id: $0.id, name: $0.name, phone: $0.phone) }
    }

    /// Of several owners the first one named as such.
    func owner(of animal: RowID) throws(StorageError) -> PartyGlance? {
        let owners = try named.rows("animal_owner", where: "animal", is: .reference(animal))
            .filter { $0.value("ended_at").isNull }
        let owner = owners.first { $0.integer("is_primary") == 1 } ?? owners.first
        return try party(owner?.reference("party"))
    }

    func animals(of party: RowID, limit: Int) throws(StorageError) -> [AnimalGlance] {
        var animals: [AnimalGlance] = []
        for row in try named.rows("animal_owner", where: "party", is: .reference(party))
        where row.value("ended_at").isNull && animals.count < limit {
            if let animal = try animal(row.reference("animal")) { animals.append(animal) }
        }
        return animals
    }

    func animal(_ id: RowID?) throws(StorageError) -> AnimalGlance? {
        try named.row("animal", id).map(Self.animalGlance)
    }

    private static func animalGlance(_ row: NamedRow) -> AnimalGlance {
        AnimalGlance(
            id: row.id, name: row.text("name"), species: row.text("species"),
            breed: row.text("breed"), sex: row.text("sex"))
    }

    func booking(_ id: RowID?) throws(StorageError) -> BookingGlance? {
        try named.row("booking", id).map(Self.glance)
    }

    static func glance(_ row: NamedRow) -> BookingGlance {
        BookingGlance(
            id: row.id, number: row.text("number"), kind: row.text("kind"),
            status: row.text("status") ?? "requested", fromDate: row.text("from_date"),
            fromTime: row.text("from_time"), toDate: row.text("to_date"),
            toTime: row.text("to_time"), notes: row.text("notes_for_staff"))
    }

    /// The stay of an animal that is in house; of several, those of this site first.
    func openStay(of animal: RowID, at site: RowID) throws(StorageError) -> StayGlance? {
        let open = try named.rows("stay", where: "animal", is: .reference(animal))
            .filter { $0.text("status") == "in_house" }
        guard let stay = open.first(where: { $0.reference("site") == site }) ?? open.first else {
            return nil
        }
        return try glance(stay: stay)
    }

    func glance(stay: NamedRow) throws(StorageError) -> StayGlance {
        let arrival = try named.checkInEvent(of: stay.id)
        let run = try named.row("resource", arrival?.reference("resource"))
        let site = try named.row("site", stay.reference("site"))
        return StayGlance(
            id: stay.id, site: site?.text("name") ?? "another site", run: run?.text("code"),
            since: arrival?.integer("occurred_at"))
    }

    /// An animal with what the rules of the door say of it for a booking.
    func arriving(
        _ id: RowID, for booking: BookingGlance?, at site: RowID
    ) throws(StorageError) -> ArrivingAnimal? {
        guard let row = try named.row("animal", id) else { return nil }
        return try arriving(
            Self.animalGlance(row), try checkIn.animal(row), for: booking, at: site)
    }

    /// The animal of a stay, also where its record was deleted: what it was called, and all that
    /// others still say of it, for who bites does so without a record too.
    func lodging(
        _ stay: NamedRow, for booking: BookingGlance?, at site: RowID
    ) throws(StorageError) -> ArrivingAnimal? {
        guard let id = stay.reference("animal") else { return nil }
        if let animal = try arriving(id, for: booking, at: site) { return animal }
        let name = try named.lastText("name", of: "animal", id)
        let glance = AnimalGlance(id: id, name: name, species: nil, breed: nil, sex: nil)
        return try arriving(glance, try checkIn.animal(id), for: booking, at: site)
    }

    private func arriving(
        _ glance: AnimalGlance, _ known: CheckInView.Animal, for booking: BookingGlance?,
        at site: RowID
    ) throws(StorageError) -> ArrivingAnimal {
        let last = booking?.toDate.flatMap(LocalDate.init) ?? today
        return ArrivingAnimal(
            glance: glance,
            alerts: known.alerts.sorted { ($1.severity, $0.kind) < ($0.severity, $1.kind) },
            allergies: known.allergies.sorted {
                ($1.severity, $0.substance) < ($0.severity, $1.substance)
            },
            gaps: VaccineRule.gaps(
                of: known, under: rules, booking: booking?.kind, lastDay: max(last, today),
                today: today),
            stay: try openStay(of: glance.id, at: site))
    }

    func arrival(_ row: NamedRow, at site: RowID) throws(StorageError) -> Arrival {
        let booking = Self.glance(row)
        var animals: [ArrivingAnimal] = []
        var run: String?
        for item in try named.rows("booking_item", where: "booking", is: .reference(row.id))
        where item.text("status") != "cancelled" {
            for id in item.references("animals") {
                if animals.contains(where: { $0.glance.id == id }) { continue }
                if let animal = try arriving(id, for: booking, at: site) { animals.append(animal) }
            }
            if run == nil { run = try claimedRun(item.id) }
        }
        return Arrival(
            booking: booking, owner: try party(row.reference("party")), animals: animals,
            run: run, state: Self.state(of: booking, animals))
    }

    private func claimedRun(_ item: RowID) throws(StorageError) -> String? {
        let claims = try named.rows(
            "resource_claim", where: "booking_item", is: .reference(item))
        guard let claim = claims.first(where: { $0.text("state") != "released" }) else {
            return nil
        }
        return try named.row("resource", claim.reference("resource"))?.text("code")
    }

    private static func state(
        of booking: BookingGlance, _ animals: [ArrivingAnimal]
    ) -> ArrivalState {
        switch booking.status {
        case "cancelled": return .cancelled
        case "no_show": return .noShow
        case "checked_out": return .checkedOut
        default: break
        }
        let here = animals.count { $0.stay != nil }
        if here == 0 { return booking.status == "checked_in" ? .inHouse : .expected }
        return here == animals.count ? .inHouse : .partly
    }
}
