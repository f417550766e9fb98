/// From keys to a scan: what is gathered, what spoils it, what ends it.
extension KeyboardScanner {
    struct Gathering: Sendable {
        var text = ""
        /// Counted apart: the length of a string is not free.
        var count = 0
        /// What a dead key left behind, and its usage.
        var accent: Accent?
        var accentUsage: UInt8 = 0
        /// Why this cannot become a scan any more. Keys are counted on, so that its end is found.
        var fault: ScanRefusal.Reason?
        let firstAt: ContinuousClock.Instant
        var lastAt: ContinuousClock.Instant
    }

    mutating func write(
        _ stroke: KeyboardLayout.Stroke, _ usage: UInt8, at now: ContinuousClock.Instant
    ) -> [Effect] {
        let waiting = gathering?.accent
        gathering?.accent = nil
        switch (stroke, waiting) {
        case (.dead(let accent), nil):
            touch(at: now)
            gathering?.accent = accent
            gathering?.accentUsage = usage
            return []
        case (.character(let letter), nil): return write(letter, at: now)
        case (.character(" "), let accent?): return write(accent.rawValue, at: now)
        case (.character(let letter), let accent?):
            if let composed = accent.on(letter) { return write(composed, at: now) }
            // One system writes both signs, the other none: not to be guessed.
            return spoil(.unknownKey(usage: usage, modifiers: 0), at: now)
        case (.dead, .some): return spoil(.unknownKey(usage: usage, modifiers: 0), at: now)
        }
    }

    mutating func write(_ character: Character, at now: ContinuousClock.Instant) -> [Effect] {
        if gathering?.accent != nil { return spoilByAccent(at: now) }
        touch(at: now)
        guard var gathered = gathering else { return [] }
        if gathered.count < longest {
            gathered.text.append(character)
            gathered.count += 1
        } else {
            gathered.fault = gathered.fault ?? .tooLong
        }
        gathering = gathered
        return []
    }

    /// All that may lie between two terminators.
    private var longest: Int {
        min(Self.charactersMax, settings.characters.upperBound) + settings.prefix.count
            + settings.suffix.count + (settings.sendsAIM ? AIMIdentifier.length : 0)
    }

    /// Begins a scan or goes on with it.
    mutating func touch(at now: ContinuousClock.Instant) {
        if gathering == nil { gathering = Gathering(firstAt: now, lastAt: now) }
        gathering?.lastAt = now
    }

    /// What is gathered is no scan any more; the first reason stands.
    mutating func spoil(
        _ reason: ScanRefusal.Reason, at now: ContinuousClock.Instant
    ) -> [Effect] {
        touch(at: now)
        gathering?.accent = nil
        if gathering?.fault == nil { gathering?.fault = reason }
        return []
    }

    private mutating func spoilByAccent(at now: ContinuousClock.Instant) -> [Effect] {
        spoil(.unknownKey(usage: gathering?.accentUsage ?? 0, modifiers: 0), at: now)
    }

    /// A terminator came.
    mutating func finish(at now: ContinuousClock.Instant) -> [Effect] {
        altCode = nil
        guard var gathered = gathering else { return [] }
        if gathered.accent != nil {
            _ = spoilByAccent(at: now)
            gathered = gathering ?? gathered
        }
        gathering = nil
        return [verdict(gathered, at: now)]
    }

    /// Silence ends a scan without terminator and drops one that waits for its terminator.
    mutating func expire(at now: ContinuousClock.Instant) -> [Effect] {
        guard let gathered = gathering, now > gathered.lastAt.advanced(by: settings.gap) else {
            return []
        }
        if settings.terminators.isEmpty { return finish(at: gathered.lastAt) }
        gathering = nil
        altCode = nil
        let reason = gathered.fault ?? (isTyped(gathered) ? .typing : .unfinished)
        return [.refuse(ScanRefusal(reason, count: gathered.count))]
    }

    /// Only one wake is under way: when it comes too early, the next one is asked for.
    mutating func wakeIfNeeded(_ input: Input, at now: ContinuousClock.Instant) -> [Effect] {
        if let due = wakeAt, now >= due { wakeAt = nil }
        if input == .timerFired { wakeAt = nil }
        guard let gathered = gathering, wakeAt == nil else { return [] }
        let due = gathered.lastAt.advanced(by: settings.gap + .milliseconds(1))
        wakeAt = due
        return [.wake(at: due)]
    }

    private func verdict(
        _ gathered: Gathering, at now: ContinuousClock.Instant
    ) -> Effect {
        do throws(ScanRefusal) {
            return .scan(try scan(gathered, at: now))
        } catch {
            return .refuse(error)
        }
    }

    private func scan(
        _ gathered: Gathering, at now: ContinuousClock.Instant
    ) throws(ScanRefusal) -> Scan {
        func refusal(_ reason: ScanRefusal.Reason) -> ScanRefusal {
            ScanRefusal(reason, count: gathered.count)
        }
        if let fault = gathered.fault { throw refusal(fault) }
        if isTyped(gathered) { throw refusal(.typing) }
        var text = gathered.text[...]
        guard text.hasPrefix(settings.prefix) else { throw refusal(.withoutPrefix) }
        text = text.dropFirst(settings.prefix.count)
        guard text.hasSuffix(settings.suffix) else { throw refusal(.withoutSuffix) }
        text = text.dropLast(settings.suffix.count)
        var aim: AIMIdentifier?
        if settings.sendsAIM {
            aim = AIMIdentifier(Array(text.utf8.prefix(AIMIdentifier.length)))
            guard aim != nil else { throw refusal(.withoutAIM) }
            text = text.dropFirst(AIMIdentifier.length)
        }
        guard text.count >= settings.characters.lowerBound else { throw refusal(.tooShort) }
        guard text.count <= settings.characters.upperBound else { throw refusal(.tooLong) }
        return Scan(bytes: Array(text.utf8), text: String(text), aim: aim, at: now)
    }

    /// The average time between characters tells fingers from a scanner.
    private func isTyped(_ gathered: Gathering) -> Bool {
        guard let slowest = settings.slowest, gathered.count > 1 else { return false }
        return gathered.firstAt.duration(to: gathered.lastAt) > slowest * (gathered.count - 1)
    }
}

/// A character's number, typed on the keypad while alt is held, as Windows takes it.
struct AltCode: Sendable {
    private var digits = 0
    private var number = 0
    private var hasLeadingZero = false

    func adding(_ digit: Int) -> AltCode {
        var next = self
        if digits == 0 { next.hasLeadingZero = digit == 0 }
        next.digits = min(9, digits + 1)
        next.number = min(9_999, number * 10 + digit)
        return next
    }

    /// ASCII either way, and with a leading zero the upper half of Latin-1, where Windows' code
    /// page agrees with it. Nil for all else, which depends on a code page that is not known here.
    var character: Character? {
        switch number {
        case 0x20...0x7E: Character(Unicode.Scalar(UInt8(number)))
        case 0xA0...0xFF where hasLeadingZero: Character(Unicode.Scalar(UInt8(number)))
        default: nil
        }
    }
}

extension KeyboardScanner {
    /// Alt went up: the number is complete.
    mutating func finishAltCode(
        _ report: KeyboardReport, at now: ContinuousClock.Instant
    ) -> [Effect] {
        guard let code = altCode, !report.modifiers.contains(.leftAlt) else { return [] }
        altCode = nil
        guard let character = code.character else {
            return spoil(.unknownKey(usage: 0, modifiers: 0x04), at: now)
        }
        return write(character, at: now)
    }
}
