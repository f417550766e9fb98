public import CRDT

/// Row ids as people and programs outside see them: 32 lower-case hexadecimal digits.
public enum RowName {
    /// The text of an id.
    public static func text(_ row: RowID) -> String { text(row.value) }

    /// A whole number as lower-case hexadecimal digits, leading zeros included.
    public static func text(_ number: UInt64) -> String { text(UInt128(number), digits: 16) }

    /// A whole number as lower-case hexadecimal digits, leading zeros included.
    public static func text(_ number: UInt128) -> String { text(number, digits: 32) }

    // Every row of a list has several ids, and the library's own way divides 128 bits for each
    // digit.
    private static func text(_ number: UInt128, digits: Int) -> String {
        String(unsafeUninitializedCapacity: digits) { text in
            var (high, low) = (
                UInt64(truncatingIfNeeded: number >> 64), UInt64(truncatingIfNeeded: number)
            )
            for place in (0..<digits).reversed() {
                let digit = UInt8(truncatingIfNeeded: low & 15)
                text[place] =
                    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
                low = low >> 4 | high << 60
                high >>= 4
            }
            return digits
        }
    }

    /// The id of a text; `nil` for anything but 32 hexadecimal digits.
    public static func row(_ text: some StringProtocol) -> RowID? {
        var number: UInt128 = 0
        var count = 0
        for byte in text.utf8 {
            guard count < 32, let digit = digit(byte) else { return nil }
            number = number << 4 | UInt128(digit)
            count += 1
        }
        return count == 32 ? RowID(number) : nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
