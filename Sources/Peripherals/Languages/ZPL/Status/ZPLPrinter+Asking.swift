/// How the printer is asked, and what its answers and its silence mean.
extension ZPLPrinter {
    /// A count that is too small is asked for again this often: 10 seconds, longer than the longest
    /// label takes that the printer may have begun and counts when it is out.
    private static var missesMax: Int { 20 }

    mutating func attach(at now: ContinuousClock.Instant) -> [Effect] {
        guard case .absent = phase else { return [] }
        phase = .idle
        return look(at: now)
    }

    /// Asks for the status if anybody wants to know.
    mutating func look(at now: ContinuousClock.Instant) -> [Effect] {
        guard wanted != nil || owed?.isAsked == true else {
            phase = .idle
            return []
        }
        return ask(.status, at: now)
    }

    private mutating func ask(
        _ next: Question, at now: ContinuousClock.Instant
    ) -> [Effect] {
        let until = now.advanced(by: settings.answersWithin)
        phase = .asking(next, until: until)
        // What is left of an earlier answer is none to this question.
        reader = ZPLAnswerReader()
        // A printer that has not taken the last question gets no other: it is as good as silent.
        if question.isEmpty { question = next.bytes }
        return pump() + [.wake(at: until)]
    }

    private mutating func rest(
        _ times: Int, at now: ContinuousClock.Instant
    ) -> [Effect] {
        let until = now.advanced(by: settings.asksEvery * times)
        phase = .resting(until: until)
        return [.wake(at: until)]
    }

    mutating func wake(at now: ContinuousClock.Instant) -> [Effect] {
        switch phase {
        case .asking(_, let until) where now < until, .resting(let until) where now < until:
            return [.wake(at: until)]
        case .asking(.status, _): return ask(.errors, at: now)
        case .asking: return observe(.silent) + block(.silent) + rest(4, at: now)
        case .resting: return look(at: now)
        case .absent, .idle, .granted, .sending: return []
        }
    }

    mutating func receive(
        _ bytes: [UInt8], at now: ContinuousClock.Instant
    ) -> [Effect] {
        reader.read(bytes).flatMap { answer -> [Effect] in
            // What came before the question was taken is no answer to it.
            guard case .asking(let asked, _) = phase, question.isEmpty else { return [] }
            switch (answer, asked) {
            // A status that comes late, while the errors are asked for, is a status.
            case (.status(let status), .status), (.status(let status), .errors):
                return judge(status, at: now)
            case (.errors(let errors), .errors):
                // It answers this and not `~HS`, so something is wrong whatever the bits say.
                return observe(.errors(errors))
                    + block(PrintJob.Hold(errors.conditions) ?? .silent) + rest(4, at: now)
            case (.value(let text), .count):
                return settle(ZPLField.number(text[...]), at: now)
            case (.status, .count), (.errors, .status), (.errors, .count), (.identity, _),
                (.value, .status), (.value, .errors):
                return []
            }
        }
    }

    private mutating func judge(
        _ status: ZPLHostStatus, at now: ContinuousClock.Instant
    ) -> [Effect] {
        var effects = observe(.status(status))
        if let hold = PrintJob.Hold(status.conditions) {
            return effects + block(hold) + rest(4, at: now)
        }
        guard status.isDrained else { return effects + block(.busy) + rest(1, at: now) }
        if settings.countsLabels { return effects + ask(.count, at: now) }
        effects += settle(nil, at: now)
        return effects
    }

    /// The printer is well and holds nothing: the job in its debt is accounted for, and the next
    /// one may start.
    private mutating func settle(
        _ labels: Int?, at now: ContinuousClock.Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        if var debt = owed {
            let moved = labels.flatMap { count in debt.labelsBefore.map { count - $0 } }
            switch moved {
            case debt.copies?: effects.append(.tell(debt.job, .confirmed(.counters)))
            case let moved?:
                debt.misses += 1
                if debt.misses < Self.missesMax, (0..<debt.copies).contains(moved) {
                    owed = debt
                    return block(.busy) + rest(1, at: now)
                }
                effects += observe(.unaccounted(debt.job, labels: moved, of: debt.copies))
            case nil: effects += observe(.drained(debt.job))
            }
            owed = nil
        }
        guard let wish = wanted else {
            phase = .idle
            return effects
        }
        wanted = nil
        phase = .granted(wish.job, labelsBefore: labels)
        if let labels { effects.append(.keep(wish.job, labelsBefore: labels)) }
        return effects + [.tell(wish.job, .ready)]
    }

    mutating func block(_ hold: PrintJob.Hold) -> [Effect] {
        guard let wish = wanted, wish.hold != hold else { return [] }
        wanted?.hold = hold
        return [.tell(wish.job, .blocked(hold))]
    }

    mutating func observe(_ seen: Observation) -> [Effect] {
        guard seen != lastSeen else { return [] }
        lastSeen = seen
        return [.observe(seen)]
    }
}
