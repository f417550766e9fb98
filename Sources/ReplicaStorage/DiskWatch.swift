internal import Synchronization

/// What the database file has shown of itself since it was opened, by whichever connection and
/// statement: for a health page, which must not say that all is well because it asked nothing.
public final class DiskWatch: Sendable {
    public struct Standing: Sendable, Hashable {
        /// Something in the file is not what was written there. It stays so for this process.
        public var isDamaged = false
        /// The system failed to read or write. It stays so for this process.
        public var hasFailed = false
        /// The last try to write found no room.
        public var isFull = false
    }

    private let state = Mutex(Standing())

    public init() {}

    public var standing: Standing { state.withLock { $0 } }

    func note(_ code: StorageError.Code) {
        switch code {
        case .corrupt: state.withLock { $0.isDamaged = true }
        case .inputOutput: state.withLock { $0.hasFailed = true }
        case .diskFull: state.withLock { $0.isFull = true }
        case .schemaChanged, .busy, .refused, .internalFault: break
        }
    }

    /// A transaction is on the disk.
    func noteWritten() {
        state.withLock { if $0.isFull { $0.isFull = false } }
    }
}
