/// Days as files write them.
enum ImportDate {
    /// The word for seconds since 1970.
    static let unix = "unix"

    /// What is wrong with a pattern, as the rest of a sentence; nil if it can be used.
    static func fault(of pattern: String) -> String? {
        if pattern == unix { return nil }
        let parts = ["YYYY", "MM", "DD"].map { part in
            pattern.indices.count { pattern[$0...].hasPrefix(part) }
        }
        if parts[0] != 1 { return "names the year (YYYY) not exactly once" }
        if parts[1] > 1 || parts[2] > 1 { return "names a month or day twice" }
        if parts[2] == 1, parts[1] == 0 { return "has a day without a month" }
        return nil
    }

    /// The day as records keep it, `2026-11-21`; of a year or month alone its first day. With it
    /// how exactly the text gives it: `day`, `month` or `year`.
    static func day(
        _ text: String, _ patterns: [String]
    ) -> (text: String, precision: String)? {
        for pattern in patterns {
            if pattern == unix {
                if let seconds = Int64(text), let day = Self.day(unixSeconds: seconds) {
                    return (day.isoText, "day")
                }
            } else if let (day, precision) = day(text, pattern) {
                return (day.isoText, precision)
            }
        }
        return nil
    }

    /// Whether a text that is no date by the patterns is one by a pattern with day and month in
    /// each other's place: then others of its kind were dates by chance, and wrong ones.
    static func isTurned(_ text: String, _ patterns: [String]) -> Bool {
        let turned = patterns.filter { $0.contains("MM") && $0.contains("DD") }.map { pattern in
            pattern.split(separator: "MM", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.split(separator: "DD", omittingEmptySubsequences: false) }
                .map { $0.joined(separator: "MM") }.joined(separator: "DD")
        }
        return day(text, turned) != nil
    }

    private static func day(
        _ text: String, _ pattern: String
    ) -> (day: LocalDate, precision: String)? {
        var (year, month, day) = (0, 1, 1)
        var (hasMonth, hasDay) = (false, false)
        var rest = Array(text.utf8)[...]
        var form = Array(pattern.utf8)[...]
        while let letter = form.first {
            if form.starts(with: "YYYY".utf8) {
                guard let number = number(&rest, 4...4) else { return nil }
                year = number
                form = form.dropFirst(4)
            } else if form.starts(with: "MM".utf8) {
                guard let number = number(&rest, 1...2) else { return nil }
                (month, hasMonth) = (number, true)
                form = form.dropFirst(2)
            } else if form.starts(with: "DD".utf8) {
                guard let number = number(&rest, 1...2) else { return nil }
                (day, hasDay) = (number, true)
                form = form.dropFirst(2)
            } else {
                guard rest.first == letter else { return nil }
                rest = rest.dropFirst()
                form = form.dropFirst()
            }
        }
        guard rest.isEmpty, let date = LocalDate(validYear: year, month: month, day: day) else {
            return nil
        }
        return (date, hasDay ? "day" : hasMonth ? "month" : "year")
    }

    private static func number(
        _ rest: inout ArraySlice<UInt8>, _ digits: ClosedRange<Int>
    ) -> Int? {
        let taken = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
        guard digits.contains(taken.count) else { return nil }
        rest = rest.dropFirst(taken.count)
        return taken.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Milliseconds since 1970 at a day's first moment in UTC. Days are counted in years that begin
    /// with March, so that the leap day is a year's last.
    static func milliseconds(of day: LocalDate) -> Int64 {
        let year = day.month > 2 ? day.year : day.year - 1
        let month = (day.month + 9) % 12
        let days =
            365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day.day - 1
        return Int64(days - daysBefore1970) * 86_400_000
    }

    private static let daysBefore1970 = 719_468

    private static func day(unixSeconds seconds: Int64) -> LocalDate? {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        let since1970 = Int((Double(seconds) / 86_400).rounded(.down))
        let days = since1970 + daysBefore1970
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let (calendarMonth, carry) = month < 10 ? (month + 3, 0) : (month - 9, 1)
        let year = yearOfEra + era * 400 + carry
        return LocalDate(validYear: year, month: calendarMonth, day: day)
    }
}
