import CRDT

extension Decoder {
    static let transaction = Decoder(
        name: "transaction",
        vectors: GoodTransactions.all(FoldingHasher()).map { $0.transaction.encoded().bytes },
        draw: drawTransaction, check: checkTransaction)
}

/// Not a good hash, but a quick one that depends on every byte.
struct FoldingHasher: ContentHasher {
    func hash(_ bytes: [UInt8]) -> ContentHash {
        var state: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 1)
        for byte in bytes {
            state.0 = (state.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            state.1 = state.1 &* 31 &+ state.0
        }
        return ContentHash(state.0, state.1, state.0 ^ state.1, UInt64(bytes.count))
    }
}

@Sendable
private func checkTransaction(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let decoded: EncodedTransaction
    do {
        decoded = try EncodedTransaction(decoding: bytes)
    } catch {
        return .refused(error.refusal)
    }
    guard decoded.transaction.encoded() == decoded else {
        throw BrokenLaw(text: "what was accepted does not encode to the same bytes")
    }
    guard hasOnlyRealBumps(decoded.transaction) else {
        throw BrokenLaw(text: "a bump that lifts nothing has two spellings")
    }
    if !decoded.transaction.sections.isEmpty { try checkErasure(of: decoded) }
    return .accepted
}

private func hasOnlyRealBumps(_ transaction: Transaction) -> Bool {
    var rows = transaction.rows
    for section in transaction.sections {
        if case .present(_, let more) = section.content { rows += more }
    }
    return rows.allSatisfy { row in
        let stamps = [row.stamp] + row.cells.map(\.stamp)
        return stamps.allSatisfy { $0.map { $0 > transaction.stamp } ?? true }
    }
}

private func checkErasure(of whole: EncodedTransaction) throws(BrokenLaw) {
    let hasher = FoldingHasher()
    let places = Array(whole.transaction.sections.indices)
    let erased = GoodTransactions.erasing(places, of: whole.transaction, hasher).encoded()
    let start = ContentHash(1, 2, 3, 4)
    guard erased.chainHash(after: start, hasher) == whole.chainHash(after: start, hasher) else {
        throw BrokenLaw(text: "erasing the sections changes the chain hash")
    }
    guard (try? EncodedTransaction(decoding: erased.bytes)) == erased else {
        throw BrokenLaw(text: "a transaction with its sections erased is refused")
    }
}

// MARK: Drawing

@Sendable
private func drawTransaction(_ source: inout RandomTransactions) -> [UInt8] {
    switch source.random.below(16) {
    case 0..<3: return source.transaction().encoded().bytes
    case 3..<11: return disordered(&source).encoded().bytes
    case 11..<14: return withChangedSection(&source)
    case 14: return withArbitraryText(&source)
    default:
        return source.random.chance(1, in: 200)
            ? huge(&source) : source.transaction().encoded().bytes
    }
}

/// A transaction changed in its content, not in its bytes: `encoded()` writes what no one may.
private func disordered(_ source: inout RandomTransactions) -> Transaction {
    var transaction = source.transaction()
    let other = source.transaction()
    for _ in 0..<(1 + source.random.below(3)) { disorder(&transaction, with: other, &source) }
    return transaction
}

private func disorder(
    _ transaction: inout Transaction, with other: Transaction, _ source: inout RandomTransactions
) {
    switch source.random.below(12) {
    case 0: transaction.rows.shuffle(using: &source.random)
    case 1: transaction.rows += other.rows
    case 2: transaction.sections += other.sections
    case 3: transaction.sections.shuffle(using: &source.random)
    case 4: transaction.context.shuffle(using: &source.random)
    case 5: transaction.context += transaction.context.prefix(1)
    case 6: transaction.stamp = source.stamp()
    case 7: transaction.original = other.original ?? transaction.original
    case 8: transaction.rosterHead = source.random.chance(1, in: 2) ? nil : source.hash()
    default:
        guard !transaction.rows.isEmpty else { return }
        let place = source.random.below(transaction.rows.count)
        disorder(&transaction.rows[place], &source)
    }
}

