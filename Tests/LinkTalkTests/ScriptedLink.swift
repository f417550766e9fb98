import SyncProtocol
import Synchronization

/// A link whose far side says what is written down, then ends.
final class ScriptedLink: FrameLink {
    private struct State {
        var messages: [[UInt8]]
        var sent: [[UInt8]] = []
    }

    private let state: Mutex<State>
    private let takesMessages: Bool

    init(messages: [[UInt8]], takesMessages: Bool = true) {
        state = Mutex(State(messages: messages))
        self.takesMessages = takesMessages
    }

    var messagesLeft: Int { state.withLock { $0.messages.count } }
    var sent: [[UInt8]] { state.withLock { $0.sent } }

    func send(_ message: [UInt8]) async throws {
        guard takesMessages else { throw LinkEnded() }
        state.withLock { $0.sent.append(message) }
    }

    func receive() async -> [UInt8]? {
        state.withLock { $0.messages.isEmpty ? nil : $0.messages.removeFirst() }
    }

    func close() async {}
}
