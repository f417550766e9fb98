import FrontDesk
import Testing

@Suite struct PackReviewTests {
    /// Collections, rank tables, and the sentence that is expected of them.
    static let faults: [(String, String, String)] = [
        (
            #"{"id": 0, "name": "a", "writers": ["desk"], "fields": []}"#, "{}",
            "a has id 0; ids begin with 1."
        ),
        (
            #"{"id": 1, "name": "a", "writers": [], "fields": []}"#, "{}", "Nobody may write a."
        ),
        (
            one(
                (1...65).map {
                    #"{"id": \#($0), "name": "f\#($0)", "type": "text", "merge": "last-writer"}"#
                }.joined(separator: ", ")), "{}",
            "a has 65 fields, those of everywhere included; a collection has at most 64."
        ),
        (
            #"{"id": 1, "name": "A b", "writers": ["desk"], "fields": []}"#, "{}",
            "Collection A b is not written in small letters, digits and underscores."
        ),
        (
            one(#"{"id": 1, "name": "key", "type": "text", "merge": "last-writer"}"#), "{}",
            "a.key is the name of a column that every table has."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "text", "merge": "last-writer"}, "#
                    + #"{"id": 1, "name": "y", "type": "text", "merge": "last-writer"}"#), "{}",
            "Field id 1 of a is used by x and y."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "text", "merge": "rank", "ranks": "t", "#
                    + #""onlyAfter": {"b": ["a", "c"]}}"#), #"{"t": {"a": 1, "b": 2}}"#,
            "a.x says when c is written, which is none of its words."
        ),
        (
            one(#"{"id": 1, "name": "x", "type": "text", "merge": "rank"}"#), "{}",
            "a.x needs merge rank and a rank table, or neither."
        ),
        (
            one(#"{"id": 1, "name": "x", "type": "text", "merge": "rank", "ranks": "t"}"#),
            #"{"t": {"one": 1, "two": 1}}"#,
            "Rank table t of test gives one and two the same rank 1."
        ),
        (
            one(#"{"id": 1, "name": "x", "type": "text", "merge": "owned"}"#), "{}",
            "a.x is owned, but a names no home site."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "text", "merge": "last-writer", "personal": true}"#
            ), "{}", "a.x is personal, but a names no subject."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "reference", "merge": "create-only", "to": "b"}"#),
            "{}", "a.x refers to b, which no pack has."
        ),
        (
            one(#""#, #", "subject": "x""#), "{}",
            "The subject of a, x, must be a create-only reference."
        ),
        (
            one(#""#, #", "indexes": [["x"]]"#), "{}",
            "An index of a names x, which it does not have."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "text", "merge": "last-writer"}"#,
                #", "appendOnly": true"#), "{}",
            "a.x must be create-only: a is append-only."
        ),
        (
            one(
                #"{"id": 1, "name": "x", "type": "text", "merge": "last-writer"}"#,
                #", "retired": [1]"#), "{}", "a.x takes the retired field id 1."
        ),
    ]

    @Test(arguments: faults)
    func `every fault of a pack is a sentence`(
        collections: String, ranks: String, sentence: String
    ) throws {
        let pack = try Packs.pack(collections, ranks: ranks)
        #expect(Packs.problems([pack]) == [sentence])
    }

    @Test func `all problems are told at once`() throws {
        let pack = try Packs.pack(
            #"{"id": 0, "name": "a", "writers": [], "fields": []}, "#
                + #"{"id": 0, "name": "a", "writers": [], "fields": []}"#)
        #expect(Packs.problems([pack]).count == 6)
    }

    @Test func `a released field neither changes nor comes back`() throws {
        let old = try Packs.pack(
            Self.one(#"{"id": 1, "name": "x", "type": "text", "merge": "last-writer"}"#))
        let changed = try Packs.pack(
            Self.one(#"{"id": 1, "name": "x", "type": "text", "merge": "multi-value"}"#))
        let gone = try Packs.pack(Self.one(""))
        let retired = try Packs.pack(Self.one("", #", "retired": [1]"#))
        #expect(
            Packs.problems([changed], replacing: [old])
                == ["a.x changed; a released field is for ever."])
        #expect(
            Packs.problems([gone], replacing: [old]) == ["a.x is gone and its id is not retired."])
        #expect(Packs.problems([retired], replacing: [old]) == [])
        #expect(
            Packs.problems([gone], replacing: [retired])
                == ["a forgot that field id 1 is retired."])
    }

    @Test func `a released rank keeps its place and new ones may join`() throws {
        let field = Self.one(
            #"{"id": 1, "name": "x", "type": "text", "merge": "rank", "ranks": "t"}"#)
        let old = try Packs.pack(field, ranks: #"{"t": {"a": 1}}"#)
        let more = try Packs.pack(field, ranks: #"{"t": {"a": 1, "b": 2}}"#)
        let moved = try Packs.pack(field, ranks: #"{"t": {"a": 2, "b": 1}}"#)
        #expect(Packs.problems([more], replacing: [old]) == [])
        #expect(
            Packs.problems([moved], replacing: [old])
                == ["a.x ranked a 1; a released rank is for ever."])
    }

    private static func one(_ fields: String, _ more: String = "") -> String {
        #"{"id": 1, "name": "a", "writers": ["desk"], "fields": [\#(fields)]\#(more)}"#
    }
}
