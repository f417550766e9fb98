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

    public func deliver(
        _ bytes: [UInt8], job: RowID, attempt: Int
    ) async throws -> PrintJob.Evidence {
        let file = file(job, attempt)
        do {
            try write(file, bytes)
        } catch {
            // It has its name already, only the folder was not synced: whoever watches the folder
            // may have taken it for paper, and a power cut may still undo it.
            guard FileManager.default.fileExists(atPath: file.path) else { throw error }
            throw PrintInDoubt(acceptedBytes: bytes.count)
        }
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
