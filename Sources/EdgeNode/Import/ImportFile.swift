internal import CRDT
internal import Foundation
internal import FrontDesk
internal import Signing

/// One reading of a CSV file from its first record to its last, in pieces: a file of any length
/// takes as much memory as its longest row.
final class ImportFile {
    /// More than any export of ten years; bounds how long a wrong path can keep us busy.
    static let bytesMax = 1 << 30
    private static let pieceBytes = 1 << 16

    let bytesInAll: Int
    private(set) var bytesRead = 0
    /// Of what was read so far: BLAKE2b-256 of the last hash and the next 64 KiB, piece by piece.
    private(set) var hash = ContentHash(0, 0, 0, 0)
    private var reader = CSVReader()
    private var isAtEnd = false
    /// Whether it is one that `--rejects` wrote, with apostrophes before what looks like a formula.
    private var isOfRejects = false
    private let handle: Int32
    private let path: String

    /// - Throws: `NodeFault` for anything but a file that may be read, with what to do.
    init(_ path: String) throws(NodeFault) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw NodeFault(.refused, "\(path) cannot be read: \(DurableFile.reason)")
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw NodeFault(.refused, "\(path) is no file; name the CSV file itself")
        }
        guard facts.st_size <= Self.bytesMax else {
            throw NodeFault(.refused, "\(path) has more than \(Self.bytesMax >> 20) MiB; split it")
        }
        let handle = open(path, O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else {
            throw NodeFault(
                .refused,
                "\(path) cannot be read by the node: \(DurableFile.reason). Give its account the "
                    + "right to read it, or copy it into the node's folder.")
        }
        self.handle = handle
        self.path = path
        bytesInAll = Int(facts.st_size)
    }

    deinit { close(handle) }

    /// The names of the columns.
    func header() throws(NodeFault) -> [String] {
        switch try next() {
        case .success(let record)?:
            let names = record.fields.map(ImportFile.trimmed)
            isOfRejects = names.starts(with: CSVLine.rejectColumns)
            return names
        case .failure(let problem)?:
            throw NodeFault(.refused, "\(path): the header \(problem.reason)")
        case nil:
            throw NodeFault(
                .refused, "\(path): there is no header line with the names of the columns in UTF-8")
        }
    }

    /// The next record or what is wrong with it; nil at the end.
    ///
    /// - Throws: `NodeFault` where the file cannot be read on, or where rows of another file begin:
    ///   an import of several files writes all that it left out into one.
    func next() throws(NodeFault) -> Result<CSVReader.Record, CSVReader.Problem>? {
        while true {
            if let result = reader.next() {
                guard isOfRejects else { return result }
                if case .success(let record) = result {
                    let start = record.fields.prefix(CSVLine.rejectColumns.count)
                    guard start.map(ImportFile.trimmed) != CSVLine.rejectColumns else {
                        throw NodeFault(
                            .refused,
                            "\(path), row \(record.number): here begin rows of another file; "
                                + "cut the file in two at this line and import each")
                    }
                }
                return result.map(Self.unguarded)
            }
            if isAtEnd { return nil }
            let piece = try piece()
            if piece.isEmpty {
                reader.finish()
                isAtEnd = true
            } else {
                hash = BLAKE2bHasher().hash(hash.bytes + piece)
                reader.append(piece)
            }
        }
    }

    /// Always a whole one but for the last: the hash depends on it.
    private func piece() throws(NodeFault) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var filled = 0
        while filled < piece.count {
            let count = piece.withUnsafeMutableBytes { bytes in
                read(handle, bytes.baseAddress.map { $0 + filled }, bytes.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw NodeFault(.refused, "\(path) cannot be read: \(DurableFile.reason)")
            }
            if count == 0 { break }
            filled += count
        }
        bytesRead += filled
        guard bytesRead <= Self.bytesMax else {
            throw NodeFault(.refused, "\(path) grows while it is read; copy it and import the copy")
        }
        return filled == piece.count ? piece : Array(piece[..<filled])
    }

    /// A corrected row of a file that an import wrote says what the first file said.
    private static func unguarded(_ record: CSVReader.Record) -> CSVReader.Record {
        CSVReader.Record(number: record.number, fields: record.fields.map(CSVLine.unguarded))
    }

    private static func trimmed(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }
}
