public import CRDT

/// A stamp that came from another history while it lay ahead of the clock here.
public struct StampAhead: Sendable, Hashable {
    /// Who wrote it.
    public let writer: WriterID
    /// What it stamped its transaction with.
    public let stamp: Stamp

    /// Names both.
    public init(writer: WriterID, stamp: Stamp) {
        self.writer = writer
        self.stamp = stamp
    }
}

extension ReplicaStore {
    /// The last stamp given or followed here; it lies ahead of a clock that was set back.
    public var clock: Stamp { state.clock.last }

    /// The furthest of the stamps that came from others more than
    /// `HybridLogicalClock.followMillisecondsMax` ahead of the clock here. This box does not follow
    /// them, but its own later words lose to them where nobody here had seen them. Nil for none.
    public var furthestAhead: StampAhead? { state.ahead }

    func noteAhead(_ stamp: Stamp, of writer: WriterID, _ wallMilliseconds: Int64) {
        // Subtracted from what was checked to be in range, so that no clock overflows.
        guard stamp.milliseconds - HybridLogicalClock.followMillisecondsMax > wallMilliseconds,
            stamp > state.ahead?.stamp ?? .zero
        else { return }
        state.ahead = StampAhead(writer: writer, stamp: stamp)
        state.hasNewAhead = true
    }

    /// Inside an open transaction. 28 bytes: device 16, incarnation u32 and stamp u64, big-endian.
    func saveAhead() throws(StorageError) {
        guard state.hasNewAhead, let ahead = state.ahead else { return }
        var writer = ByteWriter(capacity: 28)
        writer.write(id: ahead.writer.device.value)
        writer.write(bigEndian: UInt128(ahead.writer.incarnation), count: 4)
        writer.write(bigEndian: UInt128(ahead.stamp.value), count: 8)
        try setFact("ahead", .blob(writer.bytes))
        state.hasNewAhead = false
    }

    func loadAhead() throws(StorageError) {
        guard let bytes = try blobFact("ahead") else { return }
        var reader = ByteReader(bytes)
        guard let device = try? reader.bigEndian(16), let number = try? reader.bigEndian(4),
            let value = try? reader.bigEndian(8), let stamp = Stamp(UInt64(value))
        else { throw StorageError(.corrupt, "the fact `ahead` has not 28 bytes") }
        state.ahead = StampAhead(
            writer: WriterID(device: DeviceID(device), incarnation: UInt32(number)), stamp: stamp)
    }
}
