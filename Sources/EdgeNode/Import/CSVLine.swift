/// One record of a CSV file (RFC 4180).
public enum CSVLine {
    /// Fields with commas, quotes or line ends stand in quotes.
    public static func text(_ fields: [String]) -> String {
        fields.map { field in
            guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
                return field
            }
            return "\""
                + field.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }

    /// The same, for a file that people open in a spreadsheet: what one would take for a formula
    /// stands behind an apostrophe, so that nobody's file runs anything at whoever reads it. One
    /// that stood behind apostrophes already gets one more: every field comes back as it was.
    public static func forPeople(_ fields: [String]) -> String {
        text(fields.map { isGuarded($0) ? "'" + $0 : $0 })
    }

    /// A field of such a file as it was before.
    static func unguarded(_ field: String) -> String {
        guard field.unicodeScalars.first == "'", isGuarded(field) else { return field }
        return String(field.unicodeScalars.dropFirst())
    }

    /// Whether a field is a formula, behind apostrophes or not.
    private static func isGuarded(_ field: String) -> Bool {
        isFormula(String(field.unicodeScalars.drop { $0 == "'" }))
    }

    /// What stands before the columns of the rows that an import left out (`--rejects`).
    public static let rejectColumns = ["file", "row", "problem"]

    /// Whether a spreadsheet might reckon it: by its first character, behind blanks too (OWASP,
    /// "CSV Injection"). The wide forms are what a spreadsheet of East Asia takes for the same.
    private static func isFormula(_ field: String) -> Bool {
        let blanks: Set<Unicode.Scalar> = [" ", "\u{A0}", "\u{3000}", "\u{FEFF}"]
        guard let first = field.unicodeScalars.first(where: { !blanks.contains($0) }) else {
            return false
        }
        return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first)
    }
}
