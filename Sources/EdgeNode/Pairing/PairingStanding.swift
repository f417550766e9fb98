internal import SyncProtocol

/// How a pairing at this box stands, for whoever looks at its screen.
public struct PairingStanding: Sendable, Hashable {
    /// What is waited for.
    public enum Phase: String, Sendable {
        /// Nobody has opened one.
        case closed
        /// A newcomer may come.
        case open
        /// A newcomer is here: compare the codes.
        case comparing
        /// Agreed here; the other box, the roster and the handing over are still to come.
        case agreed
        /// The newcomer is a member and has everything on disk.
        case paired
        /// It came to nothing; `trouble` says why.
        case failed
    }

    public var phase = Phase.closed
    /// What the newcomer is admitted as; nil while no pairing was opened.
    public var role: BoxRole?
    /// What this box shows: six digits as `042 917`.
    public var code: String?
    /// What the newcomer calls its site.
    public var guest: String?
    /// The admitted device's site row.
    public var site: String?
    /// A sentence for a person.
    public var trouble: String?
    /// Unix milliseconds at which it ends by itself.
    public var endsAt: Int64?

    public init() {}
}

/// What a newcomer is admitted as.
public enum BoxRole: String, Sendable, CaseIterable {
    /// Writes everything, keeps no roster.
    case desk
    /// Also admits and revokes others.
    case admin
    /// Reads everything, writes nothing: a dashboard.
    case reader
}

/// Letters on their way out, in their order, by one writer.
struct PairingOutbox: Sendable {
    private let letters: AsyncStream<[UInt8]>
    private let sink: AsyncStream<[UInt8]>.Continuation
    /// More than a whole roster in parts.
    private static let lettersMax = 256

    init() {
        (letters, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.lettersMax))
    }

    func put(_ letter: [UInt8]) { sink.yield(letter) }

    /// Nothing more comes; what is there is still sent.
    func close() { sink.finish() }

    /// Sends until closed, then ends the link.
    func run(_ link: any FrameLink) async {
        for await letter in letters {
            do { try await link.send(letter) } catch { break }
        }
        await link.close()
    }
}
