extension Row {
    /// Applies one operation of a transaction whose causal past is applied already.
    ///
    /// Commutes with every concurrent operation. Not idempotent for counters: the log applies each
    /// transaction once.
    /// - Parameter collection: `nil` where this schema does not know it; cells are then kept whole.
    /// - Returns: concurrent values that lost and are to be listed.
    public mutating func apply(
        _ operation: RowOperation, _ event: Event, _ collection: RowCollection?
    ) -> [Loss] {
        switch operation.kind {
        case .insert: create(operation, at: event.clock, collection)
        case .update: break
        case .delete:
            let clock = event.clock(at: operation.stamp)
            if deleted.map({ $0 < clock }) ?? true { deleted = clock }
            return []
        }
        // An append-only row is one birth, whole: never a mixture of a fork's two.
        if collection?.isAppendOnly ?? false, created?.dot != event.clock.dot { return [] }
        var losses: [Loss] = []
        for cell in operation.cells {
            let field = collection?.field(cell.field)
            if let loss = apply(cell, event, field, isInsert: operation.kind == .insert, collection)
            {
                losses.append(loss)
            }
        }
        return losses
    }

    /// The cells of a row that nobody wrote before: what the general case would make of each,
    /// without looking for what is not there. A load spends its time here.
    private static func firstCells(
        _ operation: RowOperation, _ event: Event, _ collection: RowCollection?
    ) -> [Cell] {
        var cells: [Cell] = []
        cells.reserveCapacity(operation.cells.count)
        for cell in operation.cells {
            let clock = event.clock(at: cell.stamp)
            switch cell.action {
            case .assign(let value):
                switch collection?.field(cell.field)?.merge {
                case .counter, .addWinsSet, .removeWinsSet, .orderedList: continue
                case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .minimum,
                    .maximum, .rank, .owned, nil:
                    if value.isNull, clock == event.clock { continue }
                    cells.append(Cell(field: cell.field, state: .value(value, clock)))
                }
            case .increment(let delta):
                cells.append(Cell(field: cell.field, state: .counter(delta, clock)))
            case .add(let value):
                let element = SetElement(value: value, adds: [clock.dot])
                cells.append(Cell(field: cell.field, state: .set([element], clock)))
            case .remove:
                cells.append(Cell(field: cell.field, state: .set([], clock)))
            }
        }
        return cells
    }

    /// The earliest insert is the row's birth. A second one exists only after a fork; what only a
    /// birth may write goes with the later one.
    private mutating func create(
        _ birth: RowOperation, at clock: CellClock, _ collection: RowCollection?
    ) {
        guard let first = created else {
            created = clock
            return
        }
        guard clock.dot != first.dot else { return }
        created = min(first, clock)
        if let collection { joinHomes(birth, at: clock, first, collection) }
        guard clock < first else { return }
        cells.removeAll { cell in
            guard let collection, cell.field != collection.homeSite else { return false }
            if collection.isAppendOnly { return true }
            switch collection.field(cell.field)?.merge {
            case .createOnly: return true
            case .owned: return cell.state.clock == first
            case .lastWriter, .lastWriterListed, .multiValue, .minimum, .maximum, .rank, .counter,
                .addWinsSet, .removeWinsSet, .orderedList, nil:
                return false
            }
        }
    }

    /// The births of a fork may name different homes. Then no site owns the row and its owned cells
    /// are void: anything else would depend on which birth arrived first. Every name is kept
    /// once, with its earliest birth.
    private mutating func joinHomes(
        _ birth: RowOperation, at clock: CellClock, _ first: CellClock, _ collection: RowCollection
    ) {
        guard let field = collection.homeSite else { return }
        var name = Value.null
        if case .assign(let value)? = birth.cells.first(where: { $0.field == field })?.action {
            name = value
        }
        let (index, isPresent) = position(of: field)
        var homes = isPresent ? siblings(of: field) : [Sibling(value: .null, clock: first)]
        if let known = homes.firstIndex(where: { $0.value == name }) {
            homes[known] = Sibling(value: name, clock: min(homes[known].clock, clock))
        } else {
            homes.append(Sibling(value: name, clock: clock))
        }
        homes.sort { $0.clock < $1.clock }
        if homes.count == 1 {
            put(.value(name, homes[0].clock), field, index, isPresent)
        } else {
            put(.siblings(homes), field, index, isPresent)
            cells.removeAll { collection.field($0.field)?.merge == .owned }
        }
    }

