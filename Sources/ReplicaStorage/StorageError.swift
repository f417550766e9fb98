/// Why storage could not do something: what happened, what to do. Equal by `code`.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The disk or file system failed. The store is closed for good; restart the process.
        case inputOutput
        /// No room left. Nothing was changed; the store works on.
        case diskFull
        /// The file is not what this program writes.
        case corrupt
        /// Tables, triggers or indexes are not those of the installed packs.
        case schemaChanged
        /// Another process holds the file, for longer than the writer waits: try again. Nothing was
        /// changed; the store works on.
        case busy
        /// The caller asked for something the data does not allow.
        case refused
        /// A bug of ours or of SQLite's use.
        case internalFault
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public static func == (left: StorageError, right: StorageError) -> Bool {
        left.code == right.code
    }

    public var description: String { message }
}
