import CRDT
import FrontDesk
import Testing

@Suite struct RecordReviewTests {
    @Test func `every member that is wrong is named, in the pack's order`() throws {
        let faults = try Self.faults(
            "animal",
            [
                "sex": .value(.text("femal")), "birth_date": .value(.text("2026-02-30")),
                "neutered": .value(.integer(7)), "tags": .elements([.text("ok"), .text("\u{7}")]),
                "created_by": .value(.reference(RowID(4))),
            ])
        #expect(
            faults.map(\.field) == [
                "created_by", "sex", "neutered", "birth_date", "tags", "name",
            ])
        #expect(faults[4].element == 1)
        #expect(faults[4].sentence.hasPrefix("tags, element 2: holds the control character"))
        #expect(faults[5].reason == "must be said")
    }

    @Test func `a person needs some name, and keeps one`() throws {
        let kind: [String: FieldContent] = ["kind": .value(.text("person"))]
        #expect(try Self.faults("party", kind).map(\.field) == ["given"])
        let named = kind.merging(["display": .value(.text("Nadia"))]) { $1 }
        #expect(try Self.faults("party", named).isEmpty)
        #expect(try Self.faults("party", ["display": .value(.null)], held: named).count == 1)
        #expect(try Self.faults("party", ["language": .value(.text("ar"))], held: kind).isEmpty)
    }

    @Test func `who leaves does so after who comes, whichever of the days is changed`() throws {
        let held: [String: FieldContent] = [
            "from_date": .value(.text("2026-05-04")), "to_date": .value(.text("2026-05-08")),
        ]
        let late = try Self.faults(
            "booking", ["from_date": .value(.text("2026-05-09"))], held: held)
        #expect(late.map(\.field) == ["to_date"])
        #expect(late[0].reason.contains("is before from_date"))
        #expect(
            try Self.faults("booking", ["to_date": .value(.text("2026-05-04"))], held: held)
                .isEmpty)
    }

    @Test func `what another site wrote stands in nobody's way`() throws {
        let held: [String: FieldContent] = [
            "name": .value(.text("Rex\u{7}")), "birth_date": .value(.text("someday")),
            "usual_vet": .value(.reference(RowID(9))), "tags": .elements([.text("a\u{1}")]),
        ]
        let same = held.merging(["sex": .value(.text("male"))]) { $1 }
        #expect(try Self.faults("animal", same, held: held).isEmpty)
        let more: [String: FieldContent] = ["tags": .elements([.text("b"), .text("a\u{1}")])]
        #expect(try Self.faults("animal", more, held: held).isEmpty)
    }

    @Test(arguments: [
        ("checked_in", "confirmed", false), ("checked_in", nil, false),
        ("checked_in", "checked_in", true), ("checked_out", "confirmed", false),
        ("checked_out", nil, false), ("checked_out", "checked_in", true),
        ("cancelled", "checked_in", true),
    ])
    func `a word that a command writes is not written by hand`(
        word: String, held: String?, isFine: Bool
    ) throws {
        let before = held.map { ["status": FieldContent.value(.text($0))] } ?? [:]
        let faults = try Self.faults(
            "booking", ["status": .value(.text(word))], held: before)
        #expect(faults.map(\.field) == (isFine ? [] : ["status"]))
        #expect(faults.allSatisfy { $0.reason.contains("by hand") })
    }

    @Test func `a field that is written once may be said again and not changed`() throws {
        let held: [String: FieldContent] = ["kind": .value(.text("person"))]
        #expect(try Self.faults("party", held, held: held).isEmpty)
        let other = try Self.faults("party", ["kind": .value(.text("organisation"))], held: held)
        #expect(other.map(\.reason) == ["cannot be changed once the record is made"])
        #expect(
            try Self.faults("checkin_answer", ["value": .value(.text("no"))], held: [:])
                .map(\.field) == [nil])
    }

    @Test func `a record names only rows that are here`() throws {
        let review = RecordReview(
            RecordRules(try Packs.shipped()), try Self.collection("play_group"),
            [
                "day": .value(.text("2026-05-04")), "name": .value(.text("Small dogs")),
                "leader": .value(.reference(RowID(1))),
                "members": .elements([.reference(RowID(2)), .reference(RowID(3))]),
            ])
        #expect(review.references.count == 3)
        #expect(review.faults().isEmpty)
        let missing = review.references.filter { $0.row == RowID(3) }
        let faults = review.faults(missing: missing)
        #expect(faults.map(\.element) == [1])
        #expect(faults[0].reason.hasPrefix("no animal has that id here"))
    }

    private static func collection(_ name: String) throws -> RowCollection {
        try #require(try Packs.schema().collection(named: name))
    }

    private static func faults(
        _ name: String, _ contents: [String: FieldContent], held: [String: FieldContent]? = nil
    ) throws -> [RecordFault] {
        RecordReview(
            RecordRules(try Packs.shipped()), try collection(name), contents,
            held: held.map { held in { held[$0] } }
        ).faults()
    }
}
