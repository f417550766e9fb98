internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

// Guests who are in house stand in the way of some changes by hand. What another site does while it
// is cut off nobody can refuse: it is told (`GuestReading.trouble`).
extension RecordTurn {
    /// Why a deed must wait until a guest has left; nil if it need not.
    func guestInTheWay(_ reader: Reader, _ held: NamedRow?) throws(StorageError) -> String? {
        guard let held else { return nil }
        let named = NamedReader(reader: reader, schema: schema)
        switch wish.deed {
        case .create: return nil
        case .delete:
            guard let name = try guest(of: held, named) else { return nil }
            return "\(name) is in house. What a stay needs is kept until the guest has left."
        case .change:
            guard ["booking", "booking_item"].contains(wish.collection.name),
                let status = wish.contents["status"], status != .value(held.value("status")),
                // There is no check-out yet: the booking's end is written by hand.
                status != .value(.text("checked_out")),
                let name = try guest(of: held, named)
            else { return nil }
            return "\(name) is in house. The status stays as it is until the guest has left."
        }
    }

    /// The name of a guest in house whose stay needs the record.
    private func guest(of held: NamedRow, _ named: NamedReader) throws(StorageError) -> String? {
        var stays: [NamedRow] = []
        switch wish.collection.name {
        case "animal", "booking":
            stays = try named.rows("stay", where: wish.collection.name, is: .reference(held.id))
        case "booking_item":
            guard let booking = held.reference("booking") else { return nil }
            stays = try named.rows("stay", where: "booking", is: .reference(booking))
                .filter { $0.reference("booking_item") == held.id }
        case "party":
            for booking in try named.rows("booking", where: "party", is: .reference(held.id)) {
                stays += try named.rows("stay", where: "booking", is: .reference(booking.id))
            }
            // A booking that another site deleted no longer leads to its stay.
            for stay in try named.staysInHouse(at: site)
            where try named.party(of: stay) == held.id { stays.append(stay) }
        case "resource":
            stays = try CheckInReading(named: named, siteName: "")
                .stays(in: held.id, at: held.reference("home_site") ?? site)
        default: return nil
        }
        guard let stay = stays.first(where: { $0.text("status") == "in_house" }) else {
            return nil
        }
        return try named.row("animal", stay.reference("animal"))?.text("name") ?? "A guest"
    }
}
