import CRDT

/// Draws transactions that a writer may make: canonical, within limits, of every shape.
/// The same seed gives the same transactions, on every machine.
struct RandomTransactions {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func transaction() -> Transaction {
        let stamp = stamp()
        let prefixes = (0..<(1 + random.below(4))).map { _ in UInt128(random.next()) << 16 | 7 }
        let rows = (0..<random.pick([0, 1, 1, 1, 2, 3, 8])).map { _ in
            row(prefixes, base: stamp, kinds: [.insert, .update, .update, .delete])
        }
        let sections = (0..<random.pick([0, 0, 0, 1, 1, 2, 4])).map { _ in
            section(prefixes, base: stamp)
        }
        return Transaction(
            stamp: stamp, isClockSuspect: random.chance(1, in: 8),
            minimumReader: UInt32(random.number(bits: 32)),
            rosterHead: random.chance(1, in: 8) ? hash() : nil,
            original: random.chance(1, in: 8)
                ? TransactionName(writer: writer(), sequence: sequence(), chain: hash()) : nil,
            context: context(), rows: rows, sections: distinct(sections))
    }

    mutating func stamp() -> Stamp {
        if random.chance(1, in: 16) { return random.pick([.zero, Stamp(milliseconds: .max)]) }
        return Stamp(milliseconds: Int64(random.number(bits: 47)))
    }

    mutating func hash() -> ContentHash {
        ContentHash(random.next(), random.next(), random.next(), random.next())
    }

    mutating func writer() -> WriterID {
        let device = UInt128(random.next()) << 64 | UInt128(random.next())
        return WriterID(
            device: DeviceID(random.chance(1, in: 8) ? device & 3 : device),
            incarnation: UInt32(random.number(bits: 32)))
    }

    mutating func sequence() -> UInt64 { max(1, random.number(bits: 62)) }

    private mutating func context() -> [ContextEntry] {
        var entries: [ContextEntry] = []
        for _ in 0..<random.pick([0, 0, 1, 1, 2, 5]) {
            entries.append(
                ContextEntry(writer: writer(), sequence: sequence(), chain: random.next()))
        }
        if let first = entries.first, random.chance(1, in: 6) {
            entries.append(
                ContextEntry(writer: first.writer, sequence: sequence(), chain: random.next()))
        }
        entries.sort { ($0.writer, $0.chain) < ($1.writer, $1.chain) }
        return entries
    }

    private mutating func rowID(_ prefixes: [UInt128]) -> RowID {
        RowID(prefix: random.pick(prefixes), counter: random.number(bits: 48))
    }

    private mutating func row(
        _ prefixes: [UInt128], base: Stamp, kinds: [RowOperation.Kind]
    ) -> RowOperation {
        let kind = random.pick(kinds)
        var fields: Set<UInt32> = []
        if kind != .delete {
            for _ in 0..<random.pick([0, 1, 1, 2, 3, 6]) {
                fields.insert(max(1, UInt32(random.number(bits: random.pick([5, 5, 5, 32])))))
            }
        }
        var cells: [CellOperation] = []
        for field in fields.sorted() {
            cells.append(
                CellOperation(field: field, action: action(prefixes), stamp: bump(over: base)))
        }
        return RowOperation(
            collection: UInt32(random.number(bits: random.pick([6, 6, 32]))),
            row: rowID(prefixes), kind: kind, stamp: kind == .delete ? bump(over: base) : nil,
            cells: cells)
    }

    private mutating func bump(over base: Stamp) -> Stamp? {
        guard random.chance(1, in: 6), base.bumped > base else { return nil }
        let room = Stamp.limit - 1 - base.value
        return Stamp(base.value + 1 + random.number(bits: 62) % room)
    }

    private mutating func action(_ prefixes: [UInt128]) -> CellOperation.Action {
        switch random.below(6) {
        case 0: .increment(Int64(bitPattern: random.number(bits: 64)))
        case 1: .add(value(prefixes))
        case 2: .remove(value(prefixes))
        default: .assign(value(prefixes))
        }
    }

    mutating func value(_ prefixes: [UInt128]) -> Value {
        switch random.below(8) {
        case 0: return .null
        case 1: return .integer(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
        case 2: return .real(normalizing: Double(bitPattern: random.next()))
        case 3: return .real(normalizing: random.pick([0, -0.0, .nan, .infinity, -1.5]))
        case 4, 5: return .text(text())
        case 6:
            return .blob((0..<random.pick([0, 1, 20, 130])).map { _ in UInt8(random.below(256)) })
        default: return .reference(rowID(prefixes))
        }
    }

    private mutating func text() -> String {
        let letters: [Unicode.Scalar] = [
            "a", "Z", " ", "0", "\0", "é", "e", "\u{301}", "\u{FEFF}", "ß", "猫", "🐕",
            "\u{10FFFF}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<random.pick([0, 1, 3, 12, 140]) { text.append(random.pick(letters)) }
        return String(text)
    }

    private mutating func section(_ prefixes: [UInt128], base: Stamp) -> Section {
        let subject = rowID(prefixes)
        if random.chance(1, in: 3) { return Section(subject: subject, content: .erased(hash())) }
        let own = random.chance(1, in: 2) ? prefixes : [UInt128(random.next())]
        let rows = (0..<(1 + random.below(3))).map { _ in row(own, base: base, kinds: [.update]) }
        let salt = UInt128(random.next()) << 64 | UInt128(random.next())
        return Section(subject: subject, content: .present(salt: salt, rows: rows))
    }

    private func distinct(_ sections: [Section]) -> [Section] {
        let sorted = sections.sorted { $0.subject < $1.subject }
        return sorted.enumerated()
            .filter { $0 == 0 || sorted[$0 - 1].subject < $1.subject }.map(\.element)
    }
}
