internal import EdgeNode
internal import Synchronization

/// Remembers what was said of late, so that nobody outside fills the log.
final class RecentWords: Sendable {
    private static let quietMilliseconds: Int64 = 60_000
    /// Sentences remembered; there are fewer kinds of them.
    private static let wordsMax = 64
    private let environment: NodeEnvironment
    private let said = Mutex<[String: Int64]>([:])

    init(_ environment: NodeEnvironment) { self.environment = environment }

    /// Whether these words were not said within the last minute; from now on they were.
    func areNews(_ words: String) -> Bool {
        let now = environment.steadyMilliseconds()
        return said.withLock { said in
            if let last = said[words], now - last < Self.quietMilliseconds { return false }
            if said.count >= Self.wordsMax { said.removeAll() }
            said[words] = now
            return true
        }
    }
}
