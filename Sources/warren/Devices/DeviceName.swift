internal import Peripherals

/// The name by which people, files and the API know a device: vendor and product, and its serial
/// number or, where it has none that can be written, the port it is plugged into.
enum DeviceName {
    private static let serialCharactersMax = 64

    static func id(_ sighting: PeripheralSighting) -> String {
        guard let serial = sighting.serial, isPlain(serial) else {
            return byPort(sighting.vendor, sighting.product, sighting.portPath)
        }
        return "\(hex(sighting.vendor))-\(hex(sighting.product))-\(serial)"
    }

    static func byPort(_ vendor: UInt16, _ product: UInt16, _ port: String) -> String {
        "\(hex(vendor))-\(hex(product))-port-\(port)"
    }

    /// What a name stands for; nil for one that no device can have.
    static func key(_ id: String) -> PeripheralKey? {
        let parts = id.split(separator: "-", maxSplits: 2).map(String.init)
        guard parts.count == 3, let vendor = UInt16(parts[0], radix: 16),
            let product = UInt16(parts[1], radix: 16)
        else { return nil }
        if parts[2].hasPrefix("port-") {
            return .port(String(parts[2].dropFirst(5)), vendor: vendor, product: product)
        }
        return .serial(vendor: vendor, product: product, serial: parts[2])
    }

    private static func isPlain(_ serial: String) -> Bool {
        (1...serialCharactersMax).contains(serial.utf8.count) && !serial.hasPrefix("port-")
            && serial.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0))
            }
    }

    private static func hex(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
