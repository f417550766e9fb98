/// What the bus says of a device before anybody talks to it.
public struct PeripheralSighting: Sendable, Hashable {
    public let vendor: UInt16
    public let product: UInt16
    public let manufacturerText: String?
    public let productText: String?
    /// Many cheap devices have none, and some share one.
    public let serial: String?
    /// Bus and ports from the root, like `1-2.4`: where it is plugged in. Never the address, which
    /// is another one after each arrival.
    public let portPath: String
    /// Printers only.
    public let ieee1284: IEEE1284ID?

    public init(
        vendor: UInt16, product: UInt16, manufacturerText: String? = nil,
        productText: String? = nil, serial: String? = nil, portPath: String,
        ieee1284: IEEE1284ID? = nil
    ) {
        self.vendor = vendor
        self.product = product
        self.manufacturerText = manufacturerText
        self.productText = productText
        self.serial = serial
        self.portPath = portPath
        self.ieee1284 = ieee1284
    }

    /// The names under which a person's choice is remembered, the surest first.
    public var keys: [PeripheralKey] {
        let bySerial = serial.flatMap { serial in
            serial.isEmpty
                ? nil : PeripheralKey.serial(vendor: vendor, product: product, serial: serial)
        }
        return [bySerial, .port(portPath, vendor: vendor, product: product)].compactMap { $0 }
    }
}

/// The name of one device in a building.
public enum PeripheralKey: Sendable, Hashable {
    case serial(vendor: UInt16, product: UInt16, serial: String)
    /// For devices without a serial number: whatever of this make is plugged in there.
    case port(String, vendor: UInt16, product: UInt16)

    /// Whether it is the name of a device with these numbers.
    public func names(_ vendor: UInt16, _ product: UInt16) -> Bool {
        switch self {
        case .serial(let ours, let make, _), .port(_, let ours, let make):
            (ours, make) == (vendor, product)
        }
    }
}

extension DeviceProfile.MatchRule {
    /// How far a device was known.
    public enum Evidence: Int, Sendable, CaseIterable, Comparable {
        case ieee1284, strings, remembered, numbers

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The best evidence in this rule.
    var evidence: Evidence {
        ieee1284.isEmpty ? (strings.isEmpty ? .numbers : .strings) : .ieee1284
    }

    /// True if every part that the rule names fits.
    func fits(_ device: PeripheralSighting) -> Bool {
        let texts = [
            "manufacturer": device.manufacturerText, "product": device.productText,
        ]
        return ieee1284.allSatisfy { Self.fits($0.value, device.ieee1284?.values[$0.key]) }
            && strings.allSatisfy { Self.fits($0.value, texts[$0.key] ?? nil) }
            && (vendor == nil || vendor == device.vendor)
            && (products.isEmpty || products.contains(device.product))
    }

    /// `*` stands for any run of characters; the rest must be equal, in any case.
    static func fits(_ pattern: String, _ text: String?) -> Bool {
        guard let text else { return false }
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
        var rest = text.lowercased()[...]
        guard let first = parts.first, let last = parts.last else { return false }
        guard parts.count > 1 else { return rest == first }
        guard rest.hasPrefix(first) else { return false }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
