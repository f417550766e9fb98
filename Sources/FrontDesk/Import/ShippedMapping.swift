/// The mappings that this program brings along, as JSON documents; also examples to copy from. The
/// caller decodes them: there is no JSON reader on the ground floor.
public enum ShippedMapping: String, Sendable, CaseIterable {
    case licences, owners, phones, animals, vaccinations, alerts, bookings, runs
    case vaccineRules = "vaccine-rules"

    public var document: [UInt8] {
        switch self {
        case .licences: PackageResources.licences_json
        case .owners: PackageResources.owners_json
        case .phones: PackageResources.phones_json
        case .animals: PackageResources.animals_json
        case .vaccinations: PackageResources.vaccinations_json
        case .alerts: PackageResources.alerts_json
        case .bookings: PackageResources.bookings_json
        case .runs: PackageResources.runs_json
        case .vaccineRules: PackageResources.vaccine_rules_json
        }
    }
}
