public import CRDT
public import FrontDesk

// What lists at the desk say of a row: enough to know it by, and its id to ask for more.

/// A customer, by name and the number to call.
public struct PartyGlance: Sendable, Hashable {
    public let id: RowID
    public let name: String?
    public let phone: String?
}

/// An animal, as somebody at the door describes it.
public struct AnimalGlance: Sendable, Hashable {
    public let id: RowID
    public let name: String?
    public let species: String?
    public let breed: String?
    public let sex: String?
}

/// A booking with its days; days and times are the site's, as its calendar writes them.
public struct BookingGlance: Sendable, Hashable {
    public let id: RowID
    public let number: String?
    public let kind: String?
    public let status: String
    public let fromDate: String?
    public let fromTime: String?
    public let toDate: String?
    public let toTime: String?
    public let notes: String?
}

/// An animal that is in house, at whatever site.
public struct StayGlance: Sendable, Hashable {
    public let id: RowID
    public let site: String
    /// The code of the run it was put in.
    public let run: String?
    /// When it came, in Unix milliseconds.
    public let since: Int64?
}

/// One animal of an arrival, with what must be known before its door is opened.
public struct ArrivingAnimal: Sendable, Hashable {
    public let glance: AnimalGlance
    public let alerts: [AnimalAlert]
    public let allergies: [Allergy]
    /// What it lacks for this stay.
    public let gaps: [VaccinationGap]
    public let stay: StayGlance?
}

/// How far an arrival is.
public enum ArrivalState: String, Sendable, CaseIterable {
    case expected
    /// Some of its animals are in house.
    case partly
    case inHouse = "in_house"
    case checkedOut = "checked_out"
    case cancelled
    case noShow = "no_show"
}

/// One booking that begins on a day.
public struct Arrival: Sendable, Hashable {
    public let booking: BookingGlance
    public let owner: PartyGlance?
    public let animals: [ArrivingAnimal]
    public let run: String?
    public let state: ArrivalState
}

/// One animal in house at this site; listed also where another site deleted its records.
public struct Lodger: Sendable, Hashable {
    public let stay: StayGlance
    /// Of a deleted record the name that it had, and what is still known of it. Nil only for a stay
    /// that names no animal.
    public let animal: ArrivingAnimal?
    public let owner: PartyGlance?
    public let booking: BookingGlance?
    /// What is missing of its records, for people to act on; nil where all are here.
    public let trouble: String?
}

/// A part of a list; `next` is asked after for the next part, `nil` on the last.
public struct GlancePage<Item: Sendable>: Sendable {
    public let items: [Item]
    public let next: Int64?
    /// The file's generation, on which `next` depends.
    public let generation: UInt64
}
