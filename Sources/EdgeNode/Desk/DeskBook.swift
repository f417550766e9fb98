internal import CRDT
internal import Foundation
internal import Sealing
internal import Signing

/// A workstation that may sign people in.
public struct EnrolledDesk: Sendable, Hashable, Codable {
    /// 16 hexadecimal digits.
    public let id: String
    /// What it calls itself, `Front desk 2` for example.
    public let name: String
    /// Unix milliseconds.
    public let enrolledAt: Int64
    /// BLAKE2b-256 of its token, hexadecimal: the file lets nobody in.
    let tokenHash: String
}

/// A workstation that waits for a person's word.
public struct WaitingDesk: Sendable, Hashable {
    public let name: String
    /// What its screen shows: six digits as `042 917`.
    public let code: String
    /// Unix milliseconds at which it ends by itself.
    public let endsAt: Int64
}

/// Which workstations of the local network may use this box: the file `desks.json`. A desk asks,
/// shows a code, and somebody with the right says that code at a desk that is in already, or by a
/// verb.
public actor DeskBook {
    /// How a desk stands by its token.
    public enum Standing: Sendable, Hashable {
        case unknown
        case waiting(WaitingDesk)
        case enrolled(EnrolledDesk)
    }

    /// Desks of one box; a site has fewer.
    static let desksMax = 256
    /// Desks that wait at a time, so that nobody fills the memory.
    static let waitingMax = 16
    /// Of these at one address: one that was asked for twice, a page that was loaded anew.
    static let waitingPerAddressMax = 2
    /// As long as a pairing.
    static let patience = Duration.seconds(15 * 60)

    private struct Asking {
        let desk: WaitingDesk
        let endsAt: Duration
        let address: String
        /// Who asked earlier has the lower one.
        let number: Int
    }

    private let directory: NodeDirectory
    private let environment: NodeEnvironment
    private var desks: [EnrolledDesk]
    /// By the hash of the token.
    private var waiting: [String: Asking] = [:]
    private var asked = 0

    /// Reads the file; none means that nobody was enrolled yet.
    public init(_ directory: NodeDirectory, _ environment: NodeEnvironment) throws {
        self.directory = directory
        self.environment = environment
        guard let bytes = try DurableFile.read(Self.file(directory)) else {
            desks = []
            return
        }
        do {
            desks = try JSONDecoder().decode([EnrolledDesk].self, from: Data(bytes))
        } catch {
            throw NodeFault(
                .stopped,
                """
                \(Self.file(directory).path) is damaged. Remove it and let the desks in anew; it \
                holds nothing else.
                """)
        }
    }

    /// A desk asks to be let in.
    ///
    /// - Parameter address: where it asks from, without the port.
    /// - Returns: the token that it keeps, a secret, and what its screen is to show.
    public func ask(
        name: String, from address: String
    ) throws -> (token: String, desk: WaitingDesk) {
        forgetLate()
        let name = name.trimmingCharacters(in: .whitespaces)
        guard (1...64).contains(name.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw DeskRefusal(.invalid, "A desk's name has 1 to 64 characters.") }
        makeRoom(for: address)
        let token = Hexadecimal.text(environment.randomBytes(32))
        var code = ""
        repeat {
            code = PairingCode(drawing: environment.randomNumber64()).description
        } while waiting.values.contains { $0.desk.code == code }
        let desk = WaitingDesk(
            name: name, code: code,
            endsAt: environment.wallMilliseconds() + Self.patience.components.seconds * 1_000)
        asked += 1
        waiting[Self.hash(token)] = Asking(
            desk: desk, endsAt: now + Self.patience, address: address, number: asked)
        return (token, desk)
    }

    /// Who asks often makes room itself. Only where many addresses ask does the first of all make
    /// room, and asks again: whoever holds eight of them can still keep the others waiting.
    private func makeRoom(for address: String) {
        let own = waiting.filter { $0.value.address == address }
        let crowd =
            own.count >= Self.waitingPerAddressMax
            ? own : waiting.count >= Self.waitingMax ? waiting : [:]
        guard let first = crowd.min(by: { $0.value.number < $1.value.number }) else { return }
        waiting[first.key] = nil
    }

    /// Who shows this token.
    public func standing(_ token: String) -> Standing {
        forgetLate()
        let hash = Self.hash(token)
        if let desk = desks.first(where: { $0.tokenHash == hash }) { return .enrolled(desk) }
        return waiting[hash].map { .waiting($0.desk) } ?? .unknown
    }

    /// Lets the desk in whose screen shows this code; it is on disk before this returns.
    public func approve(code: String) throws -> EnrolledDesk {
        forgetLate()
        let typed = PairingCode(code)?.description
        guard let (hash, asking) = waiting.first(where: { $0.value.desk.code == typed }) else {
            throw DeskRefusal(
                .unknown, "No desk shows that code. Read it from the new desk's screen.")
        }
        guard desks.count < Self.desksMax else {
            throw DeskRefusal(
                .conflict, "There are \(desks.count) desks already. Remove those that are gone.")
        }
        let desk = EnrolledDesk(
            id: Hexadecimal.text(environment.randomBytes(8)), name: asking.desk.name,
            enrolledAt: environment.wallMilliseconds(), tokenHash: hash)
        try save(desks + [desk])
        waiting[hash] = nil
        return desk
    }

    /// Every desk that is in, oldest first.
    public var all: [EnrolledDesk] { desks }

    /// Every desk that asks, the first to ask first.
    public var asking: [WaitingDesk] {
        forgetLate()
        return waiting.values.sorted { $0.number < $1.number }.map(\.desk)
    }

    /// Puts a desk out; its next request is refused.
    public func remove(_ id: String) throws {
        guard desks.contains(where: { $0.id == id }) else {
            throw DeskRefusal(.unknown, "There is no desk \(id.prefix(32)).")
        }
        try save(desks.filter { $0.id != id })
    }

    private func save(_ new: [EnrolledDesk]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try DurableFile.replace(
            Self.file(directory), with: Array(try encoder.encode(new)), mode: 0o600)
        desks = new
    }

    private func forgetLate() { waiting = waiting.filter { $0.value.endsAt > now } }

    private var now: Duration { .milliseconds(environment.steadyMilliseconds()) }

    private static func file(_ directory: NodeDirectory) -> URL {
        directory.root.appendingPathComponent("desks.json")
    }

    private static func hash(_ token: String) -> String {
        Hexadecimal.text(BLAKE2bHasher().hash(Array(token.utf8)).bytes)
    }
}
