/// What a collection or field may be called: a name becomes a table, a column, a path of the API.
enum PackName {
    /// Columns that every table has already.
    static let columns: Set<String> = ["key", "id", "clock", "rowid", "oid"]
    private static let charactersMax = 63

    /// What is wrong with the name, as the rest of a sentence.
    static func fault(_ name: String, reserved: Set<String>) -> String? {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, isLetter(first),
            bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") })
        else { return "is not written in small letters, digits and underscores" }
        if bytes.count > charactersMax { return "is longer than \(charactersMax) characters" }
        if reserved.contains(name) { return "is the name of a column that every table has" }
        if name.hasPrefix("warren_") || name.hasPrefix("sqlite_") {
            return "begins like a table of the machine room"
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
