public import CRDT

/// What the card on a run's door says of one stay. It says by whom the animal may be fed and
/// touched, so nothing is left out unseen: what does not fit ends in dots or says how much more
/// there is.
public struct KennelCard: Sendable, Hashable {
    public let stay: RowID
    public let animalName: String?
    /// Species, breed and sex, as far as they are known.
    public let about: [String]
    public let runCode: String?
    public let arrival: LocalDate?
    public let departure: LocalDate?
    public let ownerName: String?
    public let ownerPhone: String?
    /// What everybody must know before the door is opened, the gravest first.
    public let alerts: [String]
    /// One line each.
    public let feeding: [String]
    public let medication: [String]
    public let siteName: String
    public let sitePhone: String?

    /// Boxes that the card has for alerts.
    static let alertsMax = 4

    public init(
        stay: RowID, animalName: String?, about: [String] = [], runCode: String? = nil,
        arrival: LocalDate? = nil, departure: LocalDate? = nil, ownerName: String? = nil,
        ownerPhone: String? = nil, alerts: [String] = [], feeding: [String] = [],
        medication: [String] = [], siteName: String,
        sitePhone: String? = nil
    ) {
        self.stay = stay
        self.animalName = animalName
        self.about = about
        self.runCode = runCode
        self.arrival = arrival
        self.departure = departure
        self.ownerName = ownerName
        self.ownerPhone = ownerPhone
        self.alerts = alerts
        self.feeding = feeding
        self.medication = medication
        self.siteName = siteName
        self.sitePhone = sitePhone
    }

    /// The words for a template's holes that speak of no person.
    public var data: LabelData {
        let code = ScanPayload(.stay, stay)
        var values = [
            "animal": animalName ?? "No name", "code": code.text, "short": code.shortText,
            "site": siteName,
        ]
        values["about"] = Self.joined(about, ", ")
        values["run"] = runCode
        values["dates"] = LocalDate.span(from: arrival, to: departure)
        values["alerts"] = Self.joined(alerts, " / ")
        for (index, alert) in alertBoxes.enumerated() { values["alert\(index + 1)"] = alert }
        values["feeding"] = Self.joined(feeding, "\n")
        values["medication"] = Self.joined(medication, "\n")
        values["site_phone"] = sitePhone
        return LabelData(values)
    }

    /// The words that speak of the owner.
    public var personData: LabelData {
        var values: [String: String] = [:]
        values["owner"] = ownerName
        values["phone"] = ownerPhone
        return LabelData(values)
    }

    /// One text a box; the last box counts what has none.
    private var alertBoxes: [String] {
        let told = alerts.filter { !$0.isEmpty }
        guard told.count > Self.alertsMax else { return told }
        let shown = Self.alertsMax - 1
        return told.prefix(shown) + ["and \(told.count - shown) more: ask"]
    }

    private static func joined(_ texts: [String], _ separator: String) -> String? {
        let told = texts.filter { !$0.isEmpty }
        return told.isEmpty ? nil : told.joined(separator: separator)
    }
}
