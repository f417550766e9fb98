public import FrontDesk
public import ReplicaStorage

/// Why the node could not do something that was rightly asked: for doors, which know no storage.
public struct NodeFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a door answers by.
    public enum Kind: Sendable, Hashable {
        /// No room left; nothing was changed.
        case diskFull
        /// Another tool holds the file just now; nothing was changed. Try again.
        case busy
        /// The file cannot be written any more in this process.
        case stopped
        /// The data, the schema or the rights do not allow it.
        case refused
    }

    public let kind: Kind
    /// What happened and what to do.
    public let message: String

    /// Names a fault.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// What the storage's error means to a caller.
    public init(_ error: StorageError) {
        switch error.code {
        case .diskFull: kind = .diskFull
        case .refused: kind = .refused
        case .busy: kind = .busy
        case .inputOutput, .corrupt, .schemaChanged, .internalFault: kind = .stopped
        }
        message = error.message
    }

    public var description: String { message }
}

/// Why the desk said no. Never a fault of the node.
public struct DeskRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a door answers by.
    public enum Kind: Sendable, Hashable {
        /// What was named is not here.
        case unknown
        /// It is not in a state that allows this.
        case conflict
        /// What was asked makes no sense.
        case invalid
        /// It is not what the caller read any more.
        case changed
        /// The idempotency key was used for another request.
        case keyReused
        /// Nobody is signed in, or the PIN is wrong.
        case notSignedIn
        /// Whoever is signed in has no right to it.
        case notAllowed
        /// PINs were guessed; it is for later.
        case tooManyTries
    }

    public let kind: Kind
    /// For a person at the desk.
    public let message: String
    /// What is wrong with each member of a record, where one was refused for its contents.
    public let faults: [RecordFault]
    /// How long to wait before the same may be asked again, where that is known.
    public let wait: Duration?

    /// Says no, and why.
    public init(
        _ kind: Kind, _ message: String, _ faults: [RecordFault] = [], wait: Duration? = nil
    ) {
        self.kind = kind
        self.message = message
        self.faults = faults
        self.wait = wait
    }

    public var description: String { message }
}

extension DeskRefusal {
    static let keyReused = DeskRefusal(
        .keyReused,
        "This Idempotency-Key was used for another request. Use a new key for a new wish.")
}
