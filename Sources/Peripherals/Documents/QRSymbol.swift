/// How large a QR symbol becomes, so that a page can be laid out before the printer draws it
/// (ISO/IEC 18004:2015, tables 1 and 7; versions 1 to 10 are enough for a tag).
public struct QRSymbol: Sendable, Hashable {
    /// How much damage the code survives: about 7, 15, 25 or 30 in a hundred.
    public enum Correction: String, Sendable, CaseIterable { case low, medium, quartile, high }

    public enum Mode: Sendable, Hashable { case alphanumeric, bytes }

    /// 1 to 10.
    public let version: Int
    public let mode: Mode

    /// Modules on one side, without the quiet zone.
    public var modules: Int { 17 + 4 * version }

    /// The white margin that a reader needs on each side, in modules.
    public static let quietModules = 4

    /// - Returns: nil for an empty payload, one with other than printable ASCII, or one too long.
    public init?(_ payload: String, correction: Correction) {
        let bytes = Array(payload.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let mode: Mode = bytes.allSatisfy(Self.isAlphanumeric) ? .alphanumeric : .bytes
        let capacities = Self.capacities(mode, correction)
        guard let index = capacities.firstIndex(where: { $0 >= bytes.count }) else { return nil }
        version = index + 1
        self.mode = mode
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8.contains(byte)
    }

    /// Characters that fit, by version.
    private static func capacities(_ mode: Mode, _ correction: Correction) -> [Int] {
        switch (mode, correction) {
        case (.alphanumeric, .low): [25, 47, 77, 114, 154, 195, 224, 279, 335, 395]
        case (.alphanumeric, .medium): [20, 38, 61, 90, 122, 154, 178, 221, 262, 311]
        case (.alphanumeric, .quartile): [16, 29, 47, 67, 87, 108, 125, 157, 189, 221]
        case (.alphanumeric, .high): [10, 20, 35, 50, 64, 84, 93, 122, 143, 174]
        case (.bytes, .low): [17, 32, 53, 78, 106, 134, 154, 192, 230, 271]
        case (.bytes, .medium): [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
        case (.bytes, .quartile): [11, 20, 32, 46, 60, 74, 86, 108, 130, 151]
        case (.bytes, .high): [7, 14, 24, 34, 44, 58, 64, 84, 98, 119]
        }
    }
}
