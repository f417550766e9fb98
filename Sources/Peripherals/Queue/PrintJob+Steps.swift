/// What each input does in each state; the table of `Print-Job-States.md` in the same order.
extension PrintJob {
    private mutating func enter(_ next: State) -> [Effect] {
        state = next
        return [.store(record)]
    }

    mutating func start() -> [Effect] {
        switch state {
        case .queued, .held:
            attempt += 1
            return enter(.starting)
        case .starting, .sending, .sent, .printed, .failed, .unknown, .cancelled: return []
        }
    }

    mutating func block(_ hold: Hold) -> [Effect] {
        switch state {
        case .held(hold): []
        case .queued, .held: enter(.held(hold))
        case .starting, .sending, .sent, .printed, .failed, .unknown, .cancelled: []
        }
    }

    /// The first byte is asked for here and nowhere else: after the attempt is on disk.
    mutating func continueAfter(_ stored: Record) -> [Effect] {
        guard case .starting = state, stored == record else { return [] }
        state = .sending(acceptedBytes: 0)
        return [.send(attempt: attempt)]
    }

    mutating func progress(_ bytes: Int) -> [Effect] {
        if case .sending(let before) = state { state = .sending(acceptedBytes: max(before, bytes)) }
        return []
    }

    mutating func finishSending(at now: ContinuousClock.Instant) -> [Effect] {
        guard case .sending = state else { return [] }
        misses = 0
        guard let wait = printer.confirmsWithin else { return enter(.sent(until: nil)) }
        let until = now.advanced(by: wait)
        return enter(.sent(until: until)) + [.ask(attempt: attempt), .wake(at: until)]
    }

    mutating func interrupt(_ bytes: Int, at now: ContinuousClock.Instant) -> [Effect] {
        switch state {
        case .starting: return miss(at: now)
        case .sending(let before):
            if max(before, bytes) == 0 { return miss(at: now) }
            return enter(.unknown) + askIfItCanTell()
        case .queued, .held, .sent, .printed, .failed, .unknown, .cancelled: return []
        }
    }

    private mutating func miss(at now: ContinuousClock.Instant) -> [Effect] {
        misses += 1
        guard misses < Self.missesMax else { return enter(.failed(retryAt: nil)) }
        let retryAt = now.advanced(by: Self.patience(after: misses))
        return enter(.failed(retryAt: retryAt)) + [.wake(at: retryAt)]
    }

    /// 1, 2, 4, 8, 16 seconds.
    private static func patience(after misses: Int) -> Duration {
        .seconds(1 << max(0, min(misses - 1, 4)))
    }

    mutating func confirm(_ evidence: Evidence) -> [Effect] {
        switch state {
        case .sending, .sent, .unknown: enter(.printed(evidence))
        case .queued, .held, .starting, .printed, .failed, .cancelled: []
        }
    }

    mutating func wake(at now: ContinuousClock.Instant) -> [Effect] {
        switch state {
        case .sent(let until?) where now >= until: return enter(.unknown)
        case .failed(let retryAt?) where now >= retryAt: return enter(.queued)
        case .sent(let moment?), .failed(let moment?): return [.wake(at: moment)]
        case .queued, .held, .starting, .sending, .sent(nil), .printed, .failed(nil), .unknown,
            .cancelled:
            return []
        }
    }

    mutating func cancel() -> [Effect] {
        switch state {
        case .queued, .held, .starting, .failed, .unknown: enter(.cancelled)
        case .sending, .sent: [.refuse(.atThePrinter)]
        case .printed, .cancelled: [.refuse(.over)]
        }
    }

    mutating func printAgain() -> [Effect] {
        switch state {
        case .failed, .unknown, .sent(nil):
            misses = 0
            return enter(.queued)
        case .queued, .held: return [.refuse(.waiting)]
        case .starting, .sending, .sent: return [.refuse(.atThePrinter)]
        case .printed, .cancelled: return [.refuse(.over)]
        }
    }

    mutating func restart(at now: ContinuousClock.Instant) -> [Effect] {
        switch state {
        case .sending: return enter(.unknown) + askIfItCanTell()
        case .sent:
            guard let wait = printer.confirmsWithin else { return [] }
            let until = now.advanced(by: wait)
            state = .sent(until: until)
            return [.ask(attempt: attempt), .wake(at: until)]
        case .failed where misses < Self.missesMax:
            let retryAt = now.advanced(by: Self.patience(after: misses))
            state = .failed(retryAt: retryAt)
            return [.wake(at: retryAt)]
        case .unknown: return askIfItCanTell()
        case .queued, .held, .starting, .printed, .failed, .cancelled: return []
        }
    }

    /// A job that waits here may have been printed long ago.
    mutating func doubt(at now: ContinuousClock.Instant) -> [Effect] {
        switch state {
        case .queued, .held, .starting, .failed:
            attempt = max(1, attempt)
            return enter(.unknown) + askIfItCanTell()
        case .sending, .sent, .unknown: return restart(at: now)
        case .printed, .cancelled: return []
        }
    }

    private func askIfItCanTell() -> [Effect] {
        printer.confirmsWithin == nil ? [] : [.ask(attempt: attempt)]
    }
}
