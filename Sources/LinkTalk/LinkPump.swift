public import SyncProtocol

/// The two tasks that wait for a link, so that the task which holds the machine never does.
///
/// One message is asked for at a time, once the one before was understood: whoever floods is held
/// back by the link. One message is sent at a time.
public struct LinkPump: Sendable {
    /// What came of the link.
    public enum Event: Sendable, Hashable {
        /// The next message, as its bytes.
        case message([UInt8])
        /// The message that was given to `send(_:isGoodbye:)` is on its way.
        case sent
        /// There will be no further message in one of the two directions.
        case ended
    }

    private let link: any FrameLink
    private let reading = Turn<Void>()
    private let writing = Turn<[UInt8]>()
    private var isSending = false
    /// The last word is on its way: the talk is over once it has left, or cannot leave.
    public private(set) var isSayingGoodbye = false

    /// For one link, which the caller closes.
    public init(_ link: any FrameLink) {
        self.link = link
    }

    /// Adds the two tasks and asks for the first message. They end with the link or the group.
    public func start(
        in group: inout TaskGroup<Void>, _ tell: @escaping @Sendable (Event) -> Void
    ) {
        let (link, reading, writing) = (link, reading, writing)
        group.addTask {
            for await _ in reading.stream {
                guard let bytes = await link.receive() else { break }
                tell(.message(bytes))
            }
            tell(.ended)
        }
        group.addTask {
            for await bytes in writing.stream {
                do { try await link.send(bytes) } catch { break }
                tell(.sent)
            }
            tell(.ended)
        }
        receiveNext()
    }

    /// Asks for one more message.
    public func receiveNext() { reading.give(()) }

    /// Sends a message; `Event.sent` follows. A goodbye is sent only if the link is idle: nobody
    /// who does not read can hold us.
    public mutating func send(_ bytes: [UInt8], isGoodbye: Bool) {
        if isGoodbye {
            guard !isSending else { return }
            isSayingGoodbye = true
        }
        isSending = true
        writing.give(bytes)
    }

    /// Takes note of an event, before the machine hears of it.
    public mutating func note(_ event: Event) {
        switch event {
        case .message: break
        case .sent:
            isSending = false
            isSayingGoodbye = false
        case .ended: isSayingGoodbye = false
        }
    }
}
