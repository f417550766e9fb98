internal import CRDT
internal import Foundation
public import FrontDesk
internal import ReplicaStorage
internal import Signing

/// Imports files into this node: reads each twice, first to find everything that is wrong, then to
/// write, in as many transactions as it needs. A batch row at the end makes the new records count
/// (`Import.md`).
public struct FileImport: Sendable {
    /// Rows of one file; ten times the largest tenant we know.
    public static let rowsMax = 500_000

    public typealias Listener = (ImportNotice) async throws -> Void

    let premises: Premises
    let packs: InstalledPacks
    /// A transaction's operations at most. Above a few thousand nothing gets faster, and desks
    /// that write meanwhile wait for one transaction.
    let operationsAtOnce: Int

    /// Imports into this node.
    public init(_ node: Node, _ packs: InstalledPacks) {
        self.init(node.premises, packs)
    }

    /// Imports in transactions of so many operations at most.
    package init(_ premises: Premises, _ packs: InstalledPacks, operationsAtOnce: Int = 1_024) {
        self.premises = premises
        self.packs = packs
        self.operationsAtOnce = operationsAtOnce
    }

    /// A mapping document as `--mapping` names it.
    ///
    /// - Throws: `NodeFault` with what is wrong with it.
    public static func mapping(decoding document: [UInt8]) throws(NodeFault) -> ImportMapping {
        do {
            return try JSONDecoder().decode(ImportMapping.self, from: Data(document))
        } catch {
            throw NodeFault(.refused, "the mapping cannot be used: \(FaultWords.of(error))")
        }
    }

    /// Does an order file by file. What is written stays written, whatever happens later.
    ///
    /// - Parameter listener: told what happens; the import waits for it, so that a slow listener
    ///   makes it hold no more.
    /// - Returns: a report of each file.
    /// - Throws: `NodeFault` with what to do.
    @discardableResult
    public func run(
        _ order: ImportOrder, listener: Listener = { _ in }
    ) async throws -> [ImportReport] {
        guard order.items.count <= ImportOrder.itemsMax else {
            throw NodeFault(.refused, "an import has at most \(ImportOrder.itemsMax) files")
        }
        var promised: Set<RowID> = []
        var reports: [ImportReport] = []
        for item in order.items {
            let survey = try await survey(item, order, promised, listener)
            if order.isDryRun, order.items.count > 1 { promised.formUnion(survey.ledger.rows) }
            var report = survey.report
            if order.isStrict, report.rowsRejected > 0 {
                report.isRefused = true
                report.added = [:]
            } else if !order.isDryRun {
                try await write(survey, item, &report, listener)
            }
            if order.tellsAlike { try await tellAlike(survey, item, listener) }
            reports.append(report)
            try await listener(.finished(report))
            // Later files name records of this one.
            if report.isRefused { break }
        }
        return reports
    }

    /// The place of this box, as plans ask for it.
    func place() throws -> ImportPlan.Place {
        var sites: [String: RowID] = [:]
        if let collection = premises.replica.schema.collection(named: "site") {
            let rows = try premises.read { reader throws(StorageError) in
                try reader.records(collection, limit: 1_000)
            }
            for row in rows {
                let named = NamedRow(row, collection)
                for name in [named.text("name"), named.text("code")] {
                    if let name, !name.isEmpty { sites[name] = row.id }
                }
            }
        }
        sites[premises.siteName] = premises.site
        var writable = Set(packs.writers.keys).union(["resource_claim"])
        writable.subtract(["site", "staff", "staff_role", "hardware_device"])
        return ImportPlan.Place(
            tenant: premises.tenant, site: premises.site, sites: sites,
            rules: packs.rules, writable: writable)
    }

    /// Tells the rows of every group, in the order of the file.
    private func tellAlike(
        _ survey: ImportSurvey, _ item: ImportOrder.Item, _ listener: Listener
    ) async throws {
        var places: [Int: [(group: Int, review: String)]] = [:]
        for (index, group) in survey.ledger.groups.enumerated() {
            for row in group.rows { places[row, default: []].append((index + 1, group.review)) }
        }
        guard !places.isEmpty else { return }
        let file = try ImportFile(item.path)
        _ = try file.header()
        while let result = try file.next() {
            guard case .success(let record) = result, let found = places[record.number] else {
                continue
            }
            for place in found {
                try await listener(
                    .alike(
                        file: item.name, review: place.review, group: place.group,
                        row: record.number, fields: record.fields))
            }
        }
    }
}
