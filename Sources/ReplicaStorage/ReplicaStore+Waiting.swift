internal import CRDT

// A frame that cites what is not here waits on the disk. Its past may never come, and nobody but
// its author can tell; so one device's frames that wait have a bound, over all its incarnations.
// Beyond it a frame is a gap: not stored, and asked for again.
extension ReplicaStore {
    /// Frames of one device that may wait: a thousand live edits that overtook what they had seen.
    public static let waitingFramesMax = 1_024
    /// Bytes of them: a dozen of the largest.
    public static let waitingBytesMax = 16 << 20

    /// Whether the frame would only wait, while as much of its device's waits as may.
    func isBeyondWaiting(
        _ frame: IncomingFrame, _ links: FrameLinks
    ) throws(StorageError) -> Bool {
        guard frame.writer.device != configuration.device else { return false }
        let waiting = try waitingTally(of: frame.writer.device)
        guard waiting.frames > 0 else { return false }
        guard
            waiting.frames >= Self.waitingFramesMax
                || waiting.bytes + frame.sealed.count > Self.waitingBytesMax
        else { return false }
        return try !canBegin(frame, links)
    }

    private func waitingTally(
        of device: DeviceID
    ) throws(StorageError) -> (frames: Int, bytes: Int) {
        var tally = (frames: 0, bytes: 0)
        for (number, writer) in state.writers.enumerated()
        where writer.id.device == device && writer.framed > writer.head {
            let statement = try connection.statement(
                """
                SELECT count(*), coalesce(sum(length(bytes)), 0) FROM warren_frame
                WHERE writer = ? AND high > ?
                """)
            statement.bind(Bindable(number), at: 1)
            statement.bind(Bindable(writer.head), at: 2)
            defer { statement.reset() }
            guard try statement.step() else { continue }
            tally.frames += Int(statement.integer(0))
            tally.bytes += Int(statement.integer(1))
        }
        return tally
    }

    /// Whether the frame's first undelivered transaction has its past here.
    private func canBegin(
        _ frame: IncomingFrame, _ links: FrameLinks
    ) throws(StorageError) -> Bool {
        var next: UInt64 = 1
        if let place = links.place {
            if place.agreed == frame.high { return true }
            let writer = state.writers[place.number]
            // A branch off what is stored and waits itself.
            if place.agreed > writer.head, place.agreed < writer.reach { return false }
            next = min(place.agreed, writer.head) + 1
        }
        guard next >= frame.low else { return false }
        let first = links.transactions[Int(next - frame.low)].transaction
        if case .success = try resolve(first.context) { return true }
        return false
    }
}
