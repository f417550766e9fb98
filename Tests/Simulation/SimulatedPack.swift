import CRDT

/// A small pack with every merge code, for hot rows. Its names are of no pack of ours, so that both
/// can stand in one schema (`SimulatedDesk`).
enum SimulatedPack {
    static let animal: UInt32 = 1
    static let ledger: UInt32 = 2
    static let party: UInt32 = 3
    static let site: UInt32 = 4

    static let schema = Schema(
        version: 1,
        collections: [
            RowCollection(
                id: animal, name: "hot_animal",
                fields: [
                    Field(id: 1, name: "code", type: .text, merge: .createOnly),
                    Field(id: 2, name: "name", type: .text, merge: .lastWriter),
                    Field(id: 3, name: "colour", type: .text, merge: .lastWriterListed),
                    Field(id: 4, name: "instructions", type: .text, merge: .multiValue),
                    Field(id: 5, name: "severity", type: .integer, merge: .maximum),
                    Field(id: 6, name: "revoked_at", type: .integer, merge: .minimum),
                    Field(
                        id: 7, name: "status", type: .text, merge: .rank,
                        ranks: ["requested": 10, "confirmed": 20, "in": 40, "out": 50]),
                    Field(id: 8, name: "visits", type: .integer, merge: .counter),
                    Field(id: 9, name: "tags", type: .text, merge: .addWinsSet),
                    Field(id: 10, name: "home", type: .reference, merge: .createOnly),
                    Field(id: 11, name: "run", type: .text, merge: .owned),
                    Field(id: 12, name: "twin", type: .integer, merge: .lastWriter),
                ], indexes: [["name"]], homeSite: 10),
            RowCollection(
                id: ledger, name: "hot_ledger",
                fields: [
                    Field(id: 1, name: "animal", type: .reference, merge: .createOnly),
                    Field(id: 2, name: "delta", type: .integer, merge: .createOnly),
                ], isAppendOnly: true),
            RowCollection(
                id: party, name: "hot_party",
                fields: [
                    Field(
                        id: 1, name: "family", type: .text, merge: .lastWriterListed,
                        isPersonal: true),
                    Field(id: 2, name: "tier", type: .integer, merge: .lastWriter),
                    Field(id: 3, name: "twin", type: .integer, merge: .lastWriter),
                ], subject: .row),
        ])
}
