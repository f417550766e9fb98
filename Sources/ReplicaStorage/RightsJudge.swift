public import CRDT

/// What a writer may do, judged at the roster head it cites. A function of transaction, roster and
/// the writer's delivered histories alone, never of arrival or of a clock.
public enum RightsVerdict: Sendable, Hashable {
    /// - Parameter speakingSite: the site whose voice the writer has, `nil` for none.
    case allowed(speakingSite: RowID?)
    case refused(reason: String)
    /// The roster does not settle it yet; the transaction waits and counts as delivered.
    case pending(reason: String)
}

/// Judges transactions. The roster implements it; the storage only asks.
public protocol RightsJudge: Sendable {
    /// - Parameter lineage: whether the writer's history leads from the transaction to this one of
    ///   the same writer. A verdict that is pending after an `unknown` is asked for again once
    ///   that transaction is delivered.
    func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?,
        lineage: (TransactionName) throws(StorageError) -> Lineage
    ) throws(StorageError) -> RightsVerdict
}

/// Everybody may write everything and nobody speaks for a site: for packs without owned fields.
public struct OpenRights: RightsJudge {
    public init() {}

    public func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?,
        lineage: (TransactionName) throws(StorageError) -> Lineage
    ) -> RightsVerdict { .allowed(speakingSite: nil) }
}
