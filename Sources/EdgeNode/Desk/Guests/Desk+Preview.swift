public import CRDT
public import FrontDesk
internal import ReplicaStorage

/// A booking as the check-in dialog shows it.
public struct CheckInSheet: Sendable {
    public struct Guest: Sendable {
        public let animal: CheckInView.Animal
        public let gaps: [VaccinationGap]
        /// Whether it is among those that are to be checked in.
        public let isWanted: Bool
        /// At whatever site.
        public let stay: StayGlance?
    }

    public let booking: BookingGlance
    public let owner: PartyGlance?
    public let run: CheckInView.Resource?
    public let guests: [Guest]
    /// Why the door stays closed; nil where it opens.
    public let refusal: RefusalReason?
    public let remarks: [CheckInRemark]
}

extension Desk {
    /// What a check-in of these animals would say now; writes nothing.
    ///
    /// - Parameter animals: nil for all of the booking's that are not in house yet.
    /// - Throws: `DeskRefusal` (`unknown`) where the booking is not here.
    public func sheet(of booking: RowID, animals: [RowID]?) throws -> CheckInSheet {
        let now = node.environment.wallMilliseconds()
        let schema = packs.schema
        guard let today = Self.day(now) else {
            throw DeskRefusal(.invalid, "The clock shows no day of this era.")
        }
        let sheet = try node.read { reader throws(StorageError) -> CheckInSheet? in
            let named = NamedReader(reader: reader, schema: schema)
            let reading = CheckInReading(named: named, siteName: node.facts.name)
            guard let view = try reading.view(of: booking),
                let row = try named.row("booking", booking)
            else { return nil }
            let here = Set(view.openStays.map(\.animal))
            let booked = view.booked
            let wanted =
                animals
                ?? view.animals.map(\.id).filter { booked.contains($0) && !here.contains($0) }
            // With everybody in house there is nobody left to ask for; the rule then names them.
            let asked = CheckInRequest(
                site: node.site, staff: nil, animals: wanted.isEmpty ? nil : wanted, today: today,
                wallMilliseconds: now, handedBy: nil, key: "", labels: [], approval: nil)
            let preview = CheckIn.preview(asked, view, forms)
            let guests = try GuestReading(named, today: today)
            var shown: [CheckInSheet.Guest] = []
            for (animal, gaps) in zip(view.animals, preview.gaps)
            where booked.contains(animal.id) {
                shown.append(
                    CheckInSheet.Guest(
                        animal: animal, gaps: gaps, isWanted: wanted.contains(animal.id),
                        stay: try guests.openStay(of: animal.id, at: node.site)))
            }
            return CheckInSheet(
                booking: GuestReading.glance(row), owner: try guests.party(view.booking.party),
                run: view.resource, guests: shown, refusal: preview.refusal,
                remarks: preview.remarks)
        }
        guard let sheet else {
            throw DeskRefusal(
                .unknown, "There is no such booking here. It may not have synced yet; scan again.")
        }
        return sheet
    }
}
