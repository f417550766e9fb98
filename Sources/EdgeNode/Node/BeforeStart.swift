internal import CRDT
internal import Peripherals
internal import ReplicaStorage

/// What was so when this process opened its file.
struct BeforeStart: Sendable {
    /// Print jobs of this box that were not over.
    let printJobs: Set<RowID>
    /// Whether this box may have done more than its file says: the file is older than what was
    /// sent, or nobody can tell.
    let isKnownOlder: Bool
    /// Whether a relay or another box may know what this one did.
    let hasOthers: Bool

    init(_ replica: Replica, hasOthers: Bool) async throws(NodeFault) {
        let words = Set(PrintService.openStates.map(\.rawValue))
        do throws(StorageError) {
            printJobs = try replica.readers.read { reader throws(StorageError) in
                Set(try reader.effects(of: PrintService.effectKind, in: words).map(\.row))
            }
        } catch {
            throw NodeFault(error)
        }
        isKnownOlder = await replica.status().boot.isOlder
        self.hasOthers = hasOthers
        if isKnownOlder { try await Self.doubt(of: printJobs, replica) }
    }

    /// Jobs whose labels may exist are begun ones from now on: the file is in step with its anchor
    /// again, and a later start could not tell. One that ends in between does it again.
    private static func doubt(
        of jobs: Set<RowID>, _ replica: Replica
    ) async throws(NodeFault) {
        do throws(StorageError) {
            _ = try await replica.commit { reader, _ throws(StorageError) in
                let waiting = try reader.effects(
                    of: PrintService.effectKind, in: ["queued", "held", "failed"])
                return Deed(
                    effects: waiting.filter { jobs.contains($0.row) }.map(PrintDetail.begun))
            }
            try await replica.settleOlder()
        } catch {
            throw NodeFault(error)
        }
    }
}

extension Node {
    /// Whether this process has taken in all that one other, or the relay, had at that moment.
    var hasHeardOthers: Bool { board.hasHeardAll || relayBoard.hasReadAll }

    /// Whether nobody is left who could know more. What this box once gave out lies at its relay,
    /// where it has one; a peer may have been off at that time.
    var hasHeardAllOthers: Bool { membership == nil ? board.hasHeardAll : relayBoard.hasReadAll }
}
