public import CRDT
public import FrontDesk
internal import ReplicaStorage

/// What a scanned code means here and now.
public struct ScanMeaning: Sendable, Hashable {
    public let kind: ScanPayload.Kind
    /// What the code names, known here or not.
    public let row: RowID
    public internal(set) var animal: RowID?
    /// The booking to check in: the one scanned, or the one due of the animal.
    public internal(set) var booking: RowID?
    /// The stay of an animal that is in house, at whatever site.
    public internal(set) var stay: RowID?
    /// Why there is nothing to check in, for the desk.
    public internal(set) var note: String?
}

extension Desk {
    /// Reads what a code stands for; changes nothing.
    ///
    /// - Throws: `DeskRefusal` (`unknown`) if what it names is not known here.
    public func meaning(of payload: ScanPayload) throws -> ScanMeaning {
        let schema = packs.schema
        let found = try node.read { reader throws(StorageError) -> ScanMeaning? in
            let named = NamedReader(reader: reader, schema: schema)
            let reading = CheckInReading(named: named, siteName: "")
            var meaning = ScanMeaning(kind: payload.kind, row: payload.row)
            switch payload.kind {
            case .animal:
                guard try named.row("animal", payload.row) != nil else { return nil }
                meaning.animal = payload.row
                meaning.stay = try reading.openStays(of: payload.row).first?.id
                switch try reading.candidate(of: CheckInWish(guest: .animal(payload.row))) {
                case .success(let booking): meaning.booking = booking
                case .failure(let refusal): meaning.note = refusal.message
                }
            case .booking:
                guard try named.row("booking", payload.row) != nil else { return nil }
                meaning.booking = payload.row
            case .stay:
                guard let stay = try named.row("stay", payload.row) else { return nil }
                meaning.stay = payload.row
                meaning.animal = stay.reference("animal")
                meaning.booking = stay.reference("booking")
            case .resource, .printJob, .device: break
            }
            return meaning
        }
        guard let found else {
            throw DeskRefusal(
                .unknown,
                "What this code names is not known here. It may not have synced yet; scan again.")
        }
        return found
    }
}
