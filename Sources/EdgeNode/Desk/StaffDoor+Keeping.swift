public import CRDT
internal import Foundation
public import FrontDesk
internal import ReplicaStorage

// Who works here: written by a manager, or by whoever owns the node's folder.
extension StaffDoor {
    /// Who changes the list of those who work here.
    public enum Keeper: Sendable {
        /// Of the node's folder.
        case owner
        case staff(StaffSession)

        /// Nobody gives away more than they have: an admin is made by admins, and by the owner.
        var mayMakeAdmins: Bool {
            switch self {
            case .owner: true
            case .staff(let session): session.roles.contains(.admin)
            }
        }
    }

    /// Digits of a PIN.
    public static let pinDigits = 4...12

    /// Adds a person with a role and a PIN, in one transaction.
    ///
    /// - Parameter isEverywhere: whether the role holds at all sites, or at this one.
    /// - Throws: `DeskRefusal` (`invalid`) for a name or PIN that cannot be one, or a name that
    ///   looks like a colleague's.
    public func enrol(
        name: String, role: StaffRole, pin: String, isEverywhere: Bool = false, by keeper: Keeper
    ) async throws -> StaffMember {
        guard role != .admin || keeper.mayMakeAdmins else { throw Self.onlyAdmins }
        let name = try checked(name: name)
        let hash = try await hashed(pin)
        let now = node.environment.wallMilliseconds()
        let (node, schema) = (node, schema)
        return try await node.turn { reader, ids throws(StorageError) in
            if let reason = try Self.likeness(name, reader, schema) {
                return (.none, .failure(DeskRefusal(.invalid, reason)))
            }
            let (person, grant) = (ids.draw(), ids.draw())
            let changes = [
                Self.insert(
                    "staff", person,
                    [
                        "name": .text(name), "display": .text(name), "active": .integer(1),
                        "origin_site": .reference(node.site), "home_site": .reference(node.site),
                    ], schema),
                Self.insert(
                    "staff_role", grant,
                    [
                        "staff": .reference(person), "role": .text(role.rawValue),
                        "site": isEverywhere ? .null : .reference(node.site),
                        "origin_site": .reference(node.site),
                    ], schema),
                Self.credential(ids.draw(), of: person, hash, now, node.site, schema),
            ]
            return (Deed(changes: changes), .success(StaffMember(id: person, display: name)))
        }
    }

    /// Gives a person another PIN; those they had open nothing any more, here and, once told, at
    /// the other sites. Whoever is signed in as this person signs in anew. In one turn: a PIN that
    /// comes in meanwhile from another site does not stay open beside the new one.
    ///
    /// - Throws: `DeskRefusal`: `notAllowed` where the person is an admin of any site and the
    ///   keeper is none, `unknown` for nobody's id, `invalid` for a PIN that cannot be one.
    public func change(pin: String, of staff: RowID, by keeper: Keeper) async throws {
        // Asked before the long hashing too: nobody keeps the bench busy who may not do this.
        if !keeper.mayMakeAdmins, try isAdminAnywhere(staff) { throw Self.onlyAdmins }
        let hash = try await hashed(pin)
        let now = node.environment.wallMilliseconds()
        let (node, schema) = (node, schema)
        guard let credentials = schema.collection(named: "credential"),
            let revoked = credentials.field(named: "revoked_at")
        else { throw NodeFault(.stopped, "the packs have no credential") }
        try await node.turn {
            reader, ids throws(StorageError) -> (Deed, Result<Void, DeskRefusal>) in
            let named = NamedReader(reader: reader, schema: schema)
            guard try named.row("staff", staff) != nil else {
                return (.none, .failure(DeskRefusal(.unknown, "Nobody here has that id.")))
            }
            if !keeper.mayMakeAdmins, try KnownStaff.isAdminAnywhere(staff, named) {
                return (.none, .failure(Self.onlyAdmins))
            }
            let old = try named.rows("credential", where: "staff", is: .reference(staff))
                .filter { $0.value("revoked_at").isNull }
            let revocations = old.map { row in
                RowOperation(
                    collection: credentials.id, row: row.id, kind: .update,
                    cells: [CellOperation(field: revoked.id, action: .assign(.integer(now)))])
            }
            let new = Self.credential(ids.draw(), of: staff, hash, now, node.site, schema)
            return (Deed(changes: revocations + [new]), .success(()))
        }
        signOut(everywhere: staff)
    }

    /// Whether somebody may change the row of a colleague: that of an admin, at whatever site, is
    /// for admins, else a manager could switch every admin off.
    ///
    /// - Throws: `DeskRefusal` (`notAllowed`).
    public func check(_ session: StaffSession, mayChange staff: RowID) throws {
        guard !Keeper.staff(session).mayMakeAdmins else { return }
        if try isAdminAnywhere(staff) { throw Self.onlyAdmins }
    }

    private nonisolated func isAdminAnywhere(_ staff: RowID) throws(NodeFault) -> Bool {
        let schema = schema
        return try node.read { reader throws(StorageError) in
            try KnownStaff.isAdminAnywhere(staff, NamedReader(reader: reader, schema: schema))
        }
    }

    /// Why a name cannot be taken; nil if nobody is called so.
    private static func likeness(
        _ name: String, _ reader: Reader, _ schema: Schema
    ) throws(StorageError) -> String? {
        guard let staff = schema.collection(named: "staff") else { return nil }
        for field in ["name", "display"] {
            if let other = try LookAlike.other(than: nil, like: name, in: field, of: staff, reader)
            {
                return "The name cannot be taken: \(LookAlike.reason(name, other))."
            }
        }
        return nil
    }

    private static let onlyAdmins = DeskRefusal(
        .notAllowed, "Only an admin, or the owner of the box, may do that for an admin.")

    private static func credential(
        _ row: RowID, of staff: RowID, _ hash: String, _ now: Int64, _ site: RowID,
        _ schema: Schema
    ) -> RowOperation {
        insert(
            "credential", row,
            [
                "staff": .reference(staff), "kind": .text("pin"), "hash": .text(hash),
                "valid_from": .integer(now), "origin_site": .reference(site),
            ], schema)
    }

    private func hashed(_ pin: String) async throws -> String {
        guard Self.pinDigits.contains(pin.utf8.count),
            pin.utf8.allSatisfy({ (48...57).contains($0) })
        else { throw DeskRefusal(.invalid, "A PIN has 4 to 12 digits.") }
        guard Set(pin).count > 1 else {
            throw DeskRefusal(.invalid, "A PIN of one digit repeated is the first one guessed.")
        }
        guard let hash = await bench.make(pin) else {
            throw NodeFault(.stopped, "there is no memory to hash a PIN")
        }
        return hash
    }

    private func checked(name: String) throws -> String {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...80).contains(name.count) else {
            throw DeskRefusal(.invalid, "A name has 1 to 80 characters.")
        }
        if let fault = rules.rule(for: "name", of: "staff")?.fault(of: .text(name)) {
            throw DeskRefusal(.invalid, "The name \(fault).")
        }
        return name
    }

    /// Names that a collection has not are left out.
    private static func insert(
        _ name: String, _ row: RowID, _ values: [String: Value], _ schema: Schema
    ) -> RowOperation {
        guard let collection = schema.collection(named: name) else {
            preconditionFailure("the core pack has \(name)")
        }
        return collection.insert(row, values)
    }
}
