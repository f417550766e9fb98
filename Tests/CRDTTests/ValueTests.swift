import CRDT
import Testing

@Suite struct ValueTests {
    @Test func `a composed and a decomposed letter are two texts`() {
        #expect("é" == "e\u{301}", "Swift's own equality, which is not ours")
        #expect(Value.text("é") != .text("e\u{301}"))
        #expect(Set([Value.text("é"), .text("e\u{301}")]).count == 2)
        #expect(Value.text("e\u{301}") < .text("é"))
    }

    @Test func `there is one zero and one NaN`() {
        #expect(Value.real(normalizing: -0.0) == .real(0))
        #expect(Value.real(normalizing: -.nan) == .real(.nan))
        #expect(Value.real(normalizing: .signalingNaN) == .real(.nan))
        #expect(Value.real(-0.0) != .real(0))
    }

    @Test func `kinds do not mix`() {
        let values: [Value] = [
            .null, .integer(0), .real(0), .text(""), .blob([]), .reference(RowID(0)),
        ]
        #expect(Set(values).count == values.count)
        #expect(values.filter(\.isNull) == [.null])
    }

    /// Values at which a comparison of numbers of two kinds goes wrong.
    static let values: [Value] = [
        .null, .integer(0), .real(0), .integer(1), .real(1), .real(0.5), .real(.nan),
        .real(.infinity), .real(-.infinity), .integer(.max), .integer(.min), .real(0x1p63),
        .real(-0x1p63), .integer(1 << 53), .integer(1 << 53 + 1), .real(0x1p53), .text("a"),
        .text("b"), .blob([1]), .blob([]), .reference(RowID(1)), .reference(RowID(2)),
    ]

    @Test func `of two different values one is less`() {
        for left in Self.values {
            for right in Self.values {
                let relations = [left < right, right < left, left == right].filter { $0 }
                #expect(relations.count == 1, "\(left) and \(right)")
            }
        }
    }

    @Test func `order is transitive`() {
        for a in Self.values {
            for b in Self.values where a < b {
                for c in Self.values where b < c { #expect(a < c, "\(a), \(b), \(c)") }
            }
        }
    }

    @Test func `integers stand before reals, whatever their size`() {
        #expect(Value.integer(2) < .real(1.5))
        #expect(Value.integer(.max) < .real(-.infinity))
        #expect(Value.real(.infinity) < .real(.nan))
    }
}
