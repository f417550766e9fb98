internal import CRDT

/// The workload's ids: 26 characters of Crockford's base 32 for the 128 bits that a row id has.
enum ULID {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// `nil` for anything that `text(of:)` does not write.
    static func row(_ text: String) -> RowID? {
        guard text.utf8.count == 26 else { return nil }
        var number: UInt128 = 0
        for (place, digit) in text.utf8.enumerated() {
            let value = values[Int(digit)]
            guard value < (place == 0 ? 8 : 32) else { return nil }
            number = number << 5 | UInt128(value)
        }
        return RowID(number)
    }

    static func text(of row: RowID) -> String {
        String(unsafeUninitializedCapacity: 26) { target in
            for place in 0..<26 {
                let shift = UInt128(5 * (25 - place))
                target[place] = digits[Int(truncatingIfNeeded: (row.value >> shift) & 31)]
            }
            return 26
        }
    }

    /// Its first 48 bits: Unix milliseconds.
    static func milliseconds(of row: RowID) -> Int64 { Int64(row.value >> 80) }
}
