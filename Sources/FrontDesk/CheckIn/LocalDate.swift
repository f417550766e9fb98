/// A day at a site, as its calendar on the wall shows it; no zone and no hour.
public struct LocalDate: Sendable, Hashable, Comparable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// - Parameter text: `2026-11-21`, and nothing else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10])
        else { return nil }
        self.init(validYear: year, month: month, day: day)
    }

    /// Nil for a day that no calendar has.
    init?(validYear year: Int, month: Int, day: Int) {
        guard (1...9_999).contains(year), (1...12).contains(month),
            (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Days that a record may name: what lies outside was mistyped.
    static let recordable =
        LocalDate(year: 1800, month: 1, day: 1)...LocalDate(year: 2199, month: 12, day: 31)

    /// The day so many days later; a greater number of days than a year has is cut to a year.
    public func adding(days: Int) -> LocalDate {
        var day = self
        for _ in 0..<min(max(0, days), 366) { day = day.next }
        return day
    }

    private var next: LocalDate {
        if day < Self.days(in: month, of: year) {
            return LocalDate(year: year, month: month, day: day + 1)
        }
        return month < 12
            ? LocalDate(year: year, month: month + 1, day: 1)
            : LocalDate(year: year + 1, month: 1, day: 1)
    }

    private init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// `2026-11-21`, as packs and the API write a day.
    public var isoText: String {
        // Digit by digit, for an import makes several of each of its rows.
        String(unsafeUninitializedCapacity: 10) { text in
            var number = (year % 10_000) * 10_000 + month * 100 + day
            for place in [9, 8, 6, 5, 3, 2, 1, 0] {
                text[place] = UInt8(ascii: "0") + UInt8(number % 10)
                number /= 10
            }
            (text[4], text[7]) = (UInt8(ascii: "-"), UInt8(ascii: "-"))
            return 10
        }
    }

    /// `21 Nov`.
    var dayAndMonth: String { "\(day) \(Self.months[month - 1])" }

    /// The days of a stay, `21 Nov to 24 Nov 2026`; nil if it is not known when it begins.
    static func span(from arrival: LocalDate?, to departure: LocalDate?) -> String? {
        guard let arrival else { return nil }
        guard let departure, departure > arrival else { return arrival.text }
        let year = arrival.year == departure.year ? "" : " \(arrival.year)"
        return "\(arrival.dayAndMonth)\(year) to \(departure.text)"
    }

    /// `21 Nov 2026`.
    var text: String { "\(dayAndMonth) \(year)" }

    public static func < (left: LocalDate, right: LocalDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.reduce(Int?.some(0)) { sum, byte in
            guard let sum, (0x30...0x39).contains(byte) else { return nil }
            return sum * 10 + Int(byte - 0x30)
        }
    }
}
