internal import CRDT
internal import ReplicaStorage

/// The workload's own statement of what a right merge holds: `expected.json`.
struct Expectation {
    /// A field that two or more sites set, and the value that was written last.
    struct Conflict {
        let table: String
        let row: RowID
        let field: String
        let winner: String
    }

    let digest: String
    let stockTotal: Int64
    let ambiguous: Set<RowID>
    let conflicts: [Conflict]

    init(dataFolder: String) throws {
        let json = try JSONParser.parse(ArraySlice(Files.read(dataFolder + "/expected.json")))
        guard let digest = json["digest"]?.text, let stock = json["stock_total"]?.integer,
            let ambiguous = json["ambiguous"]?.array, let conflicts = json["conflicts"]?.array
        else { throw BenchmarkError("expected.json lacks a part") }
        self.digest = digest
        stockTotal = stock
        self.ambiguous = Set(ambiguous.compactMap { $0.text.flatMap(ULID.row) })
        self.conflicts = try conflicts.map { entry in
            guard let parts = entry.array, parts.count == 4, let table = parts[0].text,
                let row = parts[1].text.flatMap(ULID.row), let field = parts[2].text
            else { throw BenchmarkError("expected.json has a conflict of another form") }
            return Conflict(table: table, row: row, field: field, winner: parts[3].line)
        }
    }

    /// How many conflicts the latest write won in this replica.
    func conflictsWon(_ store: ReplicaStore) throws -> Int {
        var won = 0
        for conflict in conflicts {
            guard let collection = store.configuration.schema.collection(named: conflict.table),
                let slot = collection.fields.firstIndex(where: { $0.name == conflict.field }),
                let record = try store.reader.record(collection, conflict.row)
            else { continue }
            if JSON(record.values[slot]).line == conflict.winner { won += 1 }
        }
        return won
    }
}
