import CRDT
import FrontDesk
import Testing

/// What a field may hold, as the shipped packs say it.
@Suite struct FieldRuleTests {
    @Test(arguments: [
        ("animal", "birth_date", "2026-02-30", "“2026-02-30” is no day of the calendar"),
        ("animal", "birth_date", "1023-01-01", "not within the years 1800 to 2199"),
        ("animal", "birth_date", "30.2.2026", "expected 2026-11-21"),
        ("booking", "from_time", "24:00", "is no time of day; expected 09:30"),
        ("booking", "from_time", "+9:00", "is no time of day"),
        ("animal", "sex", "femal", "cannot be recorded; expected one of female, male, unknown"),
        ("booking", "status", "gone", "expected one of requested, waitlisted, confirmed"),
        ("party", "language", "english, mostly", "is no language"),
        ("party", "language", "a1", "is no language"),
        ("site", "currency", "eur", "is no currency; expected EUR"),
        ("site", "zone", "Berlin", "is no time zone"),
        ("site", "zone", "Europe/", "is no time zone"),
        ("staff", "email", "nadia@", "is no e-mail address"),
        ("staff", "email", "na dia@example.com", "is no e-mail address"),
        ("animal", "name", "", "is blank"), ("animal", "name", " \u{3000} ", "is blank"),
        ("animal", "name", "Rex\u{1B}@", "control character U+001B"),
        ("animal", "name", "Rex\nRover", "more than one line"),
        ("animal", "name", "Rex\u{202E}revoR", "control character U+202E"),
        ("animal", "name", "Rex\u{0}", "control character U+0000"),
        ("animal", "marks", "white\u{7F}", "control character U+007F"),
        (
            "animal", "name", String(repeating: "ü", count: 501),
            "has 501 characters; at most 500 can be recorded"
        ),
    ])
    func `a text that makes no sense is refused with what was expected`(
        collection: String, field: String, text: String, reason: String
    ) throws {
        let rule = try Self.rule(collection, field)
        #expect(try #require(rule.fault(of: .text(text))).contains(reason))
    }

    @Test(arguments: [
        ("animal", "birth_date", "2024-02-29"), ("booking", "from_time", "23:59"),
        ("animal", "name", "^XA <b>Ünal\u{301} رُكس 雪 🐕‍🦺"),
        ("animal", "marks", "white\n\tone ear"),
        ("party", "language", "pt-BR"), ("site", "zone", "America/Argentina/Buenos_Aires"),
        ("site", "zone", "UTC"), ("site", "currency", "EUR"), ("staff", "email", "n@example.com"),
        ("staff", "email", "n@localhost"), ("booking", "status", "checked_in"),
        ("animal", "name", "=1+1"),
    ])
    func `a text that people write is taken as it is`(
        collection: String, field: String, text: String
    ) throws {
        #expect(try Self.rule(collection, field).fault(of: .text(text)) == nil)
    }

    @Test(arguments: [
        ("animal", "neutered", 2, "2 is out of range; expected 0 or 1"),
        ("resource", "max_animals", 0, "expected 1 to 1000"),
        ("party", "credit_limit_minor", -1, "expected 0 to 100000000000"),
        ("resource_claim", "fence", -1, "expected 0 or more"),
        ("party_contact", "verified_at", 20_261_121_000_000_000, "is no moment"),
    ])
    func `a number out of range is refused with the range`(
        collection: String, field: String, number: Int64, reason: String
    ) throws {
        let fault = try Self.rule(collection, field).fault(of: .integer(number))
        #expect(try #require(fault).contains(reason))
    }

    @Test func `every value that a rule takes fits what the description says of it`() throws {
        for format in FieldFormat.allCases where format.type == .text {
            let pattern = try #require(format.pattern)
            let regex = try Regex(pattern)
            for text in [
                "2024-02-29", "09:30", "en", "pt-BR", "EUR", "UTC", "Europe/Rome", "a@b.c",
            ] {
                let rule = try Self.rule(with: format)
                if rule.fault(of: .text(text)) == nil {
                    #expect(text.firstMatch(of: regex) != nil, "\(format) \(text)")
                }
            }
        }
    }

    private static func rule(_ collection: String, _ field: String) throws -> FieldRule {
        try #require(RecordRules(try Packs.shipped()).rule(for: field, of: collection))
    }

    private static func rule(with format: FieldFormat) throws -> FieldRule {
        let pack = try Packs.pack(
            """
            {"id": 1, "name": "a", "bare": true, "writers": ["desk"], "fields": [
              {"id": 1, "name": "x", "type": "text", "merge": "last-writer",
               "format": "\(format.rawValue)"}]}
            """)
        return try #require(RecordRules([pack]).rule(for: "x", of: "a"))
    }
}
