internal import CRDT
internal import FrontDesk
internal import ReplicaStorage
internal import Synchronization

/// Who works here, as the rows say it now: read once, and again after anything of anybody's staff,
/// roles or credentials changed, by a desk of this box or by another site.
///
/// Every request asks who is signed in. A change is told to this shelf after it is durable and
/// before it is answered, so that whoever was put out is out with their next request.
final class KnownStaff: Sendable {
    struct Person: Sendable {
        let display: String
        /// At this site.
        let roles: Set<StaffRole>
        /// The hashes that a PIN may fit.
        let lines: [String]
    }

    private struct Shelf {
        /// How often something of somebody changed.
        var turn: UInt64 = 0
        var people: [RowID: Person] = [:]
    }

    private let node: Node
    private let schema: Schema
    private let shelf: Mutex<Shelf>
    /// More people than sign in at one site; beyond it the shelf is emptied.
    private static let peopleMax = 1_024

    init(_ node: Node, _ schema: Schema) {
        self.node = node
        self.schema = schema
        shelf = Mutex(Shelf())
        let watched = Set(
            ["staff", "staff_role", "credential"]
                .compactMap { schema.collection(named: $0)?.id })
        node.replica.feed.listen { [weak self] changes in
            guard !changes.collections.isDisjoint(with: watched) else { return }
            self?.forget()
        }
    }

    private func forget() {
        shelf.withLock { shelf in
            shelf.turn += 1
            shelf.people.removeAll()
        }
    }

    /// Nil for one who is unknown here or does not work here any more.
    func person(_ staff: RowID) throws(NodeFault) -> Person? {
        let (turn, known) = shelf.withLock { ($0.turn, $0.people[staff]) }
        if let known { return known }
        guard let fresh = try read(staff) else { return nil }
        shelf.withLock { shelf in
            // What changed while it was read may not be in it.
            guard shelf.turn == turn else { return }
            if shelf.people.count >= Self.peopleMax { shelf.people.removeAll() }
            shelf.people[staff] = fresh
        }
        return fresh
    }

    private func read(_ staff: RowID) throws(NodeFault) -> Person? {
        let (schema, site) = (schema, node.site)
        return try node.read { reader throws(StorageError) -> Person? in
            try Self.read(staff, NamedReader(reader: reader, schema: schema), at: site)
        }
    }

    /// A person as one snapshot has them; nil for one who is unknown or left.
    static func read(
        _ staff: RowID, _ named: NamedReader, at site: RowID
    ) throws(StorageError) -> Person? {
        guard let row = try named.row("staff", staff), row.integer("active") != 0 else {
            return nil
        }
        let credentials = try named.rows("credential", where: "staff", is: .reference(staff))
        return Person(
            display: display(row), roles: try roles(of: staff, named, at: site),
            lines: credentials.filter { $0.value("revoked_at").isNull }
                .compactMap { $0.text("hash") })
    }

    /// What was granted for a site and not taken back.
    static func roles(
        of staff: RowID, _ named: NamedReader, at site: RowID
    ) throws(StorageError) -> Set<StaffRole> {
        let grants = try named.rows("staff_role", where: "staff", is: .reference(staff))
        return Set(
            grants.filter { grant in
                grant.value("revoked_at").isNull
                    && grant.reference("site").map { $0 == site } ?? true
            }
            .compactMap { $0.text("role").flatMap(StaffRole.init) })
    }

    /// Whether somebody is an admin of whatever site: what is done to an admin is done to that one
    /// everywhere.
    static func isAdminAnywhere(
        _ staff: RowID, _ named: NamedReader
    ) throws(StorageError) -> Bool {
        try named.rows("staff_role", where: "staff", is: .reference(staff)).contains {
            $0.value("revoked_at").isNull && $0.text("role") == StaffRole.admin.rawValue
        }
    }

    /// What colleagues call them.
    static func display(_ row: NamedRow) -> String {
        row.text("display") ?? row.text("name") ?? "Somebody"
    }
}
