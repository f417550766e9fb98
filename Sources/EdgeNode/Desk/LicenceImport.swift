internal import CRDT
public import Foundation
internal import FrontDesk
internal import ReplicaStorage
internal import Signing

/// Imports a register of animals: rows in as many transactions as they need, made to count by one
/// batch row at the end. The animals have no owners, so nothing personal is written.
public struct LicenceImport: Sendable {
    /// What an import did.
    public struct Report: Sendable, Hashable {
        public let rowsRead: Int
        public let animals: Int
        public let rowsFolded: Int
        public let rowsSkipped: Int
        public let transactions: Int
        /// The first rows that could not be read and why, as sentences.
        public let skipped: [String]
        /// The same file was imported before; nothing was written.
        public let isRepeat: Bool
    }

    /// Skipped rows that are named; the rest is counted.
    private static let skippedNamedMax = 20
    /// More than any register of `rowsMax` rows; bounds what a wrong path can make us read.
    private static let fileBytesMax = 256 << 20

    private let node: Node

    /// Imports into this node.
    public init(_ node: Node) { self.node = node }

    /// Reads, folds and commits. A second import of the same file adds nothing; one that was cut
    /// off goes on under the same batch and writes only what is missing.
    ///
    /// - Parameter progress: told rows written and rows in all after each transaction.
    public func run(
        _ file: URL, progress: @Sendable (Int, Int) -> Void
    ) async throws -> Report {
        let bytes = try Self.read(file)
        let register: AnimalImport
        do throws(AnimalImport.Problem) {
            register = try AnimalImport(bytes, by: .dogLicences)
        } catch {
            throw NodeFault(.refused, "\(file.path): \(error.sentence)")
        }
        guard !register.animals.isEmpty else {
            let why = register.skipped.first.map { "; the first: \($0.sentence)" } ?? ""
            throw NodeFault(
                .refused,
                "\(file.path) has no row that can be read, of \(register.rowsRead)\(why)")
        }
        guard !register.isTruncated else {
            throw NodeFault(
                .refused, "the file has more than \(AnimalImport.rowsMax) rows; split it")
        }
        let hash = BLAKE2bHasher().hash(bytes)
        // Every id follows from the file, so that a repeated or resumed import makes the same rows.
        var ids = RowIDSource(prefix: Self.prefix(hash))
        let batch = AnimalImport.Batch(
            id: ids.draw(), site: node.site, staff: nil, fileName: file.lastPathComponent,
            fileHash: hash.bytes, importedAt: node.environment.wallMilliseconds())
        let transactions: [[RowOperation]]
        do throws(PackProblems) {
            transactions = try register.transactions(of: batch, node.replica.schema, ids: &ids)
        } catch {
            throw NodeFault(.stopped, error.sentences.joined(separator: " "))
        }
        let written = try await write(transactions, batch.id, progress)
        return Report(
            rowsRead: register.rowsRead, animals: register.animals.count,
            rowsFolded: register.rowsFolded, rowsSkipped: register.skippedRows,
            transactions: written,
            skipped: register.skipped.prefix(Self.skippedNamedMax).map(\.sentence),
            isRepeat: written == 0)
    }

    private static func read(_ file: URL) throws(NodeFault) -> [UInt8] {
        var facts = stat()
        guard stat(file.path, &facts) == 0 else {
            throw NodeFault(.refused, "\(file.path) cannot be read: \(DurableFile.reason)")
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw NodeFault(.refused, "\(file.path) is no file; name the CSV file itself")
        }
        guard facts.st_size <= fileBytesMax else {
            throw NodeFault(
                .refused, "\(file.path) has more than \(fileBytesMax >> 20) MiB; split it")
        }
        return try DurableFile.read(file) ?? []
    }

    /// - Returns: how many transactions had anything to write.
    private func write(
        _ transactions: [[RowOperation]], _ batch: RowID, _ progress: @Sendable (Int, Int) -> Void
    ) async throws -> Int {
        let schema = node.replica.schema
        if let batches = schema.collection(named: "import_batch"),
            try node.row(batch, of: batches) != nil
        {
            return 0
        }
        let all = transactions.reduce(0) { $0 + $1.count }
        var (done, written) = (0, 0)
        for rows in transactions {
            do throws(StorageError) {
                let commit = try await node.replica.commit { reader throws(StorageError) in
                    try Self.missing(of: rows, reader, schema)
                }
                if commit != nil { written += 1 }
            } catch {
                throw NodeFault(error)
            }
            done += rows.count
            progress(done, all)
        }
        return written
    }

    /// Rows are written in order, so where the first is not here none is. Else row by row: a
    /// program that cuts otherwise may have begun.
    static func missing(
        of rows: [RowOperation], _ reader: Reader, _ schema: Schema
    ) throws(StorageError) -> [RowOperation] {
        guard let first = rows.first, try isHere(first, reader, schema) else { return rows }
        var missing: [RowOperation] = []
        for row in rows where try !isHere(row, reader, schema) { missing.append(row) }
        return missing
    }

    private static func isHere(
        _ row: RowOperation, _ reader: Reader, _ schema: Schema
    ) throws(StorageError) -> Bool {
        guard let collection = schema.collection(row.collection) else { return false }
        return try reader.record(collection, row.row) != nil
    }

    private static func prefix(_ hash: ContentHash) -> UInt128 {
        hash.bytes.prefix(10).reduce(0) { $0 << 8 | UInt128($1) }
    }
}
