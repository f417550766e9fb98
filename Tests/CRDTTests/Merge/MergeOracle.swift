import CRDT

/// The rules of `Merge-Rules.md` a second time, over the set of all operations and with "happened
/// before" asked for every pair. Slow and plain on purpose; shares no code with `Row`.
struct MergeOracle {
    /// One operation on one row with the place it has among all its transaction's operations.
    private struct Deed {
        let entry: LoggedTransaction
        let place: Int
        let operation: RowOperation

        func happened(before other: Deed) -> Bool {
            if entry.history == other.entry.history, entry.sequence == other.entry.sequence {
                return place < other.place
            }
            return other.entry.covers(entry)
        }

        func clock(_ stamp: Stamp?) -> RowPicture.Clock {
            RowPicture.Clock(
                stamp: stamp ?? entry.transaction.stamp, sequence: entry.sequence,
                chain: entry.chain.prefix)
        }
    }

    private struct Write {
        let deed: Deed
        let action: CellOperation.Action
        let clock: RowPicture.Clock

        var assigned: Value? {
            if case .assign(let value) = action { value } else { nil }
        }
        var written: RowPicture.Written? {
            assigned.map { RowPicture.Written(value: $0, clock: clock) }
        }
    }

    private let schema: Schema
    private var deeds: [RowID: [Deed]] = [:]

    init(_ log: [LoggedTransaction], _ schema: Schema) {
        self.schema = schema
        for entry in log {
            for (place, operation) in entry.transaction.rows.enumerated() {
                deeds[operation.row, default: []].append(
                    Deed(entry: entry, place: place, operation: operation))
            }
        }
    }

    var picture: [RowID: RowPicture] { deeds.mapValues(picture(of:)) }

    private func picture(of deeds: [Deed]) -> RowPicture {
        let collection = schema.collection(deeds[0].operation.collection)
        let births = deeds.filter { $0.operation.kind == .insert }
            .sorted { $0.clock(nil) < $1.clock(nil) }
        let deaths = deeds.filter { $0.operation.kind == .delete }
            .map { $0.clock($0.operation.stamp) }
        let writes = Set(deeds.flatMap { $0.operation.cells.map(\.field) })
        var cells: [UInt32: RowPicture.Cell] = [:]
        for field in writes {
            cells[field] = cell(field, deeds, births, collection)
        }
        if let home = collection?.homeSite, let cell = homes(home, births) { cells[home] = cell }
        let created = births.first?.clock(nil)
        let deleted = deaths.max()
        let touched = ([created].compactMap { $0 } + cells.values.map(latest)).max()
        var isLive = created != nil
        if let deleted, isLive {
            isLive = collection?.isDeleteFinal != true && touched.map { deleted < $0 } == true
        }
        return RowPicture(created: created, deleted: deleted, isLive: isLive, cells: cells)
    }

    private func latest(_ cell: RowPicture.Cell) -> RowPicture.Clock {
        switch cell {
        case .values(let values): values[values.count - 1].clock
        case .counter(_, let clock), .set(_, let clock): clock
        }
    }

    private func cell(
        _ field: UInt32, _ deeds: [Deed], _ births: [Deed], _ collection: RowCollection?
    ) -> RowPicture.Cell? {
        var writes = deeds.flatMap { deed in
            deed.operation.cells.filter { $0.field == field }.map {
                Write(deed: deed, action: $0.action, clock: deed.clock($0.stamp))
            }
        }
        if collection?.isAppendOnly == true { writes = writes.filter { isFirst($0, births) } }
        switch collection?.field(field)?.merge {
        case .createOnly: return greatest(writes.filter { isFirst($0, births) })
        case .lastWriter, .lastWriterListed: return greatest(writes)
        case .owned:
            let home = home(births, collection)
            return greatest(
                writes.filter { write in
                    guard home.isSettled else { return false }
                    if write.deed.operation.kind == .insert { return isFirst(write, births) }
                    return home.site != nil && write.deed.entry.speakingSite == home.site
                })
        case .multiValue, .minimum, .maximum, .rank, .counter, .addWinsSet, nil:
            return unowned(writes)
        case .removeWinsSet, .orderedList: return nil
        }
    }

    private func isFirst(_ write: Write, _ births: [Deed]) -> Bool {
        births.first.map { write.deed.clock(nil) == $0.clock(nil) } ?? false
    }

    private func greatest(_ writes: [Write]) -> RowPicture.Cell? {
        writes.compactMap(\.written).max { $0.clock < $1.clock }.map { .values([$0]) }
    }

    /// By the kind of action: siblings nobody replaced, a sum, or the adds nobody removed.
    private func unowned(_ writes: [Write]) -> RowPicture.Cell? {
        guard let last = writes.map(\.clock).max() else { return nil }
        switch writes[0].action {
        case .assign:
            let standing = writes.filter { write in
                !writes.contains { write.deed.happened(before: $0.deed) }
            }
            return .values(standing.compactMap(\.written).sorted { $0.clock < $1.clock })
        case .increment:
            var sum: Int64 = 0
            for case .increment(let delta) in writes.map(\.action) { sum &+= delta }
            return .counter(sum, last)
        case .add, .remove:
            var chainsByValue: [Value: Set<UInt64>] = [:]
            for write in writes {
                guard case .add(let value) = write.action else { continue }
                let isReplaced = writes.contains { other in
                    guard write.deed.happened(before: other.deed) else { return false }
                    return other.action == .add(value) || other.action == .remove(value)
                }
                if !isReplaced { chainsByValue[value, default: []].insert(write.clock.chain) }
            }
            let elements = chainsByValue.sorted { $0.key < $1.key }
                .map { RowPicture.Element(value: $0.key, chains: $0.value) }
            return .set(elements, last)
        }
    }

    private func homeValue(_ birth: Deed, _ field: UInt32) -> Value {
        let action = birth.operation.cells.first { $0.field == field }?.action
        return if case .assign(let value)? = action { value } else { .null }
    }

    /// Where the births of a fork name different homes, the row has none.
    private func home(
        _ births: [Deed], _ collection: RowCollection?
    ) -> (isSettled: Bool, site: RowID?) {
        guard let field = collection?.homeSite else { return (true, nil) }
        let homes = Set(births.map { homeValue($0, field) })
        if homes.count > 1 { return (false, nil) }
        guard case .reference(let site)? = homes.first else { return (true, nil) }
        return (true, site)
    }

    /// The home as each birth names it, every name once with its earliest birth.
    private func homes(_ field: UInt32, _ births: [Deed]) -> RowPicture.Cell? {
        var values: [RowPicture.Written] = []
        for birth in births {
            let value = homeValue(birth, field)
            if !values.contains(where: { $0.value == value }) {
                values.append(RowPicture.Written(value: value, clock: birth.clock(nil)))
            }
        }
        return values.isEmpty || values.map(\.value) == [.null] ? nil : .values(values)
    }
}
