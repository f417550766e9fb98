import CRDT
import Testing

/// Canonical form: one transaction, one byte string, and nothing else is read.
@Suite struct EncodingTests {
    static let seeds = Array(UInt64(1)...100)

    static func vectors() -> [GoodVector] { VectorTests.file?.good ?? [] }

    @Test(arguments: seeds)
    func `what is encoded decodes to itself`(seed: UInt64) throws {
        var random = RandomTransactions(seed: seed)
        for _ in 0..<25 {
            let transaction = random.transaction()
            let decoded = try EncodedTransaction(decoding: transaction.encoded().bytes)
            #expect(decoded == transaction.encoded())
        }
    }

    @Test(arguments: seeds)
    func `what is accepted encodes to the same bytes`(seed: UInt64) {
        var random = RandomTransactions(seed: seed)
        var accepted = 0
        for _ in 0..<25 {
            var bytes = random.transaction().encoded().bytes
            bytes[random.random.below(bytes.count)] ^= 1 << UInt8(random.random.below(8))
            guard let decoded = try? EncodedTransaction(decoding: bytes) else { continue }
            accepted += 1
            #expect(decoded.transaction.encoded() == decoded)
        }
        #expect(accepted > 0)
    }

    @Test(arguments: vectors())
    func `no beginning of a transaction is one`(vector: GoodVector) throws {
        let bytes = try #require([UInt8](hex: vector.bytes))
        let accepted = bytes.indices.filter { refusal(of: Array(bytes[..<$0])) == nil }
        #expect(accepted == [])
    }

    @Test(arguments: vectors())
    func `a transaction and one byte more is none`(vector: GoodVector) throws {
        let bytes = try #require([UInt8](hex: vector.bytes))
        let reasons = (UInt8.min...UInt8.max).map { refusal(of: bytes + [$0]) }
        #expect(Set(reasons) == ["trailing 1"])
    }

    /// Larger vectors are left to `fuzz-decoders`.
    @Test(arguments: vectors().filter { $0.bytes.count <= 800 })
    func `a flipped bit is refused or is another transaction`(vector: GoodVector) throws {
        let bytes = try #require([UInt8](hex: vector.bytes))
        let transaction = try vector.transaction.transaction()
        var wrong: [Int] = []
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let decoded = try? EncodedTransaction(decoding: flipped) else { continue }
            let isItself = decoded.transaction.encoded().bytes == flipped
            if !isItself || decoded.transaction == transaction { wrong.append(bit) }
        }
        #expect(wrong == [])
    }

    @Test(arguments: [
        (Limits.valueBytesMax, nil), (Limits.valueBytesMax + 1, "beyondLimit text bytes"),
    ])
    func `a text is as long as the limit and no longer`(length: Int, reason: String?) {
        let text = String(repeating: "x", count: length)
        let row = GoodTransactions.insert(GoodTransactions.row(1), [.assign(.text(text))])
        let bytes = Transaction(stamp: .zero, rows: [row]).encoded().bytes
        #expect(refusal(of: bytes) == reason)
    }

    @Test(arguments: [(4_095, nil), (4_096, "beyondLimit transaction rows")])
    func `rows in sections count with the others`(open: Int, reason: String?) {
        let row = GoodTransactions.update(GoodTransactions.row(1), [])
        let section = Section(subject: row.row, content: .present(salt: 1, rows: [row]))
        let transaction = Transaction(
            stamp: .zero, rows: Array(repeating: row, count: open), sections: [section])
        #expect(refusal(of: transaction.encoded().bytes) == reason)
    }
}

/// What a caller may build but no peer would accept never gets bytes that can be committed.
@Suite struct CheckedEncodingTests {
    static let row = GoodTransactions.row(1)
    static let cells = GoodTransactions.cells([.assign(.null), .assign(.null)])

    static let refused: [(Transaction, String)] = [
        (
            Transaction(stamp: .zero, rows: [GoodTransactions.insert(row, [.assign(.real(-0.0))])]),
            "notCanonical real"
        ),
        (
            Transaction(
                stamp: .zero,
                rows: [
                    RowOperation(collection: 1, row: row, kind: .insert, cells: cells.reversed())
                ]), "notCanonical field order"
        ),
        (
            Transaction(
                stamp: .zero,
                rows: [
                    RowOperation(
                        collection: 1, row: row, kind: .delete, stamp: .zero, cells: [])
                ]), "notCanonical stamp without bump"
        ),
        (
            Transaction(
                stamp: GoodTransactions.stamp,
                rows: [
                    RowOperation(
                        collection: 1, row: row, kind: .delete, stamp: .zero, cells: [])
                ]), "stampOutOfRange"
        ),
        (
            Transaction(
                stamp: .zero, context: GoodTransactions.contexts.context.reversed(), rows: []),
            "notCanonical context order"
        ),
        (
            Transaction(
                stamp: .zero,
                rows: (0...4_096).map { GoodTransactions.insert(GoodTransactions.row($0), []) }),
            "beyondLimit rows"
        ),
        (
            Transaction(
                stamp: .zero,
                rows: (1...5).map { field in
                    let text = String(repeating: "x", count: Limits.valueBytesMax)
                    return GoodTransactions.insert(row, [.assign(.text(text))])
                }), "beyondLimit transaction bytes"
        ),
    ]

    @Test(arguments: refused)
    func `a transaction that peers would refuse is not encoded`(
        transaction: Transaction, reason: String
    ) {
        #expect {
            _ = try EncodedTransaction(encoding: transaction)
        } throws: { error in
            (error as? CRDT.DecodingError)?.refusal == reason
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `any other is, to the same bytes`(seed: UInt64) throws {
        var random = RandomTransactions(seed: seed)
        for _ in 0..<200 {
            let transaction = random.transaction()
            #expect(try EncodedTransaction(encoding: transaction) == transaction.encoded())
        }
    }
}
