internal import CRDT

/// What the installed packs ask of records that are written by hand or from a file.
public struct RecordRules: Sendable, Hashable {
    /// Of one collection.
    struct Collection: Sendable, Hashable {
        var fields: [String: FieldRule] = [:]
        /// The first field's value is never after the second's.
        var inOrder: [[String]] = []
        /// At least one of them says something.
        var someOf: [String] = []
    }

    private var collections: [String: Collection] = [:]

    public init(_ packs: [Pack]) {
        for pack in packs {
            for collection in pack.collections {
                collections[collection.name] = Collection(
                    fields: Dictionary(
                        collection.allFields(of: pack).map { ($0.name, FieldRule($0, of: pack)) },
                        uniquingKeysWith: { first, _ in first }),
                    inOrder: collection.inOrder ?? [], someOf: collection.someOf ?? [])
            }
        }
    }

    /// Nil for a field that no pack has.
    public func rule(for field: String, of collection: String) -> FieldRule? {
        collections[collection]?.fields[field]
    }

    /// The fields of which a new record must say at least one; empty where none is asked for.
    public func someOf(_ collection: String) -> [String] {
        collections[collection]?.someOf ?? []
    }

    /// The fields in which no two records may look alike.
    public func distinct(of collection: String) -> [String] {
        (collections[collection]?.fields ?? [:]).filter(\.value.isDistinct).map(\.key).sorted()
    }

    func collection(_ name: String) -> Collection { collections[name] ?? Collection() }
}

extension RecordRules.Collection {
    /// Pairs whose first value lies after the second, each with what is wrong.
    ///
    /// - Parameter content: what the record would hold; nil for a field of which nothing is known.
    func disorder(_ content: (String) -> FieldContent?) -> [RecordFault] {
        inOrder.compactMap { pair in
            guard pair.count == 2, case .value(let first)? = content(pair[0]),
                case .value(let second)? = content(pair[1]), !first.isNull, !second.isNull,
                first > second
            else { return nil }
            return RecordFault(
                pair[1], "\(Self.words(second)) is before \(pair[0]), \(Self.words(first))")
        }
    }

    private static func words(_ value: Value) -> String {
        switch value {
        case .text(let text): Quotation.of(text)
        case .integer(let number): "\(number)"
        case .null, .real, .blob, .reference: "its value"
        }
    }
}
