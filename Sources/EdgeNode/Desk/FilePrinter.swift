public import CRDT
public import Foundation
internal import FrontDesk
public import Peripherals

/// A folder that takes what a printer would: one file an attempt, there whole or not at all.
public struct FilePrinter: PrintTarget {
    private let folder: URL

    /// - Parameter folder: must exist.
    public init(_ folder: URL) { self.folder = folder }

    public func deliver(
        _ bytes: [UInt8], job: RowID, attempt: Int
    ) async throws -> PrintJob.Evidence {
        try DurableFile.replace(file(job, attempt), with: bytes, mode: 0o600)
        return .file
    }

    /// The rename is the last step of writing, so a file that is there is whole.
    public func evidence(of job: RowID, attempt: Int) async -> PrintJob.Evidence? {
        FileManager.default.fileExists(atPath: file(job, attempt).path) ? .file : nil
    }

    private func file(_ job: RowID, _ attempt: Int) -> URL {
        folder.appendingPathComponent("\(RowName.text(job))-\(attempt).zpl")
    }
}
