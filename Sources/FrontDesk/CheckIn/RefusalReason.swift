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
    /// Nobody's waiver covers it; a manager's approval lets it pass.
    case vaccinationBlock([VaccinationGap])
    /// The run has no room for all; a manager's approval lets it pass.
    case capacityExceeded(code: String, animalsMax: Int, free: [String])
    /// An alert says that this animal is not taken; a manager's approval lets it pass.
    case banned(name: String, text: String?)
    /// Several of the three above: an approval lets all of them pass, so that all are named.
    case rulesBroken([RefusalReason])
    /// The approval's last day has passed already.
    case approvalOver

    /// Whether a manager may say yes all the same.
    public var isOverridable: Bool {
        switch self {
        case .vaccinationBlock, .capacityExceeded, .banned, .rulesBroken: true
        default: false
        }
    }

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
        case .wrongSite(let home): "The booking is for \(home). Its guests are checked in there."
        case .copiesOutOfRange(let copies): "\(copies) copies cannot be printed; ask for 1 to 100."
        case .vaccinationBlock: "\(fact) A manager may let them stay until a day that they choose."
        case .capacityExceeded, .banned: "\(fact) A manager may approve it."
        case .rulesBroken: "\(fact) A manager may approve all of it until a day that they choose."
        case .approvalOver: "The approval ends before today. Give it a later day."
        }
    }

    /// What is in the way, without what can be done.
    private var fact: String {
        switch self {
        case .vaccinationBlock(let gaps): gaps.map(\.sentence).joined(separator: " ")
        case .capacityExceeded(let code, let most, let free):
            "Run \(code) takes \(most) and has no room for all. "
                + (free.isEmpty
                    ? "No other run is free." : "Free: \(free.joined(separator: ", ")).")
        case .banned(let name, let text):
            "\(name) is not to be taken in\(text.map { ": \($0)" } ?? "")."
        case .rulesBroken(let reasons): reasons.map(\.fact).joined(separator: " ")
        case .noAnimals, .animalUnknown, .animalNotOnBooking, .animalDeceased, .alreadyInHouse,
            .bookingCancelled, .bookingOver, .wrongSite, .copiesOutOfRange, .approvalOver:
            sentence
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
    /// Lacking, but the rule only warns, or somebody took it upon themselves.
    case vaccinationGap(VaccinationGap)
    case noRun
    /// Names and phone of the owner are missing on the tag.
    case noOwner
}
