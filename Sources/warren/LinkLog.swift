internal import EdgeNode
internal import Logging
internal import Synchronization

/// Says in the log how links come and go, without letting strangers or an absent peer fill it.
final class LinkLog: Sendable {
    private static let quietMilliseconds: Int64 = 60_000
    private let logger: Logger
    private let environment: NodeEnvironment
    /// When a failure of this peer, or any stranger's, was last told.
    private let told = Mutex<[String: Int64]>([:])

    init(_ logger: Logger, _ environment: NodeEnvironment) {
        self.logger = logger
        self.environment = environment
    }

    func opened(_ peer: String) { logger.info("link to \(peer) opened") }

    func ended(_ peer: String, _ node: Node) {
        told.withLock { $0[peer] = nil }
        let trouble = node.board.all.first { $0.address == peer }?.trouble
        logger.info("link with \(peer) ended\(trouble.map { ": \($0)" } ?? "")")
    }

    /// A peer that is not there, or does not get as far as a hello: told once a minute.
    func failed(_ peer: String, _ why: String) {
        guard isDue(peer) else { return }
        logger.warning("no link with \(peer): \(why) It is tried again, less and less often.")
    }

    /// Somebody dialled in and said no hello of this tenant.
    func strangerLeft(_ peer: String) {
        guard isDue("") else { return }
        logger.warning("\(peer) dialled in and is no box of this tenant; told once a minute")
    }

    private func isDue(_ name: String) -> Bool {
        let now = environment.steadyMilliseconds()
        return told.withLock { told in
            if let last = told[name], now - last < Self.quietMilliseconds { return false }
            told[name] = now
            return true
        }
    }
}
