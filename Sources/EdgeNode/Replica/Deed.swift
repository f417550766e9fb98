public import CRDT
public import ReplicaStorage

/// Everything one turn of the replica writes, in one SQLite transaction: replicated rows, and what
/// only this box remembers of them.
public struct Deed: Sendable, Hashable {
    /// One transaction of the log; empty for a deed that is local only.
    public var changes: [RowOperation]
    /// Given to whoever asks again under the same key.
    public var answer: StoredAnswer?
    /// What this box does, or has done, for a row.
    public var effects: [StoredEffect]

    /// A deed of rows, of local facts, or of both.
    public init(
        changes: [RowOperation] = [], answer: StoredAnswer? = nil, effects: [StoredEffect] = []
    ) {
        self.changes = changes
        self.answer = answer
        self.effects = effects
    }

    /// Nothing to write at all.
    public static let none = Deed()

    /// How long an answer is kept: 72 hours, by the clock of the box.
    static let answerMilliseconds: Int64 = 72 * 3_600_000
    /// Answers that are kept whatever the clock says: more than a desk gets in a busy day.
    static let answersLeast = 4_096
    /// Deeds with an answer between two looks for answers to forget; a look reads all of them.
    static let answersBetweenLooks = 64
}
