public import CRDT

/// Several histories under one writer's name: a machine was copied or restored and both copies
/// wrote. All of them are kept and applied; a person must find the copy and stop it.
public struct Fork: Sendable, Hashable {
    public let writer: WriterID
    /// The last sequence that the branches share; 0 where they share nothing.
    public let shared: UInt64
    /// The name of each branch: the chain hash of its first differing transaction. Ascending, so
    /// that every replica lists the same.
    public let branches: [ContentHash]
    /// When it was noticed here, in Unix milliseconds.
    public let wallMilliseconds: Int64
}

extension Reader {
    /// Every fork that was noticed here, each once, oldest first.
    public func forks() throws(StorageError) -> [Fork] {
        let statement = try connection.statement(
            """
            SELECT device, incarnation, shared, warren_fork.chain, known, found, at
            FROM warren_fork JOIN warren_writer ON number = branch ORDER BY branch
            """)
        defer { statement.reset() }
        var forks: [Fork] = []
        var places: [ContentHash: Int] = [:]
        while try statement.step() {
            guard let device = statement.row(0) else {
                throw StorageError(.corrupt, "a writer has no 16-byte device")
            }
            let chain = try statement.hash(3)
            var branches: Set<ContentHash> = [try statement.hash(4), try statement.hash(5)]
            let place = places[chain]
            if let place { branches.formUnion(forks[place].branches) }
            let fork = Fork(
                writer: WriterID(
                    device: DeviceID(device.value),
                    incarnation: UInt32(truncatingIfNeeded: statement.integer(1))),
                shared: statement.unsigned(2), branches: branches.sorted(),
                wallMilliseconds: place.map { forks[$0].wallMilliseconds } ?? statement.integer(6))
            if let place {
                forks[place] = fork
            } else {
                places[chain] = forks.count
                forks.append(fork)
            }
        }
        return forks
    }
}
