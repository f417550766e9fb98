public import CRDT

// What this box remembers of a mailbox on a relay: opaque here, one fact a mailbox. It lies in the
// file beside what was read, so that an older copy of the file reads on from where it was.
extension ReplicaStore {
    /// What was kept of a mailbox; `nil` if nothing was.
    ///
    /// - Parameter name: of relay and mailbox, unlike every other fact's name.
    public func mailbox(_ name: String) throws(StorageError) -> [UInt8]? {
        try blobFact("mailbox \(name)")
    }

    /// Keeps it within an open `durably`.
    public func keepInside(mailbox name: String, _ bytes: [UInt8]) throws(StorageError) {
        try setFact("mailbox \(name)", .blob(bytes))
    }

    /// Whether the history through one of these heads runs through an entry, as far as is stored
    /// here, applied or waiting.
    public func covers(
        _ entry: ContextEntry, by heads: [ContextEntry]
    ) throws(StorageError) -> Bool {
        for head in heads where head.writer == entry.writer && head.sequence >= entry.sequence {
            for number in state.histories(of: entry.writer) {
                if try chainHash(of: number, at: head.sequence)?.prefix == head.chain,
                    try chainHash(of: number, at: entry.sequence)?.prefix == entry.chain
                {
                    return true
                }
            }
        }
        return false
    }
}
