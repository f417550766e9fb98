import CRDT
import Foundation
import FrontDesk

/// Pack documents, decoded as EdgeNode does.
enum Packs {
    static func shipped() throws -> [Pack] {
        try ShippedPack.allCases.map { pack in
            try JSONDecoder().decode(Pack.self, from: Data(pack.document))
        }
    }

    static func schema() throws -> Schema { try Pack.schema(of: shipped()) }

    static func template(_ name: String) throws -> LabelTemplate? {
        try shipped().flatMap { $0.templates ?? [] }.filter { $0.name == name }
            .max { $0.version < $1.version }
    }

    /// A pack of one collection, from JSON.
    static func pack(
        _ collections: String, ranks: String = "{}", version: Int = 1, retired: String = "[]"
    ) throws -> Pack {
        let text = """
            {"format": 1, "name": "test", "version": \(version), "ranks": \(ranks),
             "retired": \(retired), "collections": [\(collections)]}
            """
        return try JSONDecoder().decode(Pack.self, from: Data(text.utf8))
    }

    static func problems(_ packs: [Pack], replacing released: [Pack] = []) -> [String] {
        do throws(PackProblems) {
            _ = try Pack.schema(of: packs, replacing: released)
            return []
        } catch {
            return error.sentences
        }
    }
}
