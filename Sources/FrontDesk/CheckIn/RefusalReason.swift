/// Why an animal is not checked in, in words for the person at the desk.
public enum RefusalReason: Error, Sendable, Hashable {
    case noAnimals
    /// The booking names an animal of which nothing is known here (yet).
    case animalUnknown
    case animalNotOnBooking
    case animalDeceased(name: String)
    case alreadyInHouse(name: String, site: String)
    case bookingCancelled
    /// Checked out already, or never came.
    case bookingOver
    case wrongSite(home: String)
    /// Copies are 1 to 100.
    case copiesOutOfRange(Int)

    public var sentence: String {
        switch self {
        case .noAnimals: "The booking names no animal to check in."
        case .animalUnknown:
            "The booking names an animal that this site does not know yet. Find or add it first."
        case .animalNotOnBooking: "That animal is not on this booking."
        case .animalDeceased(let name):
            "\(name) is recorded as deceased. Check that this is the right animal."
        case .alreadyInHouse(let name, let site): "\(name) is already in house at \(site)."
        case .bookingCancelled: "The booking is cancelled. Reopen it or make a new one."
        case .bookingOver: "The booking is over. Make a new one."
        case .wrongSite(let home): "The booking is for \(home). Ask them to move it here."
        case .copiesOutOfRange(let copies): "\(copies) copies cannot be printed; ask for 1 to 100."
        }
    }
}

/// What the desk should see although the animal is checked in.
public enum CheckInRemark: Sendable, Hashable {
    case beforeArrival(LocalDate)
    case afterDeparture(LocalDate)
    /// Nobody confirmed the booking.
    case notConfirmed
    case runFull(code: String, animalsMax: Int)
    case noRun
    /// Names and phone of the owner are missing on the tag.
    case noOwner
}
