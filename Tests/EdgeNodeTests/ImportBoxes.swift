import CRDT
import EdgeNode
import Foundation
import ReplicaStorage
import SyncProtocol
import Synchronization

/// Two boxes of one tenant in folders of their own, removed at the end.
struct ImportBoxes {
    let north: ImportBox
    let south: ImportBox

    static func with(_ body: (ImportBoxes) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-import-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let packs = try InstalledPacks.shipped()
        let (first, second) = (
            NodeDirectory(root.appendingPathComponent("north")),
            NodeDirectory(root.appendingPathComponent("south"))
        )
        _ = try TrustSetup.begin(first, site: "North", .system)
        try await TrustSetup.admit(
            second, site: "South", by: first, schema: packs.schema, .system)
        let boxes = ImportBoxes(
            north: ImportBox(
                node: try await Node(first, schema: packs.schema), packs: packs, root: root),
            south: ImportBox(
                node: try await Node(second, schema: packs.schema), packs: packs, root: root))
        try await boxes.north.node.introduceSite()
        try await boxes.south.node.introduceSite()
        let outcome: Result<Void, any Error>
        do {
            try await body(boxes)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await boxes.north.node.close()
        await boxes.south.node.close()
        try outcome.get()
    }

    /// Joins them by a link in memory until both hold the same.
    func sync() async throws {
        let ends = await MemoryFrameLink.pair(capacity: 64)
        let (north, south) = (north.node, south.node)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await north.serve(ends.0, peer: "south", isDialled: true) }
            group.addTask { await south.serve(ends.1, peer: "north", isDialled: false) }
            while await north.status().vector != south.status().vector { await Task.yield() }
            group.cancelAll()
        }
    }
}

struct ImportBox {
    let node: Node
    let packs: InstalledPacks
    let root: URL

    func item(_ mapping: String, _ text: String) throws -> ImportOrder.Item {
        let file = root.appendingPathComponent("\(UUID().uuidString).csv")
        try DurableFile.replace(file, with: Array(text.utf8))
        return ImportOrder.Item(
            path: file.path, mapping: try ImportManifest.mapping(mapping, in: root))
    }

    func take(
        _ mapping: String, _ text: String, _ notices: Notices = Notices()
    ) async throws -> ImportReport {
        let order = ImportOrder(items: [try item(mapping, text)])
        return try await FileImport(node, packs).run(order) { notices.take($0) }[0]
    }

    func collection(_ name: String) throws -> RowCollection {
        guard let collection = packs.schema.collection(named: name) else {
            throw NodeFault(.refused, "no collection \(name)")
        }
        return collection
    }

    func rows(_ name: String) throws -> [ShownRow] {
        try node.page(of: collection(name), limit: 10_000).rows
    }

    func count(_ name: String) throws -> Int { try rows(name).count }

    func texts(_ name: String, _ field: String) throws -> [String] {
        let slot = try collection(name).fields.firstIndex { $0.name == field } ?? 0
        return try rows(name).compactMap { row in
            if case .text(let text) = row.values[slot] { text } else { nil }
        }
    }

    /// As a person at a desk would change every record of a collection.
    func edit(_ name: String, _ field: String, _ text: String) async throws {
        let collection = try collection(name)
        let id = collection.field(named: field)?.id ?? 0
        for row in try rows(name) {
            _ = try await node.replica.commit([
                RowOperation(
                    collection: collection.id, row: row.id, kind: .update,
                    cells: [CellOperation(field: id, action: .assign(.text(text)))])
            ])
        }
    }

    func deleteAll(_ name: String) async throws {
        let collection = try collection(name)
        for row in try rows(name) {
            _ = try await node.replica.commit([
                RowOperation(collection: collection.id, row: row.id, kind: .delete, cells: [])
            ])
        }
    }
}

/// What an import told.
final class Notices: Sendable {
    struct Enough: Error {}

    private let kept = Mutex<[String]>([])
    var rejected: [String] { kept.withLock { $0 } }

    func take(_ notice: ImportNotice) {
        if case .rejected(_, _, let sentence, _) = notice { kept.withLock { $0.append(sentence) } }
    }
}
