internal import CRDT

// A cut pins one transaction of a writer. Whether another one, below it, stands on the pinned
// branch is answered by what is delivered here and by nothing that only lies stored: so two
// replicas at one frontier give one answer.
extension ReplicaStore {
    /// Whether the history through `sequence` of `number` leads to a transaction of its writer.
    func lineage(
        of number: WriterNumber, at sequence: UInt64, to pin: TransactionName
    ) throws(StorageError) -> Lineage {
        guard let holder = try holder(of: pin) else { return .unknown }
        let shared = state.shared((number, sequence), (holder, pin.sequence))
        return shared == sequence ? .onBranch : .offBranch
    }

    /// Delivered transactions wait for a pinned one that is not here. Until it comes, a replica
    /// that applied them before it knew of the cut may show other rows at the same frontier.
    public var awaitsPins: Bool { !state.awaitedPins.isEmpty }

    /// The history that owns a pinned transaction, by its whole hash: who has the writer's key can
    /// choose among many transactions, and make two with equal first bytes.
    private func holder(of pin: TransactionName) throws(StorageError) -> WriterNumber? {
        for number in state.histories(of: pin.writer) {
            let writer = state.writers[number]
            guard pin.sequence > writer.fork, pin.sequence <= writer.head else { continue }
            if try chainHash(of: number, at: pin.sequence) == pin.chain { return number }
        }
        return nil
    }
}
