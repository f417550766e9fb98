extension Row {
    /// Brings cells that were kept while their fields were unknown into the form that their merge
    /// codes give them, once a newer schema knows them. Called once for each row at that upgrade.
    ///
    /// Exact for every code but `owned`, whose foreign writes an older schema cannot tell: a pack
    /// that adds an owned field raises `minimumReader` (`Merge-Rules.md`).
    public mutating func adopt(_ collection: RowCollection) {
        for index in cells.indices.reversed() {
            guard collection.field(cells[index].field) != nil || collection.isAppendOnly else {
                continue
            }
            if let state = adopted(cells[index], collection) {
                cells[index].state = state
            } else {
                cells.remove(at: index)
            }
        }
    }

    private func adopted(_ cell: Cell, _ collection: RowCollection) -> CellState? {
        let isHome = cell.field == collection.homeSite
        let field = collection.field(cell.field)
        if !isHome, collection.isAppendOnly || field?.merge == .createOnly {
            return bornValue(of: cell.state)
        }
        guard let field else { return cell.state }
        switch (field.merge, cell.state) {
        case (.createOnly, .value), (.lastWriter, .value), (.lastWriterListed, .value),
            (.owned, .value), (.multiValue, .value), (.minimum, .value), (.maximum, .value),
            (.rank, .value), (.multiValue, .siblings), (.minimum, .siblings),
            (.maximum, .siblings), (.rank, .siblings), (.counter, .counter),
            (.addWinsSet, .set):
            return cell.state
        case (.createOnly, .siblings(let homes)): return Self.distinct(homes)
        case (.lastWriter, .siblings(let siblings)), (.lastWriterListed, .siblings(let siblings)),
            (.owned, .siblings(let siblings)):
            let last = siblings[siblings.count - 1]
            return .value(last.value, last.clock)
        case (_, .value), (_, .siblings), (_, .counter), (_, .set): return nil
        }
    }

    /// What the row's earliest birth wrote.
    private func bornValue(of state: CellState) -> CellState? {
        switch state {
        case .value(_, let clock), .counter(_, let clock), .set(_, let clock):
            return clock.dot == created?.dot ? state : nil
        case .siblings(let siblings):
            return siblings.first { $0.clock.dot == created?.dot }
                .map { .value($0.value, $0.clock) }
        }
    }

    /// Every value once, with its earliest clock.
    private static func distinct(_ siblings: [Sibling]) -> CellState {
        var kept: [Sibling] = []
        for sibling in siblings where !kept.contains(where: { $0.value == sibling.value }) {
            kept.append(sibling)
        }
        return kept.count == 1 ? .value(kept[0].value, kept[0].clock) : .siblings(kept)
    }
}
