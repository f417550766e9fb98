public import Foundation
internal import Peripherals

/// What people decided about the devices of this box: the file `devices.json` in the node's
/// folder, read when the node starts. Nobody has to write it: a sole printer takes all that fits.
///
///     {"printers": {"0a5f-011c-S1": {"roles": ["card"],
///                                    "paper": {"widthMillimetres": 101.6,
///                                              "lengthMillimetres": 152.4}}},
///      "profiles": {"05e0-1200-port-1-2": "symbol.usb"}}
public struct DeviceSettings: Sendable, Hashable, Codable {
    public struct Printer: Sendable, Hashable, Codable {
        /// The roles of templates that it serves: `collar`, `card`, `label`.
        public var roles: Set<String>?
        public var paper: LabelPaper?

        public init(roles: Set<String>? = nil, paper: LabelPaper? = nil) {
            self.roles = roles
            self.paper = paper
        }
    }

    /// By device id, as the device list shows it.
    public var printers: [String: Printer]?
    /// The profiles that people chose, by device id.
    public var profiles: [String: String]?

    public init(printers: [String: Printer]? = nil, profiles: [String: String]? = nil) {
        self.printers = printers
        self.profiles = profiles
    }

    /// - Throws: `NodeFault` that says what is wrong with the file; without one nothing is decided.
    public static func read(_ file: URL) throws -> DeviceSettings {
        guard let bytes = try DurableFile.read(file) else { return DeviceSettings() }
        do {
            return try JSONDecoder().decode(DeviceSettings.self, from: Data(bytes))
        } catch {
            throw NodeFault(
                .refused,
                """
                \(file.path) cannot be read: \(FaultWords.of(error)). It is an object with \
                “printers” and “profiles”, each by device id; correct it or remove it.
                """)
        }
    }
}
