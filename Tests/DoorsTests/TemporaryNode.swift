import CRDT
import EdgeNode
import Foundation
import Peripherals
import Testing

/// A node in a folder of its own under the temporary one, removed at the end.
final class TemporaryNode: Sendable {
    let node: Node
    let packs: InstalledPacks
    /// Prints collar tags and no cards.
    let desk: Desk
    let door: StaffDoor
    let root: URL

    init(
        root: URL, site: String, environment: NodeEnvironment = .system
    ) async throws {
        self.root = root
        let directory = NodeDirectory(root)
        if !directory.isSetUp { _ = try TrustSetup.begin(directory, site: site, .system) }
        packs = try InstalledPacks.shipped()
        node = try await Node(directory, schema: packs.schema, environment: environment)
        try await node.introduceSite()
        desk = try Desk(node, packs, templates: ["collar-tag"])
        door = StaffDoor(node, packs)
    }

    /// Lends a fresh node named North.
    @discardableResult
    static func with<Result>(
        in environment: NodeEnvironment = .system,
        _ body: (TemporaryNode) async throws -> Result
    ) async throws -> Result {
        try await withFolder { root in
            let box = try await TemporaryNode(
                root: root.appendingPathComponent("north"), site: "North",
                environment: environment)
            do {
                let result = try await body(box)
                await box.node.close()
                return result
            } catch {
                await box.node.close()
                throw error
            }
        }
    }

    static func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-doors-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        return try await body(root)
    }

    /// Lends the folders of two boxes of one business, North and South, that are not open.
    static func withTwoFolders<Result>(
        _ body: (_ north: URL, _ south: URL) async throws -> Result
    ) async throws -> Result {
        try await withFolder { root in
            let (north, south) = (
                root.appendingPathComponent("north"), root.appendingPathComponent("south")
            )
            _ = try TrustSetup.begin(NodeDirectory(north), site: "North", .system)
            try await TrustSetup.admit(
                NodeDirectory(south), site: "South", by: NodeDirectory(north),
                schema: try InstalledPacks.shipped().schema, .system)
            return try await body(north, south)
        }
    }

    /// So many dogs, each twice in the file.
    func importDogs(_ count: Int) async throws -> ImportReport {
        var text = "animal_name,animal_gender,animal_birth_year,breed_rc,zip_code\n"
        for round in 0..<2 {
            for number in 0..<count {
                text += "Rover-\(number),M,\(2_000 + number % 20),Spaniel,1000\(round * 0)\n"
            }
        }
        let file = root.appendingPathComponent("dogs.csv")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return try await importFile(file)
    }

    func importFile(_ file: URL) async throws -> ImportReport {
        let item = ImportOrder.Item(
            path: file.path, mapping: try ImportManifest.mapping("licences", in: root))
        return try await FileImport(node, packs).run(ImportOrder(items: [item]))[0]
    }

    func sample() async throws -> SampleBooking {
        _ = try await importDogs(12)
        return try await SampleBooking.make(
            at: node, arrival: "2026-01-01", departure: "2036-01-01")
    }

    func collection(_ name: String) throws -> RowCollection {
        guard let collection = packs.schema.collection(named: name) else {
            throw NodeFault(.refused, "no collection \(name)")
        }
        return collection
    }

    /// Changes one field of one row.
    func set(_ name: String, _ row: RowID, _ field: String, _ value: Value) async throws {
        let collection = try collection(name)
        let slot = try #require(collection.fields.first { $0.name == field })
        _ = try await node.replica.commit([
            RowOperation(
                collection: collection.id, row: row, kind: .update,
                cells: [CellOperation(field: slot.id, action: .assign(value))])
        ])
    }

    func count(_ name: String) throws -> Int {
        try node.page(of: try collection(name), limit: 1, counting: true).total ?? -1
    }

    /// The texts of one field, in the order of the rows.
    func texts(_ name: String, _ field: String) throws -> [String?] {
        let collection = try collection(name)
        let slot = collection.fields.firstIndex { $0.name == field } ?? 0
        return try node.page(of: collection, limit: 1_000).rows.map { row in
            if case .text(let text) = row.values[slot] { text } else { nil }
        }
    }

    func labels() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: node.directory.printer.path)
            .filter { $0.hasSuffix(".zpl") }.sorted()
    }

    /// Lets the print service work until `holds`, then ends it.
    func print(
        to target: (any PrintTarget)? = nil, ticking: Bool = false,
        until holds: @Sendable @escaping () throws -> Bool
    ) async throws {
        let service = PrintService(node, packs)
        await service.register(.folder(target ?? FilePrinter(node.directory.printer)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            if ticking {
                group.addTask {
                    while true {
                        try await Task.sleep(for: .milliseconds(100))
                        try await service.tick()
                    }
                }
            }
            for await _ in node.replica.feed.follow() where try holds() { break }
            group.cancelAll()
        }
    }
}

extension PrinterSlot {
    /// A printer of four inches that takes every job.
    static func folder(_ target: any PrintTarget) -> PrinterSlot {
        PrinterSlot(
            id: "folder", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
            confirmsWithin: nil, isStandIn: true, target: target)
    }
}
