package import CRDT
internal import ReplicaStorage

/// What a command of the desk works on: the replica, whose site it is, and the clock. A node is
/// more than that; a box in the simulation is not.
package struct Premises: Sendable {
    package let replica: Replica
    package let tenant: TenantID
    /// The row of this box's site.
    package let site: RowID
    package let siteName: String
    package let environment: NodeEnvironment

    package init(
        _ replica: Replica, tenant: TenantID, site: RowID, siteName: String,
        environment: NodeEnvironment
    ) {
        self.replica = replica
        self.tenant = tenant
        self.site = site
        self.siteName = siteName
        self.environment = environment
    }

    func read<Result>(
        _ body: (Reader) throws(StorageError) -> Result
    ) throws(NodeFault) -> Result {
        do throws(StorageError) {
            return try replica.readers.read(body)
        } catch {
            throw NodeFault(error)
        }
    }
}

extension Node {
    var premises: Premises {
        Premises(
            replica, tenant: tenant, site: site, siteName: facts.name, environment: environment)
    }
}
