internal import Glibc

/// An exclusive lock on a file beside the database, held while this value lives and freed by the
/// kernel however the process ends. One process owns a database file.
final class FileLock {
    private let file: Int32

    /// - Throws: `busy` where another process, or another store of this one, holds it.
    init(path: String) throws(StorageError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StorageError(
                .inputOutput, "could not open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(file)
            guard reason == EWOULDBLOCK else {
                throw StorageError(
                    .inputOutput, "could not lock \(path): \(String(cString: strerror(reason)))")
            }
            throw StorageError(
                .busy,
                """
                another process has this database open (\(path) is locked). Speak to the running \
                node instead, or stop it first
                """)
        }
        self.file = file
    }

    deinit {
        // A child that is just being spawned may share the descriptor for a moment.
        flock(file, LOCK_UN)
        close(file)
    }
}
