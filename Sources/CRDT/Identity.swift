/// A row's name for ever, on every replica: 16 bytes, a random 10-byte prefix drawn once per
/// process start and a 6-byte counter, so that a transaction writes the random part once.
public struct RowID: Hashable, Sendable, Comparable {
    /// The 16 bytes read as one big-endian number.
    public let value: UInt128

    public init(_ value: UInt128) { self.value = value }

    /// - Parameters:
    ///   - prefix: only the low 80 bits count.
    ///   - counter: only the low 48 bits count.
    public init(prefix: UInt128, counter: UInt64) {
        value = prefix << 48 | UInt128(counter & 0xFFFF_FFFF_FFFF)
    }

    public var prefix: UInt128 { value >> 48 }
    public var counter: UInt64 { UInt64(truncatingIfNeeded: value) & 0xFFFF_FFFF_FFFF }

    public static func < (left: RowID, right: RowID) -> Bool { left.value < right.value }
}

/// Draws row ids: one random prefix, then counting. A value; the process start supplies the prefix.
public struct RowIDSource: Sendable {
    private let prefix: UInt128
    private var next: UInt64 = 1

    public init(prefix: UInt128) { self.prefix = prefix & ((1 << 80) - 1) }

    public mutating func draw() -> RowID {
        defer { next += 1 }
        return RowID(prefix: prefix, counter: next)
    }
}

/// A device: the first 16 bytes of BLAKE2b-256 over `warren.device.v1` and its public signing key.
public struct DeviceID: Hashable, Sendable, Comparable {
    public let value: UInt128
    public init(_ value: UInt128) { self.value = value }
    public static func < (left: DeviceID, right: DeviceID) -> Bool { left.value < right.value }
}

/// A tenant: the first 16 bytes of the hash of its genesis entry.
public struct TenantID: Hashable, Sendable {
    public let value: UInt128
    public init(_ value: UInt128) { self.value = value }
}

/// Who writes: a device in one of its incarnations, with a gapless sequence and one hash chain.
///
/// A branch is never named on the wire. A fork gives two histories under one `WriterID`; the
/// chain hash beside every sequence says which one is meant.
public struct WriterID: Hashable, Sendable, Comparable {
    public let device: DeviceID
    public let incarnation: UInt32

    public init(device: DeviceID, incarnation: UInt32) {
        self.device = device
        self.incarnation = incarnation
    }

    public static func < (left: WriterID, right: WriterID) -> Bool {
        (left.device, left.incarnation) < (right.device, right.incarnation)
    }
}

extension WriterID: CustomStringConvertible {
    /// The device's 32 hexadecimal digits, a point and the incarnation, as status pages write it.
    public var description: String {
        let digits = String(device.value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits + ".\(incarnation)"
    }
}
