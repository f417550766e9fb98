import CRDT
import Testing

/// A plausible but wrong rule for one register, or a plain copy of the right one. It shows that the
/// laws can fail, and why the rules are as they are.
struct NaiveScheme: Sendable, CustomTestStringConvertible {
    struct Write: Sendable, Hashable {
        let value: Int64
        let clock: RowPicture.Clock
        let place: Int
    }

    let name: String
    let field: UInt32
    /// Changes what is kept by what arrives; the last argument says whether the new one's writer
    /// had seen another.
    let merge: @Sendable (inout [Write], Write, (Write) -> Bool) -> Void

    var testDescription: String { name }

    /// What a reader sees after one order of delivery.
    func outcome(_ order: [LoggedTransaction]) -> Int64? {
        var kept: [Write] = []
        for (place, entry) in order.enumerated() {
            for cell in entry.transaction.rows.flatMap(\.cells) where cell.field == field {
                guard case .assign(.integer(let value)) = cell.action else { continue }
                let clock = RowPicture.Clock(
                    stamp: cell.stamp ?? entry.transaction.stamp, sequence: entry.sequence,
                    chain: entry.chain.prefix)
                merge(&kept, Write(value: value, clock: clock, place: place)) {
                    entry.covers(order[$0.place])
                }
            }
        }
        kept.sort { $0.clock < $1.clock }
        guard field == FleetSchema.maximum else { return kept.last?.value }
        return kept.map(\.value).max()
    }

    func outcomes(_ orders: [[LoggedTransaction]]) -> Set<Int64?> { Set(orders.map(outcome)) }
}

extension NaiveScheme {
    static let latest = NaiveScheme(name: "last writer", field: FleetSchema.last) { kept, new, _ in
        if kept.allSatisfy({ $0.clock < new.clock }) { kept = [new] }
    }

    static let siblings = NaiveScheme(name: "maximum", field: FleetSchema.maximum) {
        kept, new, hasSeen in
        kept.removeAll(where: hasSeen)
        kept.append(new)
    }

    /// Each breaks convergence.
    static let divergent = [
        NaiveScheme(name: "the last to arrive wins", field: FleetSchema.last) { kept, new, _ in
            kept = [new]
        },
        NaiveScheme(name: "a tie goes to the last to arrive", field: FleetSchema.last) {
            kept, new, _ in
            if kept.allSatisfy({ $0.clock.stamp <= new.clock.stamp }) { kept = [new] }
        },
        NaiveScheme(name: "a tie goes to the first to arrive", field: FleetSchema.last) {
            kept, new, _ in
            if kept.allSatisfy({ $0.clock.stamp < new.clock.stamp }) { kept = [new] }
        },
        NaiveScheme(name: "seen is replaced, else the clock decides", field: FleetSchema.last) {
            kept, new, hasSeen in
            // Right only with bumped stamps; the runs for this law are written without.
            if kept.allSatisfy({ hasSeen($0) || $0.clock < new.clock }) { kept = [new] }
        },
        NaiveScheme(
            name: "one value: replaced if seen, else the greater", field: FleetSchema.maximum
        ) { kept, new, hasSeen in
            if kept.allSatisfy({ hasSeen($0) || $0.value < new.value }) { kept = [new] }
        },
        NaiveScheme(name: "seen is guessed from stamps", field: FleetSchema.maximum) {
            kept, new, _ in
            kept.removeAll { $0.clock.stamp < new.clock.stamp }
            kept.append(new)
        },
    ]

    /// Converges, and yet nobody can ever lower the value.
    static let withoutContexts = NaiveScheme(
        name: "the greatest value ever written", field: FleetSchema.maximum
    ) { kept, new, _ in
        if kept.allSatisfy({ $0.value < new.value }) { kept = [new] }
    }
}
