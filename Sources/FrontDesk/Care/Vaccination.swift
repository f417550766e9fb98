/// What is on file of one vaccination; a voided one is not handed to the rules.
public struct Vaccination: Sendable, Hashable {
    /// What it is against, in the words of the rules: `rabies`, `dhpp`, `bordetella`.
    public let vaccine: String
    /// Nil if the paper names no end.
    public let expires: LocalDate?

    public init(vaccine: String, expires: LocalDate?) {
        self.vaccine = vaccine
        self.expires = expires
    }
}

/// What a business asks of its guests before it takes them in.
public struct VaccineRule: Sendable, Hashable {
    public enum Level: Sendable, Hashable { case warn, block }

    public let vaccine: String
    /// Nil for animals of every species.
    public let species: String?
    /// Kinds of booking that it is for; none named means all.
    public let bookingKinds: Set<String>
    /// Days after its end for which a vaccination still counts.
    public let graceDays: Int
    public let level: Level

    public init(
        vaccine: String, species: String? = nil, bookingKinds: Set<String> = [],
        graceDays: Int = 0, level: Level
    ) {
        self.vaccine = vaccine
        self.species = species
        self.bookingKinds = bookingKinds
        self.graceDays = graceDays
        self.level = level
    }

    /// An animal of unknown species falls under every rule: nobody can tell that it does not.
    func applies(toSpecies kind: String?, booking: String?) -> Bool {
        let fitsSpecies = species.map { Self.mayBe(kind, $0) } ?? true
        return fitsSpecies
            && (bookingKinds.isEmpty || booking.map(bookingKinds.contains) ?? true)
    }

    /// Blanks and signs make no other species, and neither do letters of another script, which may
    /// look the same: nobody could tell by looking.
    private static func mayBe(_ kind: String?, _ species: String) -> Bool {
        let (kind, species) = (letters(kind ?? ""), letters(species))
        if kind.isEmpty || species.isEmpty || kind == species { return true }
        let isLatin = (kind + species).unicodeScalars.lazy.filter(\.properties.isAlphabetic)
            .map { $0.value < 0x250 || (0x1E00..<0x1F00).contains($0.value) }
        return isLatin.contains(true) && isLatin.contains(false)
    }

    private static func letters(_ text: String) -> String {
        text.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}

/// A manager's word that an animal may stay without a vaccination, until a day. The vaccination's
/// own record is never changed for it.
public struct VaccineWaiver: Sendable, Hashable {
    public let vaccine: String
    public let from: LocalDate
    /// The last day.
    public let until: LocalDate
    /// Of who approved it, for the card.
    public let initials: String

    public init(vaccine: String, from: LocalDate, until: LocalDate, initials: String) {
        self.vaccine = vaccine
        self.from = from
        self.until = until
        self.initials = initials
    }
}

/// What an animal lacks for its stay under one rule.
public struct VaccinationGap: Sendable, Hashable {
    public let animalName: String
    public let vaccine: String
    /// When the last known vaccination ends; nil if none is on file.
    public let expired: LocalDate?
    /// Whether that day has passed; else it lies within the stay.
    public let hasExpired: Bool
    public let level: VaccineRule.Level
    /// Who lets it pass, if somebody does.
    public internal(set) var waiver: VaccineWaiver?

    /// As staff read it: `Rabies of Duke is valid until 21 Jun 2026 only.`
    public var sentence: String {
        let subject = vaccine.prefix(1).uppercased() + vaccine.dropFirst()
        guard let expired else { return "\(subject) of \(animalName) is not on file." }
        if hasExpired { return "\(subject) of \(animalName) expired on \(expired.text)." }
        return "\(subject) of \(animalName) is valid until \(expired.text) only."
    }

    /// As the card on the run's door says it, with who took it upon themselves.
    public var cardLine: String {
        let state =
            expired.map { "\(hasExpired ? "EXPIRED" : "EXPIRES") \($0.text)" } ?? "NOT ON FILE"
        let waived = waiver.map { " - WAIVED \($0.initials) TO \($0.until.text)" } ?? ""
        return "\(vaccine.uppercased()) \(state)\(waived)"
    }
}

extension VaccineRule {
    /// What one animal lacks.
    ///
    /// - Parameters:
    ///   - lastDay: of the stay; a vaccination must hold on it.
    ///   - today: waivers must hold today.
    public static func gaps(
        of animal: CheckInView.Animal, under rules: [VaccineRule], booking: String?,
        lastDay: LocalDate, today: LocalDate
    ) -> [VaccinationGap] {
        rules.filter { $0.applies(toSpecies: animal.species, booking: booking) }
            .compactMap { rule in
                let known = animal.vaccinations.filter { $0.vaccine == rule.vaccine }
                if known.contains(where: { $0.expires == nil }) { return nil }
                let newest = known.compactMap(\.expires).max()
                if let newest, newest.adding(days: rule.graceDays) >= lastDay { return nil }
                let waivers = animal.waivers.filter {
                    $0.vaccine == rule.vaccine && $0.from <= today && $0.until >= today
                }
                return VaccinationGap(
                    animalName: animal.name ?? "the animal", vaccine: rule.vaccine,
                    expired: newest, hasExpired: newest.map { $0 < today } ?? false,
                    level: rule.level,
                    waiver: waivers.max { $0.until < $1.until })
            }
    }
}
