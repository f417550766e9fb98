public import CRDT
public import ReplicaStorage
public import Signing
internal import Synchronization

/// Judges transactions by one state of the roster; a grown roster makes new rights. Below a cut it
/// asks for the lineage, for whoever copied a key can branch off there.
public struct RosterRights: RightsJudge {
    private let roster: Roster
    private let views = ViewShelf()

    /// - Parameter roster: with every entry known here.
    public init(_ roster: Roster) { self.roster = roster }

    public func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?,
        lineage: (TransactionName) throws(StorageError) -> Lineage
    ) throws(StorageError) -> RightsVerdict {
        guard let rosterHead else { return .refused(reason: "it cites no roster head") }
        guard let view = views.view(at: rosterHead, of: roster) else {
            return .pending(reason: "it cites a roster head that is not known here")
        }
        let name = TransactionName(writer: writer, sequence: sequence, chain: chain)
        var collections = Set(transaction.rows.map(\.collection))
        for section in transaction.sections {
            if case .present(_, let rows) = section.content {
                collections.formUnion(rows.map(\.collection))
            }
        }
        for collection in collections.sorted() {
            switch try roster.judge(name, writing: collection, citing: view, lineage: lineage) {
            case .allowed: break
            case .refused(let reason): return .refused(reason: "\(reason)")
            case .pending: return .pending(reason: "its roster head is not known here")
            case .undecided(let pin):
                return .pending(
                    reason: "the cut at \(pin.sequence) pins a transaction that is not here yet")
            }
        }
        guard let site = view.site(of: writer.device), view.speaker(of: site) == .writer(writer)
        else { return .allowed(speakingSite: nil) }
        return .allowed(speakingSite: site)
    }
}

/// States of the roster that were cited of late: making one is a pass over its entries.
private final class ViewShelf: Sendable {
    /// As many as the heads that the boxes of a tenant cite at one time.
    private static let viewsMax = 64
    private let views = Mutex<[ContentHash: RosterView]>([:])

    func view(at head: ContentHash, of roster: Roster) -> RosterView? {
        if head == roster.head { return roster.current }
        if let known = views.withLock({ $0[head] }) { return known }
        guard let view = roster.view(at: head) else { return nil }
        views.withLock { views in
            if views.count >= Self.viewsMax { views.removeAll() }
            views[head] = view
        }
        return view
    }
}
