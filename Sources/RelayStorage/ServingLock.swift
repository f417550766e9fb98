internal import Glibc

/// Whoever serves a store holds this lock on a file beside it; the kernel frees it however the
/// process ends.
final class ServingLock {
    private let file: Int32

    /// - Returns: `nil` where another process, or another store of this one, holds it.
    init?(path: String) throws(RelayStorageError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failed("open", path) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(file)
            if reason == EWOULDBLOCK { return nil }
            errno = reason
            throw Self.failed("lock", path)
        }
        self.file = file
    }

    deinit {
        // A child that is just being spawned may share the descriptor for a moment.
        flock(file, LOCK_UN)
        close(file)
    }

    private static func failed(_ deed: String, _ path: String) -> RelayStorageError {
        RelayStorageError(
            .inputOutput, "could not \(deed) \(path): \(String(cString: strerror(errno)))")
    }
}
