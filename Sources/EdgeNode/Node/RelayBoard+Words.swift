internal import SyncProtocol

// What a relay's talk says, in words that a person can act on.
extension RelayBoard {
    static func words(_ report: MailboxReport) -> String {
        switch report {
        case .caughtUp: "has read all of the mailbox"
        case .resumed: "the relay takes items again"
        case .heldBack(let refusal): words(refusal)
        case .gaveUp:
            """
            Some items of the mailbox could not be used for long and are passed over. What they \
            hold comes from another box: open a link to one.
            """
        case .reset(.generation):
            """
            The relay's mailbox was made anew: what lay in it is gone from the relay. This box \
            uploads it again; nothing is lost here. Ask the relay's operator what happened.
            """
        case .reset(.beyond), .reset(.chain):
            """
            The relay holds an older state of the mailbox than it had shown. This box reads it \
            from the start and uploads what is missing; nothing is lost here. Ask the relay's \
            operator whether a backup was restored.
            """
        case .reset(.trimmed):
            """
            The mailbox no longer holds items that this box had not read. They come from another \
            box: open a link to one.
            """
        case .contradicted(let contradiction): words(contradiction)
        }
    }

    private static func words(_ contradiction: MailboxContradiction) -> String {
        switch contradiction {
        case .otherItem, .withheld:
            """
            The relay acknowledged what it does not hand out: it errs or it lies. This box keeps \
            everything and goes on trying; links to other boxes do without the relay. Tell its \
            operator, or choose another relay.
            """
        case .resets:
            """
            The relay shows another mailbox each time it is asked. This box keeps everything; \
            tell the relay's operator.
            """
        }
    }

    static func words(_ refusal: MailboxRefusal) -> String {
        switch refusal {
        case .quotaBytes, .quotaItems:
            """
            The mailbox is full: the relay takes nothing more, and other sites do not see what \
            is new here. Ask the relay's operator for more room. Nothing is lost; it is tried \
            again by itself.
            """
        case .busy: "The relay's disk is full or held just now; it is tried again by itself."
        case .failed: "The relay's disk failed; it is tried again by itself."
        case .unknownMailbox, .unknownKey: "The relay does not let this box in any more."
        case .keysFull, .beyondHead, .inviteRefused, .mailboxTaken: "The relay refuses (\(refusal))"
        }
    }

    static func words(strayKeys count: Int) -> String {
        """
        \(count == 1 ? "1 key of the mailbox is" : "\(count) keys of the mailbox are") claimed by \
        no box of ours. A box that has just joined claims its own by itself; if this stays for a \
        day, tell the relay's operator that a stranger may fetch what lies sealed there
        """
    }

    static func words(_ ending: RelayLink.Ending) -> String? {
        switch ending {
        case .again, .closed(.goingAway): nil
        case .storageFailed(let why): "the storage failed: \(why)"
        case .closed(.notAdmitted):
            """
            the relay does not know this box's key. A box that keeps the roster has to let it in: \
            start one that was set up with the mailbox, and wait a moment
            """
        case .closed(.unknownMailbox):
            """
            the relay has no such mailbox: it was wiped. Make a new one with \
            `warren relay create`; the boxes fill it again
            """
        case .closed(.otherRelay):
            "another relay answers there than the one this box was set up with"
        case .closed(.notBelieved):
            "what the relay sent contradicts what it had said or is damaged"
        case .closed(.linkLost): "the link was lost"
        case .closed(let reason): "the talk was closed: \(reason)"
        }
    }
}
