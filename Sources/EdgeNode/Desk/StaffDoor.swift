public import CRDT
public import FrontDesk
internal import ReplicaStorage
internal import Signing

/// One person signed in at one desk of this box.
public struct StaffSession: Sendable, Hashable {
    /// What the desk shows with each request; a secret.
    public let token: String
    public let staff: RowID
    /// What colleagues call them.
    public let display: String
    public let roles: Set<StaffRole>

    public func may(_ right: StaffRight) -> Bool { roles.contains { $0.allows(right) } }
}

/// Who may sign in, for the page that asks for a PIN.
public struct StaffMember: Sendable, Hashable {
    public let id: RowID
    public let display: String
    /// Whether their word lets pass what the rules refuse.
    public var mayApprove = false
}

/// Signs staff in by PIN and knows who is signed in. Sessions are this box's alone; a restart asks
/// everybody anew.
public actor StaffDoor {
    /// A session ends so long after its last request.
    public static let idleMax: Duration = .seconds(12 * 3_600)
    /// People who are read at a time; who left long ago is among them.
    private static let pageRows = 256

    let node: Node
    let schema: Schema
    let rules: RecordRules
    let bench = PINBench()
    private var tries = PINGuard()
    private let seats = StaffSeats()
    private let people: KnownStaff

    public init(_ node: Node, _ packs: InstalledPacks) {
        self.node = node
        schema = packs.schema
        rules = packs.rules
        people = KnownStaff(node, packs.schema)
    }

    /// The desk that the box itself is.
    public static let ownDesk = "box"

    /// Signs a person in.
    ///
    /// - Parameter desk: the enrolled desk's id.
    /// - Throws: `DeskRefusal` (`notSignedIn`) with the same words for a wrong PIN and a person
    ///   nobody knows; `tooManyTries` with how long to wait.
    public func signIn(
        staff: RowID, pin: String, at desk: String = ownDesk
    ) async throws -> StaffSession {
        let (known, line) = try await check(staff, pin, desk)
        guard !known.roles.isEmpty else {
            throw DeskRefusal(
                .notAllowed, "\(known.display) has no role at this site. A manager grants one.")
        }
        let session = StaffSession(
            token: Hexadecimal.text(node.environment.randomBytes(32)), staff: staff,
            display: known.display, roles: known.roles)
        seats.take(StaffSeats.Seat(session: session, line: line, usedAt: now))
        return session
    }

    /// The session of a token, which this use keeps alive; `nil` if it ended or never was.
    public nonisolated func session(_ token: String) throws -> StaffSession? {
        let session = try standing(token)
        if session != nil { seats.use(token, at: now) }
        return session
    }

    /// The session of a token as it stands now; to look does not keep it alive.
    ///
    /// Who the person is, their roles and their PIN are those of this moment: a person who was put
    /// out, here or at another site, is out with their next request.
    public nonisolated func standing(_ token: String) throws -> StaffSession? {
        guard let seat = seats[token] else { return nil }
        guard now - seat.usedAt < Self.idleMax, let known = try people.person(seat.session.staff),
            known.lines.contains(seat.line), !known.roles.isEmpty
        else {
            seats.leave(token)
            return nil
        }
        return StaffSession(
            token: token, staff: seat.session.staff, display: known.display, roles: known.roles)
    }

    public nonisolated func signOut(_ token: String) { seats.leave(token) }

    /// Ends all sessions of a person at this box.
    nonisolated func signOut(everywhere staff: RowID) { seats.leave(everywhere: staff) }

    /// A colleague's word, given by their own PIN at another's desk; makes no session.
    public func approve(
        staff: RowID, pin: String, reason: String, until: LocalDate, at desk: String = ownDesk
    ) async throws -> Approval {
        let (known, _) = try await check(staff, pin, desk)
        guard known.roles.contains(where: { $0.allows(.approveRules) }) else {
            throw DeskRefusal(
                .notAllowed, "\(known.display) may not approve this. Ask a manager.")
        }
        return Approval(
            approver: staff, initials: Self.initials(known.display), reason: reason, until: until)
    }

    /// Everybody who may sign in here, by name.
    public func members() throws -> [StaffMember] {
        guard let staff = schema.collection(named: "staff") else { return [] }
        let (schema, site) = (schema, node.site)
        let members = try node.read { reader throws(StorageError) -> [StaffMember] in
            let named = NamedReader(reader: reader, schema: schema)
            var members: [StaffMember] = []
            var records = try reader.records(staff, limit: Self.pageRows)
            while let last = records.last {
                for record in records {
                    let row = NamedRow(record, staff)
                    guard row.integer("active") != 0 else { continue }
                    let roles = try KnownStaff.roles(of: row.id, named, at: site)
                    members.append(
                        StaffMember(
                            id: row.id, display: KnownStaff.display(row),
                            mayApprove: roles.contains { $0.allows(.approveRules) }))
                }
                records = try reader.records(staff, after: last.key, limit: Self.pageRows)
            }
            return members
        }
        return members.sorted { ($0.display, $0.id) < ($1.display, $1.id) }
    }

    private nonisolated var now: Duration { .milliseconds(node.environment.steadyMilliseconds()) }

    /// Who it is, and the hash that the PIN fits.
    private func check(
        _ staff: RowID, _ pin: String, _ desk: String
    ) async throws -> (KnownStaff.Person, line: String) {
        let known = try people.person(staff)
        // Whoever is made up is one person: names without end take nobody's place in the guard, and
        // the bench no more of its time.
        let place = PINGuard.Place(person: known == nil ? "" : RowName.text(staff), desk: desk)
        if let lock = tries.lock(at: place, now: now) { throw Self.tooMany(lock) }
        // Counted before it is known: tries that run at once are tries.
        tries.fail(at: place, now: now)
        let lock = tries.lock(at: place, now: now)
        guard let line = await bench.match(pin, known?.lines ?? []), let known else {
            if let lock { throw Self.tooMany(lock) }
            throw DeskRefusal(.notSignedIn, "That PIN is not right for this person. Try again.")
        }
        tries.succeed(at: place)
        return (known, line)
    }

    private static func tooMany(_ lock: PINGuard.Lock) -> DeskRefusal {
        let seconds = max(1, lock.wait.components.seconds)
        let wait = seconds < 120 ? "\(seconds) seconds" : "\((seconds + 59) / 60) minutes"
        let place = lock.isEverywhere ? "at several desks" : "at this desk"
        return DeskRefusal(
            .tooManyTries,
            "Too many wrong PINs for this person \(place). Try again in \(wait).",
            wait: .seconds(seconds))
    }

    /// `Mara Reyes` signs `M.R.`
    private static func initials(_ name: String) -> String {
        name.split(separator: " ").prefix(3).compactMap(\.first).map { "\($0)." }.joined()
    }
}

/// Where PINs are hashed: on a thread of their own, one at a time, so that guesses neither hold up
/// other requests nor take more memory than one.
actor PINBench {
    /// Newest PINs of one person; more would be a way to keep the bench busy.
    private static let linesMax = 4
    private let thread = DiskExecutor(name: "warren-pin")
    /// Tried for people whom nobody knows, so that both take as long.
    private lazy var decoy = PINHash.make("not a PIN") ?? ""

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    deinit { thread.stop() }

    /// The line that a PIN fits.
    func match(_ pin: String, _ lines: [String]) -> String? {
        guard !lines.isEmpty else {
            _ = PINHash.matches(pin, decoy)
            return nil
        }
        return lines.suffix(Self.linesMax).first { PINHash.matches(pin, $0) }
    }

    func make(_ pin: String) -> String? { PINHash.make(pin) }
}