private func disorder(_ row: inout RowOperation, _ source: inout RandomTransactions) {
    switch source.random.below(7) {
    case 0: row.kind = source.random.pick([.insert, .update, .delete])
    case 1: row.stamp = source.stamp()
    case 2: row.cells.shuffle(using: &source.random)
    case 3: row.cells += row.cells.prefix(1)
    case 4: row.row = RowID(UInt128(source.random.next()) << 64 | UInt128(source.random.next()))
    default:
        guard !row.cells.isEmpty else { return }
        let place = source.random.below(row.cells.count)
        switch source.random.below(4) {
        case 0: row.cells[place].stamp = source.stamp()
        case 1: row.cells[place].field = UInt32(source.random.number(bits: 32))
        case 2: row.cells[place].action = .assign(.real(Double(bitPattern: source.random.next())))
        default: row.cells[place].action = .assign(source.value([1, 2]))
        }
    }
}

/// The bytes of a section changed, its length made right again.
private func withChangedSection(_ source: inout RandomTransactions) -> [UInt8] {
    var transaction = source.transaction()
    let salt = UInt128(source.random.next()) << 64 | UInt128(source.random.next())
    let row = RowOperation(collection: 3, row: RowID(5 << 48), kind: .update, cells: [])
    let rows = source.transaction().rows.filter { $0.kind == .update } + [row]
    transaction.sections = [Section(subject: row.row, content: .present(salt: salt, rows: rows))]
    let bytes = transaction.encoded().bytes
    var mark = ByteWriter()
    mark.write(id: salt)
    guard let start = bytes.indices.last(where: { bytes[$0...].starts(with: mark.bytes) }) else {
        return bytes
    }
    var reader = ByteReader(bytes[(start + 16)...])
    guard let content = try? reader.block(upTo: Limits.transactionBytesMax, of: "section") else {
        return bytes
    }
    var writer = ByteWriter()
    writer.write(bytes: bytes[..<(start + 16)])
    writer.write(block: mutated(Array(content), with: bytes, &source.random))
    return writer.bytes
}

/// Any bytes as a text, with its length.
private func withArbitraryText(_ source: inout RandomTransactions) -> [UInt8] {
    let starts: [UInt8] = [0x00, 0x61, 0x80, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF8, 0xFF, 0xBF]
    let text = (0..<source.random.below(12)).map { _ in
        source.random.chance(3, in: 4)
            ? source.random.pick(starts) : UInt8(source.random.below(256))
    }
    let row = GoodTransactions.update(RowID(5), [.assign(.blob(text))])
    var bytes = Transaction(stamp: .zero, rows: [row]).encoded().bytes
    // Code byte, length, text, and no sections stand at the end.
    bytes[bytes.count - text.count - 3] = 3
    return bytes
}

/// Near a limit: many rows, many cells, long values, many sections or many prefixes.
private func huge(_ source: inout RandomTransactions) -> [UInt8] {
    let cells = (1...512).map { CellOperation(field: UInt32($0), action: .assign(.null)) }
    let rows: [RowOperation]
    var sections: [Section] = []
    switch source.random.below(5) {
    case 0:
        rows = (0..<(4_090 + source.random.below(8))).map {
            GoodTransactions.update(RowID(UInt128($0)), [])
        }
    case 1:
        rows = (0..<(720 + source.random.below(20))).map {
            RowOperation(collection: 1, row: RowID(UInt128($0)), kind: .insert, cells: cells)
        }
    case 2:
        rows = (0..<(3 + source.random.below(2))).map {
            let text = String(repeating: "é", count: 131_070 + source.random.below(4))
            return GoodTransactions.update(RowID(UInt128($0)), [.assign(.text(text))])
        }
    case 3:
        rows = (0..<(4_090 + source.random.below(8))).map {
            GoodTransactions.update(RowID(UInt128($0) << 48), [])
        }
    default:
        rows = []
        sections = (0..<(4_090 + source.random.below(8))).map {
            let row = GoodTransactions.update(RowID(UInt128($0)), [])
            return Section(subject: row.row, content: .present(salt: 1, rows: [row]))
        }
    }
    return Transaction(stamp: .zero, rows: rows, sections: sections).encoded().bytes
}
