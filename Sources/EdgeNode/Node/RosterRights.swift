public import CRDT
public import ReplicaStorage
public import Signing

/// Judges transactions by a roster that stands still: what this process read at its start.
public struct RosterRights: RightsJudge {
    private let roster: Roster

    /// - Parameter roster: with every entry known here.
    public init(_ roster: Roster) { self.roster = roster }

    public func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?
    ) -> RightsVerdict {
        guard let rosterHead else { return .refused(reason: "it cites no roster head") }
        guard let view = roster.view(at: rosterHead) else {
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
            switch roster.judge(name, writing: collection, citing: view) {
            case .allowed: break
            case .refused(let reason): return .refused(reason: "\(reason)")
            case .pending: return .pending(reason: "its roster head is not known here")
            }
        }
        guard let site = view.site(of: writer.device), view.speaker(of: site) == .writer(writer)
        else { return .allowed(speakingSite: nil) }
        return .allowed(speakingSite: site)
    }
}
