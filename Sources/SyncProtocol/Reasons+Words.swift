extension CloseReason: CustomStringConvertible {
    /// Why the session ended, as the rest of a sentence.
    public var description: String {
        switch self {
        case .goingAway: "the other side stops or was reached in another way"
        case .noCommonVersion: "the two programs have no version in common: update the older one"
        case .malformed: "it got bytes that are no message"
        case .outOfTurn: "a message came where it has no place"
        case .creditExceeded: "more was sent than was asked for"
        case .limitExceeded: "more was named than one message may name"
        case .reflected: "this box reached itself: look at the address that it dials"
        case .greetingTimedOut: "no greeting came in time"
        case .linkLost: "the link was lost"
        case .notTrusted: "one of the two is not, or no longer, of this business"
        }
    }
}

extension MailboxRefusal: CustomStringConvertible {
    /// Why the mailbox refuses, as the rest of a sentence.
    public var description: String {
        switch self {
        case .unknownMailbox: "it has no such mailbox"
        case .unknownKey: "this key is not, or no longer, one of the mailbox"
        case .quotaBytes: "the mailbox holds as many bytes as it may"
        case .quotaItems: "the mailbox holds as many items as it may"
        case .keysFull: "the mailbox has as many keys as it may have"
        case .beyondHead: "more would be forgotten than there is"
        case .inviteRefused: "the invite is unknown, used or too old"
        case .mailboxTaken: "the mailbox exists already under another key"
        case .busy: "its disk is full or held just now; try again later"
        case .failed: "its disk failed"
        }
    }
}

extension RelayCloseReason: CustomStringConvertible {
    /// Why the talk ended, as the rest of a sentence.
    public var description: String {
        switch self {
        case .goingAway: "the other side stops"
        case .noCommonVersion: "the two programs have no version in common: update the older one"
        case .malformed: "bytes came that are no message"
        case .outOfTurn: "a message came where it has no place"
        case .limitExceeded: "more was on its way than is allowed"
        case .loginTimedOut: "no log-in came in time"
        case .unknownMailbox: "the relay has no such mailbox"
        case .notAdmitted: "the key is not, or no longer, one of the mailbox"
        case .inviteRefused: "the invite is unknown, used or too old"
        case .mailboxTaken: "the mailbox exists already under another key"
        case .otherRelay: "another relay answers than the one that was meant"
        case .notBelieved: "what the relay sent contradicts what it had said"
        case .unavailable: "the relay cannot reach its disk"
        case .linkLost: "the link was lost"
        }
    }
}

extension LinkEnded: CustomStringConvertible {
    public var description: String { "the link had ended" }
}
