internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// What the rule at the door must know, read in the turn in which it is decided.
struct CheckInReading {
    let named: NamedReader
    let siteName: String

    /// Whatever a code or id names, as a booking: the booking itself, or the one booking of an
    /// animal that is due.
    func booking(of wish: CheckInWish) throws(StorageError) -> Result<RowID, DeskRefusal> {
        switch wish.guest {
        case .booking(let row): return .success(row)
        case .animal(let animal): return try booking(ofAnimal: animal)
        }
    }

    private func booking(
        ofAnimal animal: RowID
    ) throws(StorageError) -> Result<RowID, DeskRefusal> {
        guard let bookings = named.schema.collection(named: "booking"),
            try named.row("animal", animal) != nil
        else { return .failure(DeskRefusal(.unknown, "This animal is not known here yet.")) }
        var due: Set<RowID> = []
        var last: Int64 = 0
        guard let items = named.schema.collection(named: "booking_item") else {
            return .failure(DeskRefusal(.unknown, "The packs know no bookings."))
        }
        while true {
            let page = try named.reader.records(items, after: last, limit: 1_000)
            for record in page {
                let item = NamedRow(record, items)
                last = record.key
                guard item.references("animals").contains(animal),
                    let id = item.reference("booking"),
                    let record = try named.reader.record(bookings, id)
                else { continue }
                let status = NamedRow(record, bookings).text("status") ?? ""
                if ["requested", "confirmed", "checked_in"].contains(status) { due.insert(id) }
            }
            if page.count < 1_000 { break }
        }
        guard let only = due.first else {
            return .failure(DeskRefusal(.unknown, "This animal has no booking to check in."))
        }
        guard due.count == 1 else {
            return .failure(
                DeskRefusal(.conflict, "This animal has \(due.count) bookings; choose one."))
        }
        return .success(only)
    }

    func view(of id: RowID) throws(StorageError) -> CheckInView? {
        guard let booking = try named.row("booking", id),
            let home = booking.reference("home_site")
        else { return nil }
        let items = try named.rows("booking_item", where: "booking", is: .reference(id))
        let animals = items.flatMap { $0.references("animals") }
        var known: [CheckInView.Animal] = []
        var stays: [CheckInView.OpenStay] = []
        for animal in animals {
            if let row = try named.row("animal", animal) { known.append(Self.animal(row)) }
            stays += try openStays(of: animal)
        }
        return CheckInView(
            booking: CheckInView.Booking(
                id: id, party: booking.reference("party"), homeSite: home,
                homeSiteName: try named.row("site", home)?.text("name") ?? "another site",
                status: booking.text("status") ?? "requested",
                from: booking.text("from_date").flatMap(LocalDate.init),
                to: booking.text("to_date").flatMap(LocalDate.init)),
            items: items.map {
                CheckInView.Item(
                    id: $0.id, animals: $0.references("animals"),
                    status: $0.text("status") ?? "requested")
            },
            animals: known, owner: try owner(booking.reference("party")),
            resource: try resource(of: items), openStays: stays, siteName: siteName)
    }

    private static func animal(_ row: NamedRow) -> CheckInView.Animal {
        CheckInView.Animal(
            id: row.id, name: row.text("name"), breed: row.text("breed"), sex: row.text("sex"),
            isDeceased: row.text("deceased_on") != nil)
    }

    private func owner(_ party: RowID?) throws(StorageError) -> CheckInView.Owner? {
        guard let party, let row = try named.row("party", party) else { return nil }
        let parts = [row.text("given"), row.text("family")].compactMap(\.self)
        let contacts = try named.rows("party_contact", where: "party", is: .reference(party))
        let phone = contacts.first { ["mobile", "home"].contains($0.text("kind") ?? "") }
        let name = row.text("display") ?? (parts.isEmpty ? nil : parts.joined(separator: " "))
        return CheckInView.Owner(name: name, phone: phone?.text("value"))
    }

    private func resource(of items: [NamedRow]) throws(StorageError) -> CheckInView.Resource? {
        for item in items {
            let claims = try named.rows(
                "resource_claim", where: "booking_item", is: .reference(item.id))
            guard let claim = claims.first(where: { $0.text("state") != "released" }),
                let row = try named.row("resource", claim.reference("resource"))
            else { continue }
            return CheckInView.Resource(
                id: row.id, code: row.text("code") ?? "",
                animalsMax: row.integer("max_animals").map(Int.init),
                occupants: try occupants(of: row.id))
        }
        return nil
    }

    private func occupants(of resource: RowID) throws(StorageError) -> Int {
        var present = 0
        for event in try named.rows("stay_event", where: "resource", is: .reference(resource))
        where event.text("kind") == "in" {
            let stay = try named.row("stay", event.reference("stay"))
            if stay?.text("status") == "in_house" { present += 1 }
        }
        return present
    }

    private func openStays(of animal: RowID) throws(StorageError) -> [CheckInView.OpenStay] {
        var open: [CheckInView.OpenStay] = []
        for stay in try named.rows("stay", where: "animal", is: .reference(animal))
        where stay.text("status") == "in_house" {
            let events = try named.rows("stay_event", where: "stay", is: .reference(stay.id))
            let site = try named.row("site", stay.reference("site"))
            open.append(
                CheckInView.OpenStay(
                    id: stay.id, animal: animal, siteName: site?.text("name") ?? "another site",
                    requestKey: events.first { $0.text("kind") == "in" }?.text("request_key")))
        }
        return open
    }
}
