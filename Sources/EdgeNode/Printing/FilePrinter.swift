public import CRDT
public import Foundation
internal import FrontDesk
public import Peripherals

/// A folder that takes what a printer would: one file an attempt, there whole or not at all.
public struct FilePrinter: PrintTarget {
    private let folder: URL
    private let write: @Sendable (URL, [UInt8]) throws -> Void

    /// - Parameter folder: must exist.
    public init(_ folder: URL) {
        self.init(folder) { try DurableFile.replace($0, with: $1, mode: 0o600) }
    }

    init(_ folder: URL, write: @escaping @Sendable (URL, [UInt8]) throws -> Void) {
        self.folder = folder
        self.write = write
    }

    /// A folder is always ready; whether the disk has room is seen when it is written.
    public func prepare(_ job: RowID) async -> [PrintJob.Input] { [.ready] }

    public func withdraw(_ job: RowID) async {}

    public func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        let file = file(job, attempt)
        do {
            try write(file, bytes)
        } catch {
            // Where it has its name already, only the folder was not synced: whoever watches the
            // folder may have taken it for paper, and a power cut may still undo it.
            let isThere = FileManager.default.fileExists(atPath: file.path)
            return [.interrupted(acceptedBytes: isThere ? max(1, bytes.count) : 0)]
        }
        return [.acceptedAll, .confirmed(.file)]
    }

    /// The rename is the last step of writing, so a file that is there is whole.
    public func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] {
        FileManager.default.fileExists(atPath: file(job, attempt).path) ? [.confirmed(.file)] : []
    }

    public func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}

    private func file(_ job: RowID, _ attempt: Int) -> URL {
        folder.appendingPathComponent("\(RowName.text(job))-\(attempt).zpl")
    }
}
