internal import Synchronization

/// How it stands with one printer or scanner, for status pages.
public struct DeviceStanding: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// It works, as far as anybody knows.
        case ready
        /// It is here, and something is wrong with it; the conditions say what.
        case troubled
        /// It was asked and does not answer.
        case silent
        /// It could not be taken; the sentence says why, and it is tried again.
        case waiting
        /// No profile fits, or several do, or it lacks what its profile needs.
        case unknown
        /// It was here and is not any more.
        case absent
    }

    /// The same for the same device, plugged in or not.
    public let id: String
    /// `label-printer`, `scanner` or `device`.
    public var kind: String
    /// Its own name, as it says it, or its profile's.
    public var title: String
    public var profile: String?
    public var state: State
    /// What a person can do about it.
    public var sentence: String?
    /// What is wrong with it, in the words of `PrinterCondition`.
    public var conditions: [String]
    /// Bus and ports, like `1-2.4`; nil for one that this program plays.
    public var port: String?
    /// Scanners: readings since this process began.
    public var scans = 0
    /// Since when it stands so, in Unix milliseconds.
    public var since: Int64

    /// Whether this program plays it.
    public var isVirtual: Bool { port == nil }

    public init(
        id: String, kind: String, title: String, profile: String? = nil, state: State,
        sentence: String? = nil, conditions: [String] = [], port: String?, since: Int64
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.profile = profile
        self.state = state
        self.sentence = sentence
        self.conditions = conditions
        self.port = port
        self.since = since
    }
}

/// All devices that were seen since this process began: written by whoever serves them.
public final class DeviceBoard: Sendable {
    /// Devices that are gone are forgotten above this many.
    private static let standingsMax = 256
    private let standings = Mutex<[String: DeviceStanding]>([:])
    private let events: EventHub

    public init(telling events: EventHub) { self.events = events }

    /// All devices, by id.
    public var all: [DeviceStanding] {
        standings.withLock { $0.values.sorted { $0.id < $1.id } }
    }

    public subscript(_ id: String) -> DeviceStanding? { standings.withLock { $0[id] } }

    /// Puts a device as it stands now; desks are told where that is news.
    public func put(_ standing: DeviceStanding) { update(standing.id) { _ in standing } }

    /// Changes what is known of a device.
    public func change(
        _ id: String, at now: Int64, _ body: (inout DeviceStanding) -> Void
    ) {
        update(id) { before in
            guard var standing = before else { return nil }
            body(&standing)
            standing.since = now
            return standing
        }
    }

    /// Takes a device off the list that turned out to be another one.
    public func forget(_ id: String) {
        _ = standings.withLock { $0.removeValue(forKey: id) }
    }

    private func update(
        _ id: String, _ body: (DeviceStanding?) -> DeviceStanding?
    ) {
        let news = standings.withLock { standings -> DeviceStanding? in
            var before = standings[id]
            guard let after = body(before) else { return nil }
            before?.since = after.since
            if before == after { return nil }
            standings[id] = after
            if standings.count > Self.standingsMax {
                let gone = standings.values.filter { $0.state == .absent }
                if let oldest = gone.min(by: { $0.since < $1.since }) {
                    standings[oldest.id] = nil
                }
            }
            return after
        }
        guard let news else { return }
        events.post(.device(id: news.id, state: news.state.rawValue), at: news.since)
    }
}

/// What people can do with devices. Whoever runs the drivers implements it.
public protocol DeviceControl: Sendable {
    /// Looks at a device that could not be taken again at once.
    func retry(_ id: String) async
    /// Plays a scan.
    ///
    /// - Returns: false where this is no scanner that the program plays.
    func scan(_ code: String, on id: String) async -> Bool
    /// Breaks or mends a virtual device.
    ///
    /// - Returns: false where it plays no such device, or it cannot be broken so.
    func set(_ fault: VirtualFault, of id: String) async -> Bool
    /// The last label that a printer which the program plays has made, as a PNG file.
    func picture(of id: String) async -> [UInt8]?
}

/// What can be wrong with a virtual device.
public enum VirtualFault: String, Sendable, CaseIterable {
    case none
    case paperOut = "paper-out"
    case mute
    case unplugged
}
