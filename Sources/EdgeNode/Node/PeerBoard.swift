internal import SyncProtocol
internal import Synchronization

/// How the links of this box stand, for status pages: written by whoever serves a link.
public final class PeerBoard: Sendable {
    /// One peer as last seen.
    public struct Standing: Sendable, Hashable {
        /// Where it is, or from where it came.
        public let address: String
        /// Whether this box dialled.
        public let isDialled: Bool
        public var isOpen: Bool
        /// What the session last said: `inSync`, `behind`, …
        public var report: String
        /// Why the last link ended or could not be made.
        public var trouble: String?
        /// Since when it stands so, in Unix milliseconds.
        public var since: Int64
        /// Whether it has said hello on this link.
        var hasGreeted = false
    }

    /// Closed incoming links are forgotten above this many.
    private static let standingsMax = 128
    private let standings = Mutex<[String: Standing]>([:])
    private let heard = Mutex(false)
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    /// An empty board.
    public init() {}

    /// All peers, by address.
    public var all: [Standing] {
        standings.withLock { $0.values.sorted { $0.address < $1.address } }
    }

    /// Whether this process once had all that a peer had.
    var hasHeardAll: Bool { heard.withLock { $0 } }

    /// Calls `body` after each change that a person would see; it must not wait.
    func listen(_ body: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(body) }
    }

    private func tell() { for listener in listeners.withLock({ $0 }) { listener() } }

    /// A link that this box dialled, or one on which a member of the tenant has said hello.
    func opened(_ address: String, isDialled: Bool, at now: Int64) {
        put(
            Standing(
                address: address, isDialled: isDialled, isOpen: true, report: "greeting",
                trouble: nil, since: now))
    }

    func reported(_ address: String, _ report: SessionReport, at now: Int64) {
        switch report {
        case .greeted: change(address, at: now) { $0.hasGreeted = true }
        case .behind(let peerLacks, let weLack):
            say("behind: it lacks \(peerLacks) writers, we \(weLack)")
        case .caughtUp: sayLevel("caught up")
        case .inSync: sayLevel("in sync")
        case .digestMismatch: sayLevel("digest mismatch")
        case .notComparable: sayLevel("not comparable yet")
        case .forkSuspected:
            troubled(address, "two histories under one writer's name", at: now)
        case .historyUnavailable:
            troubled(address, "it lacks history that is not kept here", at: now)
        }
        func sayLevel(_ word: String) {
            heard.withLock { $0 = true }
            say(word)
        }
        func say(_ word: String) { change(address, at: now) { $0.report = word } }
    }

    /// Whether the open link's peer has said hello.
    func hasGreeted(_ address: String) -> Bool {
        standings.withLock { $0[address].map { $0.isOpen && $0.hasGreeted } ?? false }
    }

    func troubled(_ address: String, _ trouble: String, at now: Int64) {
        change(address, at: now) { $0.trouble = trouble }
    }

    func closed(_ address: String, _ trouble: String?, at now: Int64) {
        change(address, at: now) { standing in
            standing.isOpen = false
            standing.report = "closed"
            standing.trouble = trouble ?? standing.trouble
        }
    }

    /// A dial that found nobody.
    public func unreachable(_ address: String, _ trouble: String, at now: Int64) {
        // It stands so since the first try that failed, not the latest.
        let before = standings.withLock { $0[address] }
        let since = before?.report == "unreachable" ? before?.since : nil
        put(
            Standing(
                address: address, isDialled: true, isOpen: false, report: "unreachable",
                trouble: trouble, since: since ?? now))
    }

    private func put(_ standing: Standing) {
        defer { tell() }
        standings.withLock { standings in
            standings[standing.address] = standing
            guard standings.count > Self.standingsMax else { return }
            let idle = standings.values.filter { !$0.isOpen && !$0.isDialled }
            if let oldest = idle.min(by: { $0.since < $1.since }) {
                standings[oldest.address] = nil
            }
        }
    }

    private func change(
        _ address: String, at now: Int64, _ body: (inout Standing) -> Void
    ) {
        let isNews = standings.withLock { standings in
            guard let before = standings[address] else { return false }
            var standing = before
            body(&standing)
            let isNews = standing != before
            standing.since = now
            standings[address] = standing
            return isNews
        }
        if isNews { tell() }
    }
}
