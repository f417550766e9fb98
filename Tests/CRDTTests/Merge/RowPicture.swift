import CRDT

/// A row as every replica must see it: no writer numbers, liveness decided.
struct RowPicture: Hashable {
    struct Clock: Hashable, Comparable {
        let stamp: Stamp
        let sequence: UInt64
        let chain: UInt64

        init(stamp: Stamp, sequence: UInt64, chain: UInt64) {
            self.stamp = stamp
            self.sequence = sequence
            self.chain = chain
        }

        init(_ clock: CellClock) {
            self.init(
                stamp: clock.stamp, sequence: clock.dot.sequence, chain: clock.dot.chain)
        }

        static func < (left: Clock, right: Clock) -> Bool {
            (left.stamp, left.chain) < (right.stamp, right.chain)
        }
    }

    struct Written: Hashable {
        let value: Value
        let clock: Clock
    }

    struct Element: Hashable {
        let value: Value
        let chains: Set<UInt64>
    }

    enum Cell: Hashable {
        case values([Written])
        case counter(Int64, Clock)
        case set([Element], Clock)
    }

    var created: Clock?
    var deleted: Clock?
    var isLive: Bool
    var cells: [UInt32: Cell]

    init(created: Clock?, deleted: Clock?, isLive: Bool, cells: [UInt32: Cell]) {
        self.created = created
        self.deleted = deleted
        self.isLive = isLive
        self.cells = cells
    }

    init(_ row: Row, in collection: RowCollection?) {
        created = row.created.map(Clock.init)
        deleted = row.deleted.map(Clock.init)
        isLive = row.isLive(in: collection)
        cells = [:]
        for cell in row.cells {
            switch cell.state {
            case .value(let value, let clock):
                cells[cell.field] = .values([Written(value: value, clock: Clock(clock))])
            case .siblings(let siblings):
                cells[cell.field] = .values(
                    siblings.map { Written(value: $0.value, clock: Clock($0.clock)) })
            case .counter(let sum, let clock): cells[cell.field] = .counter(sum, Clock(clock))
            case .set(let elements, let clock):
                cells[cell.field] = .set(
                    elements.map { Element(value: $0.value, chains: Set($0.adds.map(\.chain))) },
                    Clock(clock))
            }
        }
    }
}

/// The rows that differ, field by field, both sides: short enough to read.
func differences(
    _ left: [RowID: RowPicture], _ right: [RowID: RowPicture]
) -> [String] {
    var found: [String] = []
    for (row, one) in left where one != right[row] {
        guard let other = right[row] else { return ["a row only one side has"] }
        if one.created != other.created { found.append("created") }
        if one.deleted != other.deleted { found.append("deleted") }
        if one.isLive != other.isLive { found.append("live") }
        for field in Set(one.cells.keys).union(other.cells.keys).sorted()
        where one.cells[field] != other.cells[field] {
            found.append("field \(field)")
        }
    }
    return left.count == right.count ? found : found + ["row count"]
}
