extension Row {
    /// Gives an intent its stamps: where a cell already carries a stamp at or above the
    /// transaction's, the write is bumped over it, so that whoever has seen a value can replace it
    /// whatever the clocks say. A far-future clock thus costs only its own cells.
    ///
    /// - Parameter base: the transaction's stamp.
    public func stamping(_ operation: RowOperation, base: Stamp) -> RowOperation {
        var stamped = operation
        switch operation.kind {
        case .delete:
            stamped.stamp = touched.flatMap { Self.bump(over: $0.stamp, base) }
        case .insert, .update:
            for index in operation.cells.indices {
                var floor = created?.stamp ?? .zero
                if !cells.isEmpty, let own = clock(of: operation.cells[index].field) {
                    floor = own.stamp
                }
                if let deleted { floor = max(floor, deleted.stamp) }
                let stamp = Self.bump(over: floor, base)
                // Writing the same again would copy every cell.
                if stamp != operation.cells[index].stamp { stamped.cells[index].stamp = stamp }
            }
        }
        return stamped
    }

    private static func bump(over floor: Stamp, _ base: Stamp) -> Stamp? {
        floor < base || base.bumped == base ? nil : max(floor.bumped, base.bumped)
    }
}
