public import CRDT

/// Row ids as people and programs outside see them: 32 lower-case hexadecimal digits.
public enum RowName {
    /// The text of an id.
    public static func text(_ row: RowID) -> String { text(row.value) }

    /// A whole number as lower-case hexadecimal digits, leading zeros included.
    public static func text(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
    }

    /// The id of a text; `nil` for anything but 32 hexadecimal digits.
    public static func row(_ text: some StringProtocol) -> RowID? {
        guard text.utf8.count == 32, !text.hasPrefix("+"), !text.hasPrefix("-") else { return nil }
        return UInt128(text, radix: 16).map(RowID.init)
    }
}
