internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// What the rule at the door must know. `candidate` may be asked of any reader, before the turn;
/// all else is read in the turn in which it is decided.
struct CheckInReading {
    private static let dueStates = ["requested", "confirmed", "checked_in"]

    let named: NamedReader
    let siteName: String
    /// The one to call for whoever finds the animal.
    var sitePhone: String?

    /// Whatever a code or id names, as a booking: the booking itself, or the one booking of an
    /// animal that is due. Reads every due booking, and no other, with its items.
    func candidate(of wish: CheckInWish) throws(StorageError) -> Result<RowID, DeskRefusal> {
        switch wish.guest {
        case .booking(let row): return .success(row)
        case .animal(let animal): return try candidate(ofAnimal: animal)
        }
    }

    private func candidate(
        ofAnimal animal: RowID
    ) throws(StorageError) -> Result<RowID, DeskRefusal> {
        guard try named.row("animal", animal) != nil else {
            return .failure(DeskRefusal(.unknown, "This animal is not known here yet."))
        }
        guard let bookings = named.schema.collection(named: "booking") else {
            return .failure(DeskRefusal(.unknown, "The packs know no bookings."))
        }
        var due: [RowID] = []
        for state in Self.dueStates {
            let filters = [Filter.equals(field: "status", .text(state))]
            var last: Int64 = 0
            while true {
                let page = try named.reader.records(
                    bookings, matching: filters, after: last, limit: 1_000)
                for booking in page where try holds(booking.id, animal) { due.append(booking.id) }
                guard page.count == 1_000, let end = page.last else { break }
                last = end.key
            }
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

    /// Whether a booking found before the turn still is what the guest stands for.
    func isStillDue(_ booking: RowID, for wish: CheckInWish) throws(StorageError) -> Bool {
        guard case .animal(let animal) = wish.guest else { return true }
        let status = try named.row("booking", booking)?.text("status") ?? ""
        guard Self.dueStates.contains(status) else { return false }
        return try holds(booking, animal)
    }

    private func holds(_ booking: RowID, _ animal: RowID) throws(StorageError) -> Bool {
        try items(of: booking).contains { !$0.isOver && $0.animals.contains(animal) }
    }

    private func items(of booking: RowID) throws(StorageError) -> [CheckInView.Item] {
        try named.rows("booking_item", where: "booking", is: .reference(booking)).map {
            CheckInView.Item(
                id: $0.id, animals: $0.references("animals"),
                status: $0.text("status") ?? "requested")
        }
    }

    func view(of id: RowID) throws(StorageError) -> CheckInView? {
        guard let booking = try named.row("booking", id),
            let home = booking.reference("home_site")
        else { return nil }
        let items = try items(of: id)
        var known: [CheckInView.Animal] = []
        var stays: [CheckInView.OpenStay] = []
        var seen: Set<RowID> = []
        for animal in items.flatMap(\.animals) where seen.insert(animal).inserted {
            if let row = try named.row("animal", animal) { known.append(try self.animal(row)) }
            stays += try openStays(of: animal)
        }
        var view = CheckInView(
            booking: CheckInView.Booking(
                id: id, party: booking.reference("party"), homeSite: home,
                homeSiteName: try named.row("site", home)?.text("name") ?? "another site",
                status: booking.text("status") ?? "requested",
                from: booking.text("from_date").flatMap(LocalDate.init),
                to: booking.text("to_date").flatMap(LocalDate.init),
                kind: booking.text("kind")),
            items: items, animals: known, owner: try owner(booking.reference("party")),
            resource: try run(of: items, booking), openStays: stays, siteName: siteName)
        view.sitePhone = sitePhone
        view.rules = try rules()
        return view
    }

    private func owner(_ party: RowID?) throws(StorageError) -> CheckInView.Owner? {
        try named.caller(party).map { CheckInView.Owner(name: $0.name, phone: $0.phone) }
    }

    func openStays(of animal: RowID) throws(StorageError) -> [CheckInView.OpenStay] {
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
