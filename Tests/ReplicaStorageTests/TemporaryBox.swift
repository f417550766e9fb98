import CRDT
import Foundation
import ReplicaStorage
import Signing

/// A replica in real files, in a directory that goes with it.
final class TemporaryBox {
    let directory: String
    var path: String { directory + "/node.db" }
    private(set) var store: ReplicaStore?

    init() throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        store?.close()
        // Best effort: it is a temporary directory.
        try? FileManager.default.removeItem(atPath: directory)
    }

    func open() throws -> ReplicaStore {
        store?.close()
        let fresh = try attempt()
        store = fresh
        return fresh
    }

    /// Opens beside whatever is open.
    func attempt() throws(StorageError) -> ReplicaStore {
        try ReplicaStore(
            ReplicaConfiguration(
                path: path, schema: ToyPack.first, tenant: TenantID(7), device: DeviceID(1),
                host: ContentHash(0, 0, 0, 1), hasher: BLAKE2bHasher(), generation: 1,
                rights: ToyRights()),
            anchor: FileAnchor(path: directory + "/node.anchor"))
    }

    /// Runs a program and gives its exit status and everything it said.
    func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    func shell(_ sql: String, on file: String? = nil) throws -> (status: Int32, said: String) {
        try run("sqlite3", ["-bail", file ?? path, sql])
    }
}

extension ReplicaStore {
    /// Commits rows of every collection, one of them deleted again, and seals a part.
    func fill() throws {
        var ids = RowIDSource(prefix: 0xABC)
        let guest = ids.draw()
        let key = ids.draw()
        func commit(_ changes: [RowOperation]) throws {
            _ = try self.commit(
                CommitRequest(changes: changes, wallMilliseconds: 1_700_000_000_000, saltSeed: 1))
        }
        try commit([
            RowOperation(
                collection: ToyPack.guest, row: guest, kind: .insert,
                cells: [
                    CellOperation(field: 1, action: .assign(.text("Ada Lovelace"))),
                    CellOperation(field: 3, action: .assign(.text("a note to flip"))),
                    CellOperation(field: 4, action: .increment(3)),
                    CellOperation(field: 5, action: .add(.text("frequent"))),
                ]),
            RowOperation(collection: ToyPack.key, row: key, kind: .insert, cells: []),
            RowOperation(
                collection: ToyPack.entry, row: ids.draw(), kind: .insert,
                cells: [CellOperation(field: 2, action: .assign(.text("memorable")))]),
            RowOperation(
                collection: ToyPack.stay, row: ids.draw(), kind: .insert,
                cells: [CellOperation(field: 2, action: .assign(.reference(guest)))]),
        ])
        if let run = try unsealedRun(bytesMax: .max) {
            try store(run, sealed: ToySeal.encode(run))
        }
        try commit([RowOperation(collection: ToyPack.key, row: key, kind: .delete, cells: [])])
    }
}
