internal import CRDT

/// Which collection a path names: the collection's name in the plural, with dashes.
struct CollectionPaths: Sendable {
    private let collections: [String: RowCollection]

    /// - Parameter hidden: names of collections that have no path.
    init(_ schema: Schema, hidden: Set<String>) {
        var collections: [String: RowCollection] = [:]
        for collection in schema.collections where !hidden.contains(collection.name) {
            collections[Self.path(of: collection.name)] = collection
        }
        self.collections = collections
    }

    /// Every path with its collection, in the paths' order.
    var all: [(path: String, collection: RowCollection)] {
        collections.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func collection(_ path: String) throws(Problem) -> RowCollection {
        guard let collection = collections[path] else {
            let known = collections.keys.sorted().joined(separator: ", ")
            throw .notFound("there is no collection “\(path.prefix(64))”; there are: \(known)")
        }
        return collection
    }

    static func path(of name: String) -> String {
        let dashed = name.split(separator: "_").joined(separator: "-")
        let beforeLast = dashed.dropLast().last ?? " "
        if dashed == "staff" { return dashed }
        if dashed.hasSuffix("y"), !"aeiou".contains(beforeLast) { return dashed.dropLast() + "ies" }
        if dashed.hasSuffix("s") || dashed.hasSuffix("ch") { return dashed + "es" }
        return dashed + "s"
    }
}
