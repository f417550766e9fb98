import CRDT
import EdgeNode

/// Rows by collection and field names, written through the node's own transactions.
struct StagedRows {
    /// Far below what one transaction may hold.
    private static let rowsAtOnce = 1_000
    private static let idsAtOnce = 10_000

    private let node: Node
    private let schema: Schema
    private var ids: [RowID]
    private var rows: [RowOperation] = []

    init(_ node: Node, _ schema: Schema) async {
        self.node = node
        self.schema = schema
        ids = await node.replica.drawRowIDs(Self.idsAtOnce)
        // Drawn from the end: the first would move all others.
        ids.reverse()
    }

    mutating func draw() throws -> RowID {
        guard let row = ids.popLast() else {
            throw NodeFault(.refused, "no more than \(Self.idsAtOnce) rows can be staged")
        }
        return row
    }

    @discardableResult
    mutating func add(
        _ name: String, _ values: [String: Value], set: (field: String, rows: [RowID])? = nil
    ) throws -> RowID {
        guard let collection = schema.collection(named: name) else {
            throw NodeFault(.refused, "the packs have no \(name)")
        }
        let row = try draw()
        var cells = collection.fields.compactMap { field in
            values[field.name].map { CellOperation(field: field.id, action: .assign($0)) }
        }
        var more: [RowOperation] = []
        if let set, let field = collection.fields.first(where: { $0.name == set.field }) {
            // One operation names a field once; further elements go into further operations.
            for (place, element) in set.rows.enumerated() {
                let cell = CellOperation(field: field.id, action: .add(.reference(element)))
                if place == 0 {
                    cells.append(cell)
                } else {
                    more.append(
                        RowOperation(
                            collection: collection.id, row: row, kind: .update, cells: [cell]))
                }
            }
        }
        insert(row, into: collection, cells)
        rows += more
        return row
    }

    mutating func insert(_ row: RowID, into collection: RowCollection, _ cells: [CellOperation]) {
        rows.append(
            RowOperation(
                collection: collection.id, row: row, kind: .insert,
                cells: cells.sorted { $0.field < $1.field }))
    }

    mutating func write() async throws {
        for start in stride(from: 0, to: rows.count, by: Self.rowsAtOnce) {
            let end = min(rows.count, start + Self.rowsAtOnce)
            _ = try await node.replica.commit(Array(rows[start..<end]))
        }
        rows = []
    }
}
