internal import Glibc

/// The anchor as a file of the operating system, replaced whole: written beside it, synced, renamed
/// over it, and the directory synced.
public final class FileAnchor: Anchor {
    private let path: String

    /// - Parameter path: on the same machine as the database and in no backup of it.
    public init(path: String) { self.path = path }

    public func read() throws(StorageError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw Self.failed("open", path)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { room in
                Glibc.read(file, room.baseAddress.map { $0 + length }, room.count - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failed("read", path) }
            if count == 0 { break }
            length += count
        }
        return Array(bytes[..<length])
    }

    public func write(_ bytes: [UInt8]) throws(StorageError) {
        let spare = path + ".new"
        let file = open(spare, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failed("create", spare) }
        do throws(StorageError) {
            try Self.fill(file, bytes, spare)
        } catch {
            close(file)
            throw error
        }
        guard close(file) == 0 else { throw Self.failed("close", spare) }
        guard rename(spare, path) == 0 else { throw Self.failed("rename", spare) }
        try syncDirectory()
    }

    private static func fill(
        _ file: Int32, _ bytes: [UInt8], _ path: String
    ) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.write(file, all.baseAddress.map { $0 + written }, all.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw failed("sync", path) }
    }

    /// The new name is durable only with its directory.
    private func syncDirectory() throws(StorageError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failed("open", name) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw Self.failed("sync", name) }
    }

    private static func failed(_ deed: String, _ path: String) -> StorageError {
        let code: StorageError.Code = errno == ENOSPC || errno == EDQUOT ? .diskFull : .inputOutput
        return StorageError(code, "could not \(deed) \(path): \(String(cString: strerror(errno)))")
    }
}
