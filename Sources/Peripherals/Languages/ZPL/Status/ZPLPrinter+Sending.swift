/// How a job comes, goes over the cable and is given back.
extension ZPLPrinter {
    mutating func prepare(_ job: Job, at now: ContinuousClock.Instant) -> [Effect] {
        wanted = Wish(job: job)
        switch phase {
        case .absent: return block(.absent)
        case .idle: return look(at: now)
        case .granted(let other, _):
            // That job does not come any more, or comes again.
            if other != job { phase = .idle }
            return look(at: now)
        case .sending: return block(.busy)
        case .asking, .resting: return []
        }
    }

    mutating func withdraw(_ job: Job) -> [Effect] {
        if wanted?.job == job { wanted = nil }
        if owed?.job == job { owed = nil }
        if case .granted(job, _) = phase { phase = .idle }
        return []
    }

    mutating func ask(_ job: Job, at now: ContinuousClock.Instant) -> [Effect] {
        guard owed?.job == job else { return [] }
        owed?.isAsked = true
        owed?.misses = 0
        guard case .idle = phase else { return [] }
        return look(at: now)
    }

    mutating func restore(_ job: Job, _ labels: Int?, _ copies: Int) -> [Effect] {
        if owed == nil { owed = Debt(job: job, labelsBefore: labels, copies: copies) }
        return []
    }

    mutating func send(
        _ job: Job, _ bytes: [UInt8], _ copies: Int, at now: ContinuousClock.Instant
    ) -> [Effect] {
        guard case .granted(job, let labels) = phase, !bytes.isEmpty else {
            // It was not told `ready`, or the printer went away since. No byte has left.
            return [.tell(job, .interrupted(acceptedBytes: 0))]
        }
        phase = .sending(
            Sending(job: job, bytes: bytes, copies: copies, labelsBefore: labels, lastProgress: now)
        )
        return pump()
    }

    /// Gives the link what is due, one transfer at a time.
    mutating func pump() -> [Effect] {
        guard flight == nil else { return [] }
        if !question.isEmpty {
            flight = .question
            return [.write(question)]
        }
        guard case .sending(let sending) = phase else { return [] }
        let next = sending.bytes.dropFirst(sending.accepted).prefix(settings.transferBytes)
        flight = .job(bytes: next.count)
        return [.write(Array(next))]
    }

    mutating func finishWrite(_ bytes: Int, at now: ContinuousClock.Instant) -> [Effect] {
        guard let finished = flight else { return [] }
        flight = nil
        switch finished {
        case .question:
            // The rest of a question must follow before anything else, or it becomes another word.
            question.removeFirst(max(0, min(bytes, question.count)))
            return pump()
        case .job(let count):
            guard case .sending(let sending) = phase else { return pump() }
            return advance(sending, by: max(0, min(bytes, count)), at: now)
        }
    }

    private mutating func advance(
        _ before: Sending, by bytes: Int, at now: ContinuousClock.Instant
    ) -> [Effect] {
        guard bytes > 0 else { return stall(before, at: now) }
        var sending = before
        sending.accepted += bytes
        sending.lastProgress = now
        phase = .sending(sending)
        let progress = Effect.tell(sending.job, .accepted(bytes: sending.accepted))
        guard sending.accepted == sending.bytes.count else { return [progress] + pump() }
        owed = Debt(sending)
        phase = .idle
        return [progress, .tell(sending.job, .acceptedAll)] + look(at: now)
    }

    /// A printer that took nothing may be given up. One that took a part gets the rest on the same
    /// link as long as there is one: paper runs out for hours, and half a label is worse than a
    /// late one.
    private mutating func stall(
        _ sending: Sending, at now: ContinuousClock.Instant
    ) -> [Effect] {
        let isLong = sending.lastProgress.duration(to: now) >= settings.stallsAfter
        guard isLong else { return pump() }
        if sending.accepted > 0 {
            let seen = Observation.stalled(
                sending.job, acceptedBytes: sending.accepted, of: sending.bytes.count)
            return observe(seen) + pump()
        }
        phase = .idle
        return [.tell(sending.job, .interrupted(acceptedBytes: 0))] + look(at: now)
    }

    mutating func detach() -> [Effect] {
        let before = phase
        let wasWriting = flight
        phase = .absent
        question = []
        flight = nil
        reader = ZPLAnswerReader()
        lastSeen = nil
        guard case .sending(let sending) = before else { return block(.absent) }
        var accepted = sending.accepted
        // On some machines a pulled cable counts 0 bytes of the transfer under way, whatever the
        // printer got of it. A byte may have left.
        if case .job = wasWriting { accepted = max(1, accepted) }
        if accepted > 0 { owed = Debt(sending) }
        return [.tell(sending.job, .interrupted(acceptedBytes: accepted))] + block(.absent)
    }
}

extension ZPLPrinter.Debt {
    init(_ sending: ZPLPrinter.Sending) {
        // Asked about in any case: a person wants to see a lid that was opened in the middle.
        self.init(
            job: sending.job, labelsBefore: sending.labelsBefore, copies: sending.copies,
            isAsked: true)
    }
}
