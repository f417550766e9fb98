internal import Logging
internal import RelayNode
internal import Synchronization

/// Says in the log how many come and go, without letting anybody outside fill it.
final class RelayLog: Sendable {
    private struct Tally {
        var entered = 0
        var left = 0
        var strangers: [String: Int] = [:]
        var toldAt: ContinuousClock.Instant?

        /// Counts since the last line; at most one line a minute.
        var text: String {
            let reasons = strangers.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            let turned = reasons.isEmpty ? "" : "; turned away: \(reasons.joined(separator: ", "))"
            return "boxes: \(entered) entered, \(left) left\(turned)"
        }
    }

    private static let interval = Duration.seconds(60)
    private let logger: Logger
    private let tally = Mutex(Tally())

    init(_ logger: Logger) { self.logger = logger }

    func note(_ notice: RelayNotice) {
        let line = tally.withLock { tally -> String? in
            switch notice {
            case .entered: tally.entered += 1
            case .left: tally.left += 1
            case .strangerLeft(let reason): tally.strangers[reason, default: 0] += 1
            case .storeFailed: return nil
            }
            let now = ContinuousClock.now
            if let toldAt = tally.toldAt, now - toldAt < Self.interval { return nil }
            let told = tally
            tally = Tally(toldAt: now)
            return told.text
        }
        if notice == .storeFailed { logger.critical("the disk failed; the relay ends") }
        if let line { logger.info("\(line)") }
    }
}