    private mutating func apply(
        _ cell: CellOperation, _ event: Event, _ field: Field?, isInsert: Bool,
        _ collection: RowCollection?
    ) -> Loss? {
        let clock = event.clock(at: cell.stamp)
        let (index, isPresent) = position(of: cell.field)
        let old = isPresent ? cells[index].state : nil
        switch cell.action {
        case .assign(let value):
            let new = Sibling(value: value, clock: clock)
            let merged: (state: CellState?, loss: Loss?)
            switch field?.merge {
            case .createOnly where cell.field == collection?.homeSite:
                // A second birth's home is joined already; an update never moves a row.
                let isFirst = isInsert && old == nil && created == event.clock
                merged = (isFirst ? .value(value, clock) : old, nil)
            case .createOnly:
                merged = (created?.dot == event.clock.dot ? .value(value, clock) : old, nil)
            case .lastWriter: merged = latest(old, new, event, listing: nil)
            case .lastWriterListed: merged = latest(old, new, event, listing: cell.field)
            case .owned:
                let isAllowed = mayWriteOwned(event, collection, isInsert: isInsert)
                merged = isAllowed ? latest(old, new, event, listing: nil) : (old, nil)
            case .multiValue, .minimum, .maximum, .rank, nil:
                merged = (joined(old, new, event), nil)
            case .counter, .addWinsSet, .removeWinsSet, .orderedList: merged = (old, nil)
            }
            put(merged.state, cell.field, index, isPresent)
            return merged.loss
        case .increment(let delta): put(added(old, delta, clock), cell.field, index, isPresent)
        case .add(let value):
            put(set(old, with: value, event, clock), cell.field, index, isPresent)
        case .remove(let value):
            put(set(old, without: value, event, clock), cell.field, index, isPresent)
        }
        return nil
    }

    /// A null at the row's own clock is an absent cell: one state, one form.
    private mutating func put(
        _ state: CellState?, _ field: UInt32, _ index: Int, _ isPresent: Bool
    ) {
        guard let state, !isAbsent(state) else {
            if isPresent { cells.remove(at: index) }
            return
        }
        if isPresent {
            cells[index].state = state
        } else {
            cells.insert(Cell(field: field, state: state), at: index)
        }
    }

    private func isAbsent(_ state: CellState) -> Bool {
        guard case .value(.null, let clock) = state else { return false }
        return clock == created
    }

    private func mayWriteOwned(
        _ event: Event, _ collection: RowCollection?, isInsert: Bool
    ) -> Bool {
        let home = collection?.homeSite.flatMap { self[$0] }
        if case .siblings = home { return false }
        if isInsert { return created == event.clock }
        guard let site = event.speakingSite, case .value(.reference(let row), _) = home
        else { return false }
        return row == site
    }

    private func latest(
        _ old: CellState?, _ new: Sibling, _ event: Event, listing field: UInt32?
    ) -> (CellState?, Loss?) {
        let current: Sibling
        switch old {
        case .value(let value, let clock): current = Sibling(value: value, clock: clock)
        // Kept while this schema did not know the field.
        case .siblings(let siblings): current = siblings[siblings.count - 1]
        case .counter, .set, nil: return (.value(new.value, new.clock), nil)
        }
        // Of one transaction's writes the later operation stands.
        let isNewer = current.clock < new.clock || current.clock == new.clock
        var loss: Loss?
        if let field, !event.hasSeen(current.clock.dot), current.value != new.value {
            loss = Loss(
                field: field, lost: isNewer ? current : new, kept: isNewer ? new : current)
        }
        let winner = isNewer ? new : current
        return (.value(winner.value, winner.clock), loss)
    }

    // Cells of unknown fields may meet actions of several kinds, by a writer that breaks its own
    // schema. The strongest kind stands, whatever came first: sets over counters over values.

    /// Keeps what the writer had not seen, beside what it wrote.
    private func joined(_ old: CellState?, _ new: Sibling, _ event: Event) -> CellState? {
        var kept: [Sibling] = []
        switch old {
        case .value(let value, let clock):
            kept = [Sibling(value: value, clock: clock)]
        case .siblings(let siblings): kept = siblings
        case .counter, .set: return old
        case nil: break
        }
        kept.removeAll { event.hasSeen($0.clock.dot) }
        guard !kept.isEmpty else { return .value(new.value, new.clock) }
        kept.append(new)
        kept.sort { $0.clock < $1.clock }
        return .siblings(kept)
    }

    private func added(_ old: CellState?, _ delta: Int64, _ clock: CellClock) -> CellState? {
        switch old {
        case .counter(let sum, let last): return .counter(sum &+ delta, max(last, clock))
        case .set: return old
        case .value, .siblings, nil: return .counter(delta, clock)
        }
    }
}

extension Row {
    private func elements(_ old: CellState?) -> (elements: [SetElement], clock: CellClock?) {
        guard case .set(let elements, let clock) = old else { return ([], nil) }
        return (elements, clock)
    }

    private func set(
        _ old: CellState?, with value: Value, _ event: Event, _ clock: CellClock
    ) -> CellState {
        var (elements, last) = elements(old)
        if let index = elements.firstIndex(where: { $0.value == value }) {
            elements[index].adds.removeAll { event.hasSeen($0) }
            elements[index].adds.append(clock.dot)
            elements[index].adds.sort { ($0.sequence, $0.chain) < ($1.sequence, $1.chain) }
        } else {
            elements.append(SetElement(value: value, adds: [clock.dot]))
            elements.sort { $0.value < $1.value }
        }
        return .set(elements, last.map { max($0, clock) } ?? clock)
    }

    private func set(
        _ old: CellState?, without value: Value, _ event: Event, _ clock: CellClock
    ) -> CellState {
        var (elements, last) = elements(old)
        if let index = elements.firstIndex(where: { $0.value == value }) {
            elements[index].adds.removeAll { event.hasSeen($0) }
            if elements[index].adds.isEmpty { elements.remove(at: index) }
        }
        return .set(elements, last.map { max($0, clock) } ?? clock)
    }
}
