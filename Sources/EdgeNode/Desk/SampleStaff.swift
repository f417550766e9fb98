public import CRDT
public import FrontDesk
internal import ReplicaStorage
internal import Signing

/// People of a demo who can sign in.
public struct SampleStaff: Sendable {
    public let name: String
    public let role: StaffRole
    public let pin: String
    public let id: RowID

    /// Names, roles and PINs of the acceptance days; a demo's PINs are no secrets.
    private static let people: [(name: String, role: StaffRole, pin: String)] = [
        ("Rosa Diaz", .desk, "4821"), ("Ben Okoro", .desk, "7350"), ("Leo Marsh", .kennel, "6402"),
        ("Kim Sato", .vet, "2718"), ("Mara Reyes", .manager, "9064"),
    ]

    /// Writes them, their roles at this site and their PINs' hashes in one transaction.
    ///
    /// - Parameter roles: whom to make; each PIN costs a hash.
    public static func make(
        at node: Node, roles: Set<StaffRole> = Set(StaffRole.allCases)
    ) async throws -> [SampleStaff] {
        let people = people.filter { roles.contains($0.role) }
        let rows = SampleRows(schema: node.replica.schema, site: node.site)
        let ids = await node.replica.drawRowIDs(people.count * 3)
        let now = node.environment.wallMilliseconds()
        var made: [SampleStaff] = []
        var changes: [RowOperation] = []
        for (index, person) in people.enumerated() {
            let staff = ids[index * 3]
            guard let hash = PINHash.make(person.pin) else {
                throw NodeFault(.refused, "there is no memory to hash a PIN")
            }
            made.append(
                SampleStaff(name: person.name, role: person.role, pin: person.pin, id: staff))
            changes += [
                try rows.insert(
                    "staff", staff,
                    [
                        "name": .text(person.name), "display": .text(person.name),
                        "active": .integer(1),
                    ]),
                try rows.insert(
                    "staff_role", ids[index * 3 + 1],
                    [
                        // No site: they work wherever they are needed.
                        "staff": .reference(staff), "role": .text(person.role.rawValue),
                    ]),
                try rows.insert(
                    "credential", ids[index * 3 + 2],
                    [
                        "staff": .reference(staff), "kind": .text("pin"), "hash": .text(hash),
                        "valid_from": .integer(now),
                    ]),
            ]
        }
        do throws(StorageError) {
            _ = try await node.replica.commit(changes)
        } catch {
            throw NodeFault(error)
        }
        return made
    }
}
