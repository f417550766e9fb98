/// Why two boxes did not pair. Nothing was handed over unless `linkLost` or `storeFailed` says so.
public enum PairingFailure: Hashable, Sendable, Error {
    /// The code typed at this box is not the one it shows.
    case codesDiffer
    /// The person at the other box typed another code than it shows.
    case codesDifferThere
    /// The person at this box said no.
    case declined
    /// The person at the other box said no.
    case declinedThere
    /// At the other box nobody has opened a pairing, or another newcomer is at it.
    case notOpenThere
    /// The newcomer took this box's offer and never said who it is. The pairing is spent: with the
    /// offer it could compute this box's code, and come again until the code suits it.
    case goneAfterOffer
    /// Nobody answered in time, here or there.
    case expired
    /// The other side broke the protocol: no Warren box, a later version, or somebody between.
    case malformed(String)
    /// The newcomer's site would be called as one that this business has already.
    case nameTaken
    /// The business at the other box has a site that is called so already.
    case nameTakenThere
    /// The roster or the folder could not be written, here or there.
    case storeFailed(String)
    /// The link ended too early.
    ///
    /// - Parameter wasAdmitted: whether the newcomer stands in the roster already; it may begin
    ///   again with the same keys.
    case linkLost(wasAdmitted: Bool)
}

extension PairingFailure: CustomStringConvertible {
    /// A sentence for the person at this box.
    public var description: String {
        switch self {
        case .codesDiffer, .codesDifferThere:
            """
            the codes differ. Nothing was handed over. Begin again; if they differ again, somebody \
            may stand between the boxes: connect them by one cable and try there.
            """
        case .declined: "declined here. Nothing was handed over."
        case .declinedThere: "the person at the other box declined. Nothing was handed over."
        case .notOpenThere:
            """
            the other box expects no newcomer, or another one is at it: look at its screen. Open a \
            pairing there (`warren pair`), then try again within 15 minutes.
            """
        case .goneAfterOffer:
            """
            somebody began and left before a code could be compared. Nothing was handed over. \
            Begin again; if it happens again, somebody may stand between the boxes: connect them \
            by one cable and try there.
            """
        case .expired: "nobody confirmed in time. Nothing was handed over; begin again."
        case .malformed(let why):
            "the other side does not speak as a box does (\(why)). Is it the peer port of a box "
                + "with the same version?"
        case .nameTaken:
            """
            the new box's site has the name of another one, or one that looks the same. Nothing \
            was handed over. Open the pairing again, and choose another name at the new box. A box \
            that was lost gives its name free when an admin renames its site (PATCH sites); the \
            bookings and runs of that site stay with it.
            """
        case .nameTakenThere:
            """
            the business has a site of this name already, or one whose name looks the same. \
            Nothing was handed over. Choose another name, have the pairing opened again, and try \
            once more. If this is that site and its box was lost, an admin first renames the old \
            site at a box that still runs (PATCH sites); its bookings and runs stay with it.
            """
        case .storeFailed(let why): "it could not be stored: \(why)"
        case .linkLost(wasAdmitted: false):
            "the connection ended before both had confirmed. Nothing was handed over; begin again."
        case .linkLost(wasAdmitted: true):
            """
            the connection ended after both had confirmed. Begin again in the same folder: the \
            box is known already.
            """
        }
    }
}

extension PairingFailure {
    /// What the other side says when it ends the pairing.
    init(saidThere verdict: PairingVerdict) {
        switch verdict {
        case .agreed: self = .malformed("a verdict out of turn")
        case .codesDiffer: self = .codesDifferThere
        case .declined: self = .declinedThere
        case .notOpen: self = .notOpenThere
        case .expired: self = .expired
        case .malformed: self = .malformed("it refused what this box said")
        case .nameTaken: self = .nameTakenThere
        case .storeFailed: self = .storeFailed("the other box could not write it down")
        }
    }

    /// What to tell the other side, if anything.
    var verdict: PairingVerdict? {
        switch self {
        case .codesDiffer: .codesDiffer
        case .declined: .declined
        case .expired, .goneAfterOffer: .expired
        case .malformed: .malformed
        case .storeFailed: .storeFailed
        case .nameTaken: .nameTaken
        case .codesDifferThere, .declinedThere, .nameTakenThere, .notOpenThere, .linkLost: nil
        }
    }
}
