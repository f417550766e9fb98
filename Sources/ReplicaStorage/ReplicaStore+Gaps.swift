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
    /// At least one; a history before its branches, oldest first.
    case frames([PlacedFrame])
    /// The peer lacks nothing that could be sent.
    case nothing
    /// What the peer lacks next is not kept here.
    case unavailable
    /// The peer's entry lies on no history held here, though we are as far: a fork.
    case diverged(ContextEntry)
}

extension ReplicaStore {
    /// Looks for frames that fill a gap.
    ///
    /// - Parameter bytesMax: stops when reached, but gives at least one frame if there is one.
    public func answer(_ gap: HistoryGap, bytesMax: Int) throws(StorageError) -> GapAnswer {
        let head = state.head(of: gap.writer)
        var held: [(number: WriterNumber, sequence: UInt64)] = []
        for entry in gap.peerHolds where entry.writer == gap.writer {
            if let number = try owner(of: entry) {
                held.append((number, entry.sequence))
            } else if entry.sequence <= head, !gap.isForked {
                return .diverged(entry)
            }
        }
        var found: [PlacedFrame] = []
        var room = bytesMax
        for number in try wanted(gap) where room > 0 || found.isEmpty {
            let writer = state.writers[number]
            let shared = held.map { state.shared((number, writer.head), $0) }.max() ?? 0
            let start = max(shared, writer.fork)
            let more = try placedFrames(of: number, after: start, bytesMax: room)
            guard let first = more.first else { continue }
            guard first.low <= start + 1 else {
                return found.isEmpty ? .unavailable : .frames(found)
            }
            room -= more.reduce(0) { $0 + $1.bytes.count }
            found += more
        }
        return found.isEmpty ? .nothing : .frames(found)
    }

    /// The histories on which what is held lies, with those they branched from; parents first.
    private func wanted(_ gap: HistoryGap) throws(StorageError) -> [WriterNumber] {
        var numbers: Set<WriterNumber> = []
        for entry in gap.held where entry.writer == gap.writer {
            var next = try owner(of: entry)
            while let number = next, numbers.insert(number).inserted {
                next = state.writers[number].parent?.number
            }
        }
        return numbers.sorted()
    }

    /// Points of every history of a writer: its head, the entries 1, 2, 4, 8 … before it, and where
    /// it branched off.
    public func pins(of writer: WriterID) throws(StorageError) -> [ContextEntry] {
        var pins: [ContextEntry] = []
        for number in state.histories(of: writer) {
            let (head, fork) = (state.writers[number].head, state.writers[number].fork)
            var distance: UInt64 = 0
            while distance < head - fork {
                let entry = try entry(of: number, at: head - distance)
                if !pins.contains(entry) { pins.append(entry) }
                distance = distance == 0 ? 1 : distance * 2
            }
            guard fork > 0 else { continue }
            let entry = try entry(of: number, at: fork)
            if !pins.contains(entry) { pins.append(entry) }
        }
        return pins
    }

    /// The entry of whoever holds this writer's trunk up to a sequence, stored or applied; `nil`
    /// where it is not known here.
    public func entry(
        of writer: WriterID, at sequence: UInt64
    ) throws(StorageError) -> ContextEntry? {
        guard let number = state.number(of: writer) else { return nil }
        return try chainHash(of: number, at: sequence).map {
            ContextEntry(writer: writer, sequence: sequence, chain: $0.prefix)
        }
    }

    /// The entry of whoever holds this frame and all before it, on whichever history it lies; `nil`
    /// for one that is not stored or delivered here.
    public func entry(through frame: IncomingFrame) throws(StorageError) -> ContextEntry? {
        guard frame.isWithinFormat else { return nil }
        let numbers = state.histories(of: frame.writer)
        if numbers.count == 1 { return try entry(of: frame.writer, at: frame.high) }
        let signed: (ContentHash) -> Bool = { _ in true }
        guard case .success(let links) = try place(frame, signed), let place = links.place,
            place.agreed == frame.high
        else { return nil }
        return try entry(of: place.number, at: frame.high)
    }

    /// Frames that hold anything applied after `sequence`; one that waits whole is not ours to
    /// tell of yet.
    private func placedFrames(
        of number: WriterNumber, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [PlacedFrame] {
        let statement = try connection.statement(
            """
            SELECT low, high, bytes FROM warren_frame
            WHERE writer = ? AND high > ? AND low <= ? ORDER BY high
            """)
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(sequence), at: 2)
        statement.bind(Bindable(state.writers[number].head), at: 3)
        defer { statement.reset() }
        var frames: [PlacedFrame] = []
        var bytes = 0
        while bytes < bytesMax || frames.isEmpty, try statement.step() {
            let (low, high) = (statement.unsigned(0), statement.unsigned(1))
            guard let chain = try chainHash(of: number, at: high),
                let previous = try chainHash(of: number, at: low - 1)
            else { throw StorageError(.corrupt, "a stored frame's place is not known") }
            frames.append(
                PlacedFrame(
                    writer: state.writers[number].id, low: low, high: high,
                    previous: previous.prefix, chain: chain.prefix, bytes: statement.bytes(2)))
            bytes += frames[frames.count - 1].bytes.count
        }
        return frames
    }
}
