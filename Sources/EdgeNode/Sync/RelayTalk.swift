internal import SyncProtocol

/// What one talk with the relay came to, for whoever decides when the next one begins.
public struct RelayTalk: Sendable, Hashable {
    /// The relay had let this box in.
    public private(set) var hasEntered = false
    /// A page of the mailbox was kept, or it was read to its end.
    public private(set) var hasKept = false
    /// Why it ended; nil while it lasts.
    public private(set) var ending: RelayLink.Ending?

    public init() {}

    public mutating func note(_ notice: RelayLink.Notice) {
        switch notice {
        case .joined: hasEntered = true
        case .read, .report(.caughtUp): hasKept = true
        case .report, .waiting: break
        }
    }

    public mutating func end(_ ending: RelayLink.Ending) { self.ending = ending }

    /// Whether the next talk may begin as soon as after a first failure. Not after one that
    /// achieved nothing: who is not believed, or finds no room on its disk, is let in each time and
    /// would ask for the same page for ever.
    public var isProgress: Bool {
        switch ending {
        case .closed(.notBelieved), .storageFailed: false
        case .closed, .again, nil: hasKept
        }
    }
}
