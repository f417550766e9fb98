import CRDT
import ReplicaStorage

/// A pack with every merge code that works, in two versions.
enum ToyPack {
    static let guest: UInt32 = 1
    static let stay: UInt32 = 2
    static let entry: UInt32 = 3
    static let key: UInt32 = 4
    static let extra: UInt32 = 5

    static let first = Schema(version: 1, collections: collections(isSecond: false))
    /// Brings fields of several merge codes and a collection that the first does not know.
    static let second = Schema(version: 2, collections: collections(isSecond: true))

    private static func collections(isSecond: Bool) -> [RowCollection] {
        let all = [guests(isSecond), stays(isSecond), entries, keys]
        return isSecond ? all + [extras] : all
    }

    private static func guests(_ isSecond: Bool) -> RowCollection {
        var fields = [
            Field(id: 1, name: "name", type: .text, merge: .lastWriter, isPersonal: true),
            Field(id: 2, name: "phone", type: .text, merge: .lastWriterListed, isPersonal: true),
            Field(id: 3, name: "note", type: .text, merge: .lastWriterListed),
            Field(id: 4, name: "visits", type: .integer, merge: .counter),
            Field(id: 5, name: "tags", type: .text, merge: .addWinsSet),
        ]
        if isSecond {
            fields += [
                Field(id: 6, name: "colour", type: .text, merge: .lastWriter),
                Field(id: 7, name: "points", type: .integer, merge: .counter),
                Field(id: 8, name: "friends", type: .reference, merge: .addWinsSet),
                Field(id: 9, name: "alias", type: .text, merge: .multiValue),
            ]
        }
        return RowCollection(
            id: guest, name: "guest", fields: fields,
            indexes: isSecond ? [["note"], ["colour"]] : [["note"]], subject: .row)
    }

    private static func stays(_ isSecond: Bool) -> RowCollection {
        var fields = [
            Field(id: 1, name: "home", type: .reference, merge: .createOnly),
            Field(id: 2, name: "guest", type: .reference, merge: .createOnly),
            Field(id: 3, name: "room", type: .text, merge: .multiValue),
            Field(id: 4, name: "floor", type: .integer, merge: .minimum),
            Field(id: 5, name: "ceiling", type: .integer, merge: .maximum),
            Field(
                id: 6, name: "state", type: .text, merge: .rank,
                ranks: ["open": 1, "in": 2, "out": 3]),
            Field(id: 7, name: "owner", type: .text, merge: .owned),
            Field(id: 8, name: "price", type: .real, merge: .lastWriter),
            Field(id: 9, name: "photo", type: .blob, merge: .lastWriter),
            Field(id: 11, name: "contact", type: .text, merge: .lastWriter, isPersonal: true),
            Field(id: 12, name: "next", type: .reference, merge: .lastWriter),
        ]
        if isSecond {
            fields.insert(Field(id: 13, name: "least", type: .integer, merge: .minimum), at: 1)
        }
        return RowCollection(
            id: stay, name: "stay", fields: fields, indexes: [["guest"], ["home", "state"]],
            subject: .field(2), homeSite: 1)
    }

    private static let entries = RowCollection(
        id: entry, name: "entry",
        fields: [
            Field(id: 1, name: "amount", type: .integer, merge: .createOnly),
            Field(id: 2, name: "memo", type: .text, merge: .createOnly),
        ], isAppendOnly: true)

    private static let keys = RowCollection(
        id: key, name: "key",
        fields: [Field(id: 1, name: "value", type: .text, merge: .lastWriter)],
        isDeleteFinal: true)

    private static let extras = RowCollection(
        id: extra, name: "extra",
        fields: [
            Field(id: 1, name: "title", type: .text, merge: .lastWriter),
            Field(id: 2, name: "sum", type: .integer, merge: .counter),
        ], indexes: [["title"]])
}

/// Box n speaks for site n; a transaction whose entry says "forbidden" is refused for good, one
/// that says "unsettled" waits.
struct ToyRights: RightsJudge {
    /// Whether what was unsettled has been settled, in favour of its writer.
    var isSettled = false
    /// Whether it was settled against its writer.
    var isVoid = false

    static func site(_ device: DeviceID) -> RowID {
        RowID(prefix: 0x517E, counter: UInt64(device.value))
    }

    func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?,
        lineage: (TransactionName) throws(StorageError) -> Lineage
    ) -> RightsVerdict {
        for row in transaction.rows where row.collection == ToyPack.entry {
            for cell in row.cells where cell.action == .assign(.text("forbidden")) {
                return .refused(reason: "forbidden")
            }
            for cell in row.cells where cell.action == .assign(.text("unsettled")) {
                if isVoid { return .refused(reason: "void") }
                if !isSettled { return .pending(reason: "unsettled") }
            }
        }
        return .allowed(speakingSite: Self.site(writer.device))
    }
}
