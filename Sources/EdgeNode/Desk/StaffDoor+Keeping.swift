public import CRDT
public import FrontDesk
internal import ReplicaStorage

// Who works here: written by a manager, or by whoever owns the node's folder.
extension StaffDoor {
    /// Digits of a PIN.
    public static let pinDigits = 4...12

    /// Adds a person with a role at this site and a PIN, in one transaction.
    ///
    /// - Throws: `DeskRefusal` (`invalid`) for a name or PIN that cannot be one.
    public func enrol(name: String, role: StaffRole, pin: String) async throws -> StaffMember {
        let name = try Self.checked(name: name)
        let hash = try await hashed(pin)
        let ids = await node.replica.drawRowIDs(3)
        let now = node.environment.wallMilliseconds()
        try await commit([
            insert(
                "staff", ids[0],
                [
                    "name": .text(name), "display": .text(name), "active": .integer(1),
                    "origin_site": .reference(node.site), "home_site": .reference(node.site),
                ]),
            insert(
                "staff_role", ids[1],
                [
                    "staff": .reference(ids[0]), "role": .text(role.rawValue),
                    "site": .reference(node.site), "origin_site": .reference(node.site),
                ]),
            credential(ids[2], of: ids[0], hash, now),
        ])
        return StaffMember(id: ids[0], display: name)
    }

    /// Gives a person another PIN; those they had open nothing any more, here and, once told, at
    /// the other sites. Whoever is signed in as this person signs in anew.
    public func change(pin: String, of staff: RowID) async throws {
        let hash = try await hashed(pin)
        guard let credentials = schema.collection(named: "credential"),
            let revoked = credentials.field(named: "revoked_at")
        else { throw NodeFault(.stopped, "the packs have no credential") }
        let schema = schema
        let old = try node.read { reader throws(StorageError) -> [RowID]? in
            let named = NamedReader(reader: reader, schema: schema)
            guard try named.row("staff", staff) != nil else { return nil }
            return try named.rows("credential", where: "staff", is: .reference(staff))
                .filter { $0.value("revoked_at").isNull }.map(\.id)
        }
        guard let old else {
            throw DeskRefusal(.unknown, "Nobody here has that id.")
        }
        let now = node.environment.wallMilliseconds()
        let ids = await node.replica.drawRowIDs(1)
        let revocations = old.map { row in
            RowOperation(
                collection: credentials.id, row: row, kind: .update,
                cells: [CellOperation(field: revoked.id, action: .assign(.integer(now)))])
        }
        try await commit(revocations + [credential(ids[0], of: staff, hash, now)])
        signOut(everywhere: staff)
    }

    private func credential(
        _ row: RowID, of staff: RowID, _ hash: String, _ now: Int64
    ) -> RowOperation {
        insert(
            "credential", row,
            [
                "staff": .reference(staff), "kind": .text("pin"), "hash": .text(hash),
                "valid_from": .integer(now), "origin_site": .reference(node.site),
            ])
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

    private static func checked(name: String) throws -> String {
        let isShown = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...80).contains(name.count), isShown, name.contains(where: { !$0.isWhitespace })
        else { throw DeskRefusal(.invalid, "A name has 1 to 80 characters.") }
        return name
    }

    /// Names that a collection has not are left out.
    private func insert(
        _ name: String, _ row: RowID, _ values: [String: Value]
    ) -> RowOperation {
        guard let collection = schema.collection(named: name) else {
            preconditionFailure("the core pack has \(name)")
        }
        return collection.insert(row, values)
    }

    private func commit(_ changes: [RowOperation]) async throws {
        do throws(StorageError) {
            _ = try await node.replica.commit(changes)
        } catch {
            throw NodeFault(error)
        }
    }
}
