public import CRDT

/// What a tag or card of one animal says. Personal words are kept apart, because they are erased
/// with the person while the job remains.
public struct CollarTag: Sendable, Hashable {
    public let animal: RowID
    public let animalName: String?
    /// Breed and sex, as far as they are known.
    public let about: [String]
    public let ownerName: String?
    public let ownerPhone: String?
    public let runCode: String?
    public let arrival: LocalDate?
    public let departure: LocalDate?
    public let siteName: String
    public let sitePhone: String?

    public init(
        animal: RowID, animalName: String?, about: [String] = [], ownerName: String? = nil,
        ownerPhone: String? = nil, runCode: String? = nil, arrival: LocalDate? = nil,
        departure: LocalDate? = nil, siteName: String, sitePhone: String? = nil
    ) {
        self.animal = animal
        self.animalName = animalName
        self.about = about
        self.ownerName = ownerName
        self.ownerPhone = ownerPhone
        self.runCode = runCode
        self.arrival = arrival
        self.departure = departure
        self.siteName = siteName
        self.sitePhone = sitePhone
    }

    /// The words for a template's holes that speak of no person.
    public var data: LabelData {
        let code = ScanPayload(.animal, animal)
        var values = [
            "animal": animalName ?? "No name", "code": code.text, "short": code.shortText,
            "site": siteName,
        ]
        values["about"] = about.isEmpty ? nil : about.joined(separator: ", ")
        values["run"] = runCode
        values["site_phone"] = sitePhone
        values["dates"] = LocalDate.span(from: arrival, to: departure)
        return LabelData(values)
    }

    /// The words that speak of the owner.
    public var personData: LabelData {
        var values: [String: String] = [:]
        values["owner"] = ownerName
        values["phone"] = ownerPhone
        return LabelData(values)
    }
}
