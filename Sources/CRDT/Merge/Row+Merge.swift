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
        case .insert: create(at: event.clock, collection)
        case .update: break
        case .delete:
            let clock = event.clock(at: operation.stamp)
            if deleted.map({ $0 < clock }) ?? true { deleted = clock }
            return []
        }
        var losses: [Loss] = []
        for cell in operation.cells {
            let field = collection?.field(cell.field)
            if let loss = apply(cell, event, field, isInsert: operation.kind == .insert, collection) {
                losses.append(loss)
            }
        }
        return losses
    }

    /// The earliest insert is the row's birth. A second one exists only after a fork; what was
    /// written with a later birth and may not change goes with it.
    private mutating func create(at clock: CellClock, _ collection: RowCollection?) {
        guard let first = created else {
            created = clock
            return
        }
        guard clock < first else { return }
        created = clock
        cells.removeAll { collection?.field($0.field)?.merge == .createOnly }
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
            case .createOnly:
                merged = (created?.dot == event.clock.dot ? .value(value, clock) : old, nil)
            case .lastWriter: merged = latest(old, new, event, listing: nil)
            case .lastWriterListed: merged = latest(old, new, event, listing: cell.field)
            case .owned:
                let isAllowed = isInsert || mayWriteOwned(event, collection)
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

    private func mayWriteOwned(_ event: Event, _ collection: RowCollection?) -> Bool {
        guard let site = event.speakingSite, let home = collection?.homeSite,
            case .value(.reference(let row), _) = self[home]
        else { return false }
        return row == site
    }

    private func latest(
        _ old: CellState?, _ new: Sibling, _ event: Event, listing field: UInt32?
    ) -> (CellState?, Loss?) {
        guard case .value(let value, let clock) = old else {
            return (.value(new.value, new.clock), nil)
        }
        let current = Sibling(value: value, clock: clock)
        let isNewer = clock < new.clock
        var loss: Loss?
        if let field, !event.hasSeen(clock.dot), value != new.value {
            loss = Loss(
                field: field, lost: isNewer ? current : new, kept: isNewer ? new : current)
        }
        return (isNewer ? .value(new.value, new.clock) : old, loss)
    }

    /// Keeps what the writer had not seen, beside what it wrote.
    private func joined(_ old: CellState?, _ new: Sibling, _ event: Event) -> CellState {
        var kept: [Sibling] = []
        switch old {
        case .value(let value, let clock):
            kept = [Sibling(value: value, clock: clock)]
        case .siblings(let siblings): kept = siblings
        case .counter, .set, nil: break
        }
        kept.removeAll { event.hasSeen($0.clock.dot) }
        guard !kept.isEmpty else { return .value(new.value, new.clock) }
        kept.append(new)
        kept.sort { $0.clock < $1.clock }
        return .siblings(kept)
    }

    private func added(_ old: CellState?, _ delta: Int64, _ clock: CellClock) -> CellState {
        guard case .counter(let sum, let last) = old else { return .counter(delta, clock) }
        return .counter(sum &+ delta, max(last, clock))
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
