public import CRDT

/// What a writer may do, judged at the roster head it cites. A function of transaction and roster
/// alone, never of arrival or of a clock.
public enum RightsVerdict: Sendable, Hashable {
    /// - Parameter speakingSite: the site whose voice the writer has, `nil` for none.
    case allowed(speakingSite: RowID?)
    case refused(reason: String)
    /// The roster does not settle it yet; the transaction waits and counts as delivered.
    case pending(reason: String)
}

/// Judges transactions. The roster implements it; the storage only asks.
public protocol RightsJudge: Sendable {
    func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?
    ) -> RightsVerdict
}

/// Everybody may write everything and nobody speaks for a site: for packs without owned fields.
public struct OpenRights: RightsJudge {
    public init() {}

    public func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?
    ) -> RightsVerdict { .allowed(speakingSite: nil) }
}
