import CRDT

/// Fetched frames that wait for the link, writers interleaved.
struct FrameQueue: Equatable, Sendable {
    private var frames: [OutgoingFrame] = []
    private var first = 0
    /// What the waiting frames will cost.
    private(set) var cost = 0

    var isEmpty: Bool { first == frames.count }
    var waiting: ArraySlice<OutgoingFrame> { frames[first...] }

    var next: OutgoingFrame? { first < frames.count ? frames[first] : nil }

    mutating func append(_ frame: OutgoingFrame) {
        frames.append(frame)
        cost += CreditBook.cost(of: frame.bytes.count)
    }

    mutating func removeFirst() {
        guard let frame = next else { return }
        cost -= CreditBook.cost(of: frame.bytes.count)
        first += 1
        if isEmpty || first >= 256 {
            frames.removeFirst(first)
            first = 0
        }
    }

    mutating func removeAll() { self = FrameQueue() }

    /// One frame of each writer in turn, so that a small writer is through after its few turns;
    /// the order of each writer's frames stays.
    static func interleaved(_ frames: [OutgoingFrame]) -> [OutgoingFrame] {
        var order: [WriterID] = []
        var framesByWriter: [WriterID: [OutgoingFrame]] = [:]
        for frame in frames {
            if framesByWriter[frame.span.writer] == nil { order.append(frame.span.writer) }
            framesByWriter[frame.span.writer, default: []].append(frame)
        }
        let longest = order.map { framesByWriter[$0]?.count ?? 0 }.max() ?? 0
        var result: [OutgoingFrame] = []
        result.reserveCapacity(frames.count)
        for turn in 0..<longest {
            for writer in order {
                if let line = framesByWriter[writer], turn < line.count {
                    result.append(line[turn])
                }
            }
        }
        return result
    }
}
