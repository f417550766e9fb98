import CRDT

/// Collections that use every merge code, and the numbers by which the tests name them.
enum FleetSchema {
    static let everything: UInt32 = 1
    static let finalDelete: UInt32 = 2
    static let appendOnly: UInt32 = 3
    static let unknown: UInt32 = 77

    static let home: UInt32 = 1
    static let origin: UInt32 = 2
    static let last: UInt32 = 3
    static let listed: UInt32 = 4
    static let multi: UInt32 = 5
    static let minimum: UInt32 = 6
    static let maximum: UInt32 = 7
    static let rank: UInt32 = 8
    static let counter: UInt32 = 9
    static let set: UInt32 = 10
    static let owned: UInt32 = 11
    static let bonus: UInt32 = 12
    /// Fields no schema of the tests knows, each always used with one action.
    static let strangeValue: UInt32 = 97
    static let strangeCounter: UInt32 = 98
    static let strangeSet: UInt32 = 99

    static let fields = [
        Field(id: home, name: "home", type: .reference, merge: .createOnly),
        Field(id: origin, name: "origin", type: .integer, merge: .createOnly),
        Field(id: last, name: "last", type: .integer, merge: .lastWriter),
        Field(id: listed, name: "listed", type: .integer, merge: .lastWriterListed),
        Field(id: multi, name: "multi", type: .integer, merge: .multiValue),
        Field(id: minimum, name: "minimum", type: .integer, merge: .minimum),
        Field(id: maximum, name: "maximum", type: .integer, merge: .maximum),
        Field(
            id: rank, name: "rank", type: .text, merge: .rank,
            ranks: ["booked": 1, "arrived": 2, "left": 3, "cancelled": 3]),
        Field(id: counter, name: "counter", type: .integer, merge: .counter),
        Field(id: set, name: "set", type: .integer, merge: .addWinsSet),
        Field(id: owned, name: "owned", type: .integer, merge: .owned),
        Field(id: bonus, name: "bonus", type: .integer, merge: .counter),
    ]

    static let schema = Schema(
        version: 1,
        collections: [
            RowCollection(id: everything, name: "everything", fields: fields, homeSite: home),
            RowCollection(
                id: finalDelete, name: "final", fields: fields, isDeleteFinal: true,
                homeSite: home),
            RowCollection(
                id: appendOnly, name: "append", fields: fields, isAppendOnly: true,
                homeSite: home),
        ])

    /// A schema of an older day: of the fields it knows only the owned one and its home.
    static let older = Schema(
        version: 0,
        collections: schema.collections.map {
            RowCollection(
                id: $0.id, name: $0.name,
                fields: $0.fields.filter { $0.id == owned || $0.id == home },
                isAppendOnly: $0.isAppendOnly, isDeleteFinal: $0.isDeleteFinal,
                homeSite: $0.homeSite)
        })

    /// A schema of a later day: it knows the collection that `schema` does not.
    static let newer = Schema(
        version: 2,
        collections: schema.collections + [
            RowCollection(
                id: unknown, name: "new", fields: fields.filter { $0.merge != .owned })
        ])

    static let statuses = ["booked", "arrived", "left", "cancelled", "unheard-of"]

    static func site(_ number: Int) -> RowID { RowID(prefix: 0x517E, counter: UInt64(number)) }

    static func field(_ id: UInt32) -> Field {
        guard let field = fields.first(where: { $0.id == id }) else {
            preconditionFailure("the tests name a field that their schema lacks")
        }
        return field
    }
}
