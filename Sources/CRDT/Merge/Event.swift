/// What a transaction brings to every row it changes: its clock, what its writer had seen, and for
/// which site it speaks.
public struct Event: Sendable {
    public let clock: CellClock
    public let context: Context
    /// The site whose speaking writer wrote this, judged at the roster head it cites; `nil` for any
    /// other writer.
    public let speakingSite: RowID?

    public init(clock: CellClock, context: Context, speakingSite: RowID? = nil) {
        self.clock = clock
        self.context = context
        self.speakingSite = speakingSite
    }

    func clock(at stamp: Stamp?) -> CellClock {
        stamp.map { CellClock(stamp: $0, dot: clock.dot) } ?? clock
    }

    /// Whether the writer had seen, or itself wrote, what `dot` wrote.
    func hasSeen(_ dot: Dot) -> Bool { dot == clock.dot || context.covers(dot) }
}

/// A concurrent value that lost where a person should know of it.
public struct Loss: Sendable, Hashable {
    public let field: UInt32
    public let lost: Sibling
    public let kept: Sibling

    public init(field: UInt32, lost: Sibling, kept: Sibling) {
        self.field = field
        self.lost = lost
        self.kept = kept
    }
}
