/// One end of a link inside one process: for tests, and for two replicas under one roof.
///
/// At most `capacity` messages wait; `send` returns when there is room again.
public actor MemoryFrameLink: FrameLink {
    private let capacity: Int
    private var inbox: [[UInt8]] = []
    private var reader: CheckedContinuation<[UInt8]?, Never>?
    private var senders: [CheckedContinuation<Void, Never>] = []
    private var isEnded = false
    private var other: MemoryFrameLink?

    private init(capacity: Int) { self.capacity = capacity }

    /// Both ends of a new link.
    public static func pair(capacity: Int = 16) async -> (MemoryFrameLink, MemoryFrameLink) {
        let first = MemoryFrameLink(capacity: max(1, capacity))
        let second = MemoryFrameLink(capacity: max(1, capacity))
        await first.connect(to: second)
        await second.connect(to: first)
        return (first, second)
    }

    public func send(_ message: [UInt8]) async throws {
        guard !isEnded, let other, await other.take(message) else { throw LinkEnded() }
    }

    public func receive() async -> [UInt8]? {
        await withCheckedContinuation { waiter in
            if !inbox.isEmpty {
                let message = inbox.removeFirst()
                if !senders.isEmpty { senders.removeFirst().resume() }
                waiter.resume(returning: message)
            } else if isEnded || reader != nil {
                waiter.resume(returning: nil)
            } else {
                reader = waiter
            }
        }
    }

    public func close() async {
        let partner = other
        end()
        await partner?.end()
    }

    private var isFull: Bool { inbox.count >= capacity && !isEnded }

    private func connect(to other: MemoryFrameLink) { self.other = other }

    private func end() {
        isEnded = true
        other = nil
        reader?.resume(returning: nil)
        reader = nil
        for sender in senders { sender.resume() }
        senders = []
    }

    /// False when the link has ended.
    private func take(_ message: [UInt8]) async -> Bool {
        while isFull {
            // Others may have had a turn before it waits.
            await withCheckedContinuation { if isFull { senders.append($0) } else { $0.resume() } }
        }
        guard !isEnded else { return false }
        if let waiting = reader {
            reader = nil
            waiting.resume(returning: message)
        } else {
            inbox.append(message)
        }
        return true
    }
}
