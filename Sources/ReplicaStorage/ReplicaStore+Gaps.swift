public import CRDT

/// What a peer lacks of one writer, as its session sees it.
public struct HistoryGap: Sendable, Hashable {
    public let writer: WriterID
    /// Heads held here. Only what lies on their histories is wanted; newer frames of these too.
    public let held: [ContextEntry]
    /// What the peer holds or was sent. Entries of unknown histories do not count.
    public let peerHolds: [ContextEntry]
    /// Two histories are known between the two replicas: nothing is reported as diverged.
    public let isForked: Bool

    public init(
        writer: WriterID, held: [ContextEntry], peerHolds: [ContextEntry], isForked: Bool
    ) {
        self.writer = writer
        self.held = held
        self.peerHolds = peerHolds
        self.isForked = isForked
    }
}

/// A stored frame and its place in the chain.
public struct PlacedFrame: Sendable, Hashable {
    public let writer: WriterID
    public let low: UInt64
    public let high: UInt64
    /// The first 8 bytes of the chain hash before `low` and at `high`.
    public let previous: UInt64
    public let chain: UInt64
    public let bytes: [UInt8]
}

/// What was found for a gap.
public enum GapAnswer: Sendable, Hashable {
    /// At least one, oldest first.
    case frames([PlacedFrame])
    /// The peer lacks nothing that could be sent.
    case nothing
    /// What the peer lacks next is not kept here.
    case unavailable
    /// The peer's entry lies on no history held here, though we are as far: a fork.
    case diverged(ContextEntry)
}

// Peers' questions are answered from each writer's main history; branches of a fork are to be
// searched here too, once they are stored.
extension ReplicaStore {
    /// Looks for frames that fill a gap.
    ///
    /// - Parameter bytesMax: stops when reached, but gives at least one frame if there is one.
    public func answer(_ gap: HistoryGap, bytesMax: Int) throws(StorageError) -> GapAnswer {
        guard let number = state.number(of: gap.writer) else { return .nothing }
        let head = state.writers[number].head
        guard try holds(anyOf: gap.held, on: number) else { return .nothing }
        var start: UInt64 = 0
        for entry in gap.peerHolds where entry.sequence <= head {
            switch try lies(entry, on: number) {
            case true?: start = max(start, entry.sequence)
            case false? where !gap.isForked: return .diverged(entry)
            case false?, nil: break
            }
        }
        let found = try placedFrames(of: number, after: start, bytesMax: bytesMax)
        guard let first = found.first else { return .nothing }
        return first.low <= start + 1 ? .frames(found) : .unavailable
    }

    /// Points of a writer's history: its head and the entries 1, 2, 4, 8 … before it.
    public func pins(of writer: WriterID) throws(StorageError) -> [ContextEntry] {
        guard let number = state.number(of: writer) else { return [] }
        let head = state.writers[number].head
        var pins: [ContextEntry] = []
        var distance: UInt64 = 0
        while distance < head {
            let sequence = head - distance
            guard let chain = try chainPrefix(of: number, at: sequence) else { break }
            pins.append(ContextEntry(writer: writer, sequence: sequence, chain: chain))
            distance = distance == 0 ? 1 : distance * 2
        }
        return pins
    }

    /// The entry of whoever holds this writer's history up to a sequence, stored or applied;
    /// `nil` where it is not known here.
    public func entry(
        of writer: WriterID, at sequence: UInt64
    ) throws(StorageError) -> ContextEntry? {
        guard let number = state.number(of: writer) else { return nil }
        return try chainPrefix(of: number, at: sequence).map {
            ContextEntry(writer: writer, sequence: sequence, chain: $0)
        }
    }

    private func holds(
        anyOf entries: [ContextEntry], on number: WriterNumber
    ) throws(StorageError) -> Bool {
        for entry in entries where try lies(entry, on: number) == true { return true }
        return false
    }

    /// Whether an entry lies on a history; `nil` where that cannot be told.
    private func lies(
        _ entry: ContextEntry, on number: WriterNumber
    ) throws(StorageError) -> Bool? {
        guard entry.sequence <= state.writers[number].head else { return nil }
        return try chainPrefix(of: number, at: entry.sequence).map { $0 == entry.chain }
    }

    /// Frames that hold anything applied after `sequence`; one that waits whole is not ours to
    /// tell of yet.
    private func placedFrames(
        of number: WriterNumber, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [PlacedFrame] {
        let statement = try connection.statement(
            """
            SELECT low, high, chains, bytes FROM warren_frame
            WHERE writer = ? AND high > ? AND low <= ? ORDER BY high
            """)
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(sequence), at: 2)
        statement.bind(Bindable(state.writers[number].head), at: 3)
        defer { statement.reset() }
        var frames: [PlacedFrame] = []
        var bytes = 0
        while bytes < bytesMax || frames.isEmpty, try statement.step() {
            let low = statement.unsigned(0)
            guard let chain = Self.lastPrefix(statement.bytes(2)),
                let previous = try chainPrefix(of: number, at: low - 1)
            else { throw StorageError(.corrupt, "a stored frame's place is not known") }
            frames.append(
                PlacedFrame(
                    writer: state.writers[number].id, low: low, high: statement.unsigned(1),
                    previous: previous, chain: chain, bytes: statement.bytes(3)))
            bytes += frames[frames.count - 1].bytes.count
        }
        return frames
    }

    private static func lastPrefix(_ chains: [UInt8]) -> UInt64? {
        var reader = ByteReader(chains.suffix(8))
        return try? reader.fixed(UInt64.self)
    }
}
