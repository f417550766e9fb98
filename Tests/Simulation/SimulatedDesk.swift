import CRDT
import EdgeNode
import Foundation
import FrontDesk
import ReplicaStorage
import Synchronization

/// The desks of a fleet: bookings of two animals that are checked in, each under two keys that are
/// tried again and again, and small files that are imported. Both by the node's own commands.
final class SimulatedDesk {
    struct Guest: Sendable {
        let box: Int
        let booking: RowID
        let animals: [RowID]
    }

    /// A file of licences, each of a dog whose name begins so and stands in no other row.
    struct File: Sendable {
        let box: Int
        let item: ImportOrder.Item
        let prefix: String
    }

    /// What a key was answered.
    struct Answered: Sendable {
        let box: Int
        let answer: CheckInAnswer
    }

    static let guestsEach = 4
    static let filesEach = 2
    static let dogsEach = 24
    /// So few that a file takes several transactions.
    static let operationsAtOnce = 16

    let packs: InstalledPacks
    /// The shipped packs' and the hot rows' together; ids of the shipped ones are moved out of the
    /// way, which changes nothing that works by names.
    let schema: Schema
    let forms: CheckInForms
    var dice: Dice
    var guests: [Guest] = []
    private(set) var files: [File] = []
    let answers = Mutex<[String: Answered]>([:])
    /// Keys whose answer was said not to be one from before.
    let firsts = Mutex<Set<String>>([])
    let repeats = Mutex(0)
    /// Files, by their place, whose import said that it is done.
    let imported = Mutex<Set<Int>>([])
    /// Imports that something cut off.
    let cuts = Mutex(0)
    var begun: Set<Int> = []
    private let folder: URL

    init(boxes: Int, seed: UInt64) throws {
        packs = try InstalledPacks.shipped()
        let moved = packs.schema.collections.map { known in
            RowCollection(
                id: known.id + 1_000, name: known.name, fields: known.fields,
                indexes: known.indexes, isAppendOnly: known.isAppendOnly,
                isDeleteFinal: known.isDeleteFinal, subject: known.subject,
                homeSite: known.homeSite)
        }
        schema = Schema(version: 1, collections: SimulatedPack.schema.collections + moved)
        forms = try CheckInForms(schema)
        dice = Dice(seed: seed ^ 0xDE5C)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-desk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for box in 0..<boxes {
            for number in 0..<Self.filesEach { files.append(try file(number, at: box)) }
        }
    }

    // Best effort: it is a temporary folder.
    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ number: Int, at box: Int) throws -> File {
        let prefix = "F\(box)\(number)-"
        var text = "animal_name,animal_gender,animal_birth_year,breed_rc,zip_code\n"
        for dog in 0..<Self.dogsEach { text += "\(prefix)\(dog),M,2015,Spaniel,10000\n" }
        let url = folder.appendingPathComponent("\(prefix)dogs.csv")
        try Data(text.utf8).write(to: url)
        let item = ImportOrder.Item(
            path: url.path, mapping: try ImportManifest.mapping("licences", in: folder))
        return File(box: box, item: item, prefix: prefix)
    }

    var labels: [LabelWish] {
        ["collar-tag", "kennel-card"].compactMap { packs.template($0) }
            .map { LabelWish($0, box: [UInt8](repeating: 7, count: 16)) }
    }

    func collection(_ name: String) throws -> RowCollection {
        guard let collection = schema.collection(named: name) else {
            throw Broken(invariant: "I20", detail: "the packs have no \(name)")
        }
        return collection
    }

    /// A new row by field names.
    func row(
        _ id: RowID, _ name: String, _ values: [String: Value], elements: [String: Value] = [:]
    ) throws -> RowOperation {
        let collection = try collection(name)
        let cells = collection.fields.compactMap { field -> CellOperation? in
            if let value = values[field.name] {
                return CellOperation(field: field.id, action: .assign(value))
            }
            return elements[field.name].map { CellOperation(field: field.id, action: .add($0)) }
        }
        return RowOperation(
            collection: collection.id, row: id, kind: .insert,
            cells: cells.sorted { $0.field < $1.field })
    }
}

/// What a check-in answered, as it is kept under its key.
struct CheckInAnswer: Sendable, Hashable {
    let stays: [RowID]
    let jobs: [RowID]

    static func encode(_ made: CheckedIn) -> [UInt8] {
        Array(
            [made.stays, made.printJobs].map { rows in
                rows.map { RowName.text($0) }.joined(separator: ",")
            }.joined(separator: ";").utf8)
    }

    init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self)
            .split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.split(separator: ",").compactMap { RowName.row(String($0)) } }
        guard parts.count == 2 else { return nil }
        (stays, jobs) = (parts[0], parts[1])
    }
}

/// Does one import on the fleet's executor. An actor, since Swift 6.3 let a function that belongs
/// to no actor come back to a wild address after an `await` under a task's preferred executor.
actor SimulatedClerk {
    private let file: FileImport
    private let order: ImportOrder
    private let executor: SeededExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ file: FileImport, _ order: ImportOrder, _ executor: SeededExecutor) {
        self.file = file
        self.order = order
        self.executor = executor
    }

    func work() async throws -> [ImportReport] { try await file.run(order) }
}
