/// Why a relay's store could not be opened: what happened, what to do. Equal by `code`.
public struct RelayStorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble.
    public enum Code: Sendable, Equatable {
        /// Another process serves this store.
        case busy
        /// The file is not one of this program's, or damaged.
        case corrupt
        /// The disk or file system failed.
        case inputOutput
    }

    /// Compared by `==`.
    public let code: Code
    /// One sentence or two for a person.
    public let message: String

    /// Names the trouble.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// By `code` alone.
    public static func == (left: RelayStorageError, right: RelayStorageError) -> Bool {
        left.code == right.code
    }

    public var description: String { message }
}
