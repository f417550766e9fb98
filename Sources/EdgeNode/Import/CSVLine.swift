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
}
