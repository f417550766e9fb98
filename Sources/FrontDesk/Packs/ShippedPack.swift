/// The pack documents that this program brings along, as JSON. The caller decodes them: there is no
/// JSON reader on the ground floor.
public enum ShippedPack: String, Sendable, CaseIterable {
    case core, resort

    public var document: [UInt8] {
        switch self {
        case .core: PackageResources.core_json
        case .resort: PackageResources.resort_json
        }
    }
}
