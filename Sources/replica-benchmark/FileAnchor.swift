internal import Glibc
internal import ReplicaStorage

/// The anchor as a file: written beside, synced, renamed, and its folder synced.
struct FileAnchor: Anchor {
    let path: String

    func read() throws(StorageError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw failed("read") }
        return Array(bytes[..<count])
    }

    func write(_ bytes: [UInt8]) throws(StorageError) {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failed("create") }
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(beside, path) == 0 else { throw failed("write") }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let folder = open(String(path[..<end]) + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failed("sync") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failed("sync") }
    }

    private func failed(_ what: String) -> StorageError {
        StorageError(.inputOutput, "the anchor \(path) cannot \(what): error \(errno)")
    }
}
