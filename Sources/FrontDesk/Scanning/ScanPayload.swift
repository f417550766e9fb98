public import CRDT

/// What the QR code on a tag says: which row it speaks of, and of which kind (`Scan-Payload.md`).
///
///     WRN1:A:01ARZ3NDEKTSV4RRFFQ69G5FAVCJ
///
/// 35 characters of QR's alphanumeric set: form, kind, 26 digits of the row id, 2 check digits.
public struct ScanPayload: Sendable, Hashable {
    /// The letter is for ever.
    public enum Kind: String, Sendable, CaseIterable {
        case animal = "A"
        case booking = "B"
        case stay = "S"
        case resource = "R"
        case printJob = "J"
        case device = "D"
    }

    public let kind: Kind
    public let row: RowID

    public init(_ kind: Kind, _ row: RowID) {
        self.kind = kind
        self.row = row
    }

    /// Why a scan is not one of our codes. A foreign code is no fault: dogs come with many tags.
    public enum Problem: Error, Sendable, Hashable {
        case foreign
        /// Ours, of a form that this program does not know.
        case newerForm
        case wrongLength(Int)
        case unknownKind
        case badCharacter(position: Int)
        /// Misread, or typed wrongly.
        case wrongCheck
        /// Digits that make more than 128 bits.
        case outOfRange
    }

    private static let form = "WRN1:"
    private static let idDigits = 26
    static let characters = 35

    /// The code's text.
    public var text: String {
        let check = Self.check(kind, row.value)
        return Self.form + kind.rawValue + ":" + CrockfordBase32.encode(row.value, digits: 26)
            + CrockfordBase32.encode(check, digits: 2)
    }

    /// The last six characters, to be read aloud and compared; not an address.
    public var shortText: String { String(text.suffix(6)) }

    /// Reads what a scanner sent. Small letters, surrounding blanks and the look-alikes I, L and O
    /// are forgiven; all else is not.
    public static func parse(_ scan: String) throws(Problem) -> ScanPayload {
        let bytes = trimmed(scan).map(upper)
        guard bytes.starts(with: "WRN".utf8), bytes.count > 4 else { throw .foreign }
        guard bytes.starts(with: form.utf8) else {
            throw isDigit(bytes[3]) ? .newerForm : .foreign
        }
        guard bytes.count == characters else { throw .wrongLength(bytes.count) }
        guard bytes[6] == UInt8(ascii: ":") else { throw .badCharacter(position: 6) }
        guard let kind = Kind(rawValue: String(decoding: bytes[5...5], as: UTF8.self)) else {
            throw .unknownKind
        }
        var value: UInt128 = 0
        for (index, byte) in bytes[7..<(7 + idDigits)].enumerated() {
            guard let digit = CrockfordBase32.value(byte) else {
                throw .badCharacter(position: 7 + index)
            }
            if index == 0, digit > 7 { throw .outOfRange }
            value = value << 5 | UInt128(digit)
        }
        var check: UInt128 = 0
        for (index, byte) in bytes[(7 + idDigits)...].enumerated() {
            guard let digit = CrockfordBase32.value(byte) else {
                throw .badCharacter(position: 7 + idDigits + index)
            }
            check = check << 5 | UInt128(digit)
        }
        guard check == Self.check(kind, value) else { throw .wrongCheck }
        return ScanPayload(kind, RowID(value))
    }

    /// The number formed by kind and id, in base 32, modulo 1021: the greatest prime below 32², so
    /// that every wrong digit and every exchange of neighbours is found.
    private static func check(_ kind: Kind, _ value: UInt128) -> UInt128 {
        let prime: UInt128 = 1_021
        let letter = UInt128(kind.rawValue.utf8.first ?? 0)
        // The letter stands above 26 digits: times 2^130, taken by halves because it does not fit.
        let half = (UInt128(1) << 65) % prime
        return (letter % prime * (half * half % prime) + value % prime) % prime
    }

    private static func trimmed(_ scan: String) -> ArraySlice<UInt8> {
        // More than any code of ours with its blanks; bounds what a scanner can make us look at.
        var bytes = Array(scan.utf8.prefix(128))[...]
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return bytes
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & ~0x20 : byte
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
