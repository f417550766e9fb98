import CRDT
import SyncProtocol
import Testing

/// What a box reads and uploads, decided without disk, keys and clock.
struct MailboxExchangeTests {
    private static let hasher = ToyHasher()
    private static let start = MailboxCursor.start(generation: 7)
    private static let writer = WriterID(device: DeviceID(1), incarnation: 1)

    /// An exchange that has read an empty mailbox, and was asked what it lacks.
    private static func caughtUp() -> (MailboxExchange, MailboxQuestion?) {
        var exchange = MailboxExchange(hasher: hasher)
        _ = exchange.handle(.joined(standing(0), nil, draw: 5), at: .zero)
        let effects = exchange.handle(.pageRead(start, headNumber: 0), at: .zero)
        return (exchange, question(in: effects))
    }

    private static func standing(_ number: UInt64) -> MailboxStanding {
        MailboxStanding(
            head: MailboxCursor(generation: 7, number: number, chain: start.chain), floor: start,
            bytes: 0, bytesMax: 1 << 30, itemsMax: 1 << 30)
    }

    private static func question(in effects: [MailboxExchange.Effect]) -> MailboxQuestion? {
        effects.lazy.compactMap { if case .find(let question) = $0 { question } else { nil } }.first
    }

    private static func frame(_ sequence: UInt64, bytes: [UInt8] = [9]) -> OutgoingFrame {
        OutgoingFrame(
            span: FrameSpan(
                writer: writer, low: sequence, high: sequence, previous: sequence - 1,
                chain: sequence),
            bytes: bytes)
    }

    private static func appends(_ effects: [MailboxExchange.Effect]) -> [UInt32] {
        effects.compactMap { if case .append(let tag, _) = $0 { tag } else { nil } }
    }

    @Test func `nothing is uploaded before the mailbox was read to its end`() {
        var exchange = MailboxExchange(hasher: Self.hasher)
        let joined = exchange.handle(.joined(Self.standing(3), nil, draw: 0), at: .zero)
        #expect(joined == [.read(MailboxReadRequest(after: Self.start, waits: false))])
        #expect(exchange.handle(.localChanged, at: .zero).isEmpty)
        let cursor = Self.start.advanced(over: ContentHash(1, 1, 1, 1), Self.hasher)
        let half = exchange.handle(.delivered(MailboxItem(number: 1, bytes: [1, 5])), at: .zero)
        #expect(half.isEmpty)
        let page = exchange.handle(.pageRead(cursor, headNumber: 3), at: .zero)
        guard case .keep(let batch) = page.first else {
            Issue.record("\(page)")
            return
        }
        #expect(page.count == 1 && batch.frames == [[5]] && batch.cursor == cursor)
        // Not before it is durable is the next page asked for.
        let kept = MailboxKept(progress: MailboxProgress(cursor: cursor), hasNews: true)
        let next = exchange.handle(.kept(kept), at: .zero)
        #expect(next == [.read(MailboxReadRequest(after: cursor, waits: false))])
    }

    @Test func `a mailbox counts as read once its last page is kept`() {
        var exchange = MailboxExchange(hasher: Self.hasher)
        _ = exchange.handle(.joined(Self.standing(1), nil, draw: 0), at: .zero)
        let cursor = Self.start.advanced(over: ContentHash(1, 1, 1, 1), Self.hasher)
        _ = exchange.handle(.delivered(MailboxItem(number: 1, bytes: [1, 5])), at: .zero)
        let page = exchange.handle(.pageRead(cursor, headNumber: 1), at: .zero)
        #expect(!page.contains(.report(.caughtUp)))
        let kept = MailboxKept(progress: MailboxProgress(cursor: cursor), hasNews: true)
        let told = exchange.handle(.kept(kept), at: .zero).filter { $0 == .report(.caughtUp) }
        #expect(told.count == 1)
    }

    @Test func `what was sent is not looked for again, and is once it was not read back`() throws {
        var (exchange, question) = Self.caughtUp()
        var findings = MailboxFindings(number: try #require(question).number, controlsThrough: 0)
        findings.frames = [Self.frame(1), Self.frame(2)]
        let sent = exchange.handle(.found(findings), at: .zero)
        let tags = Self.appends(sent)
        #expect(tags.count == 2)
        let next = try #require(Self.question(in: sent))
        #expect(next.held == [Self.frame(2).span.through])
        // The receipts promise; they do not count as what the mailbox holds.
        for (place, tag) in tags.enumerated() {
            let receipt = MailboxReceipt(
                number: UInt64(place) + 1, hash: ContentHash(0, 0, 0, UInt64(place)))
            _ = exchange.handle(.settled(tag: tag, .success(receipt)), at: .zero)
        }
        _ = exchange.handle(
            .found(MailboxFindings(number: next.number, controlsThrough: 0)), at: .zero)
        let reset = exchange.handle(.reset(.beyond, floor: Self.start), at: .zero)
        #expect(reset.first == .report(.reset(.beyond)))
        guard case .keep(let batch) = reset.last else {
            Issue.record("a step back is kept first: \(reset)")
            return
        }
        #expect(batch.before.held.isEmpty)
    }

    @Test func `an item under a receipt's number that is another one ends the talk`() throws {
        var (exchange, question) = Self.caughtUp()
        var findings = MailboxFindings(number: try #require(question).number, controlsThrough: 0)
        findings.frames = [Self.frame(1)]
        let tag = try #require(Self.appends(exchange.handle(.found(findings), at: .zero)).first)
        let receipt = MailboxReceipt(number: 1, hash: ContentHash(1, 2, 3, 4))
        let promised = exchange.handle(.settled(tag: tag, .success(receipt)), at: .zero)
        #expect(promised == [.setTimer(.watch, after: .seconds(60))])
        let caught = exchange.handle(.delivered(MailboxItem(number: 1, bytes: [1, 9])), at: .zero)
        #expect(caught == [.report(.contradicted(.otherItem)), .leave(.notBelieved)])
        #expect(exchange.handle(.localChanged, at: .zero).isEmpty)
    }

    @Test func `a refusal stops uploads until the wait is over`() throws {
        var (exchange, question) = Self.caughtUp()
        var findings = MailboxFindings(number: try #require(question).number, controlsThrough: 0)
        findings.frames = (1...100).map { Self.frame($0) }
        let sent = exchange.handle(.found(findings), at: .zero)
        let tags = Self.appends(sent)
        #expect(tags.count == RelayLimits.appendsOpenMax)
        #expect(Self.question(in: sent) == nil)
        let refused = exchange.handle(
            .settled(tag: tags[0], .failure(.quotaBytes)), at: .zero)
        #expect(refused.first == .report(.heldBack(.quotaBytes)))
        guard case .setTimer(.retry, let wait) = refused.last else {
            Issue.record("\(refused)")
            return
        }
        #expect(wait >= .seconds(1))
        for tag in tags.dropFirst() {
            let more = exchange.handle(.settled(tag: tag, .failure(.quotaBytes)), at: .zero)
            #expect(more.isEmpty)
        }
        #expect(exchange.handle(.localChanged, at: .zero).isEmpty)
        #expect(Self.question(in: exchange.handle(.timerFired(.retry), at: .zero)) != nil)
    }

    @Test func `others' frames are looked for after a wait only, and controls go first`() throws {
        var (exchange, question) = Self.caughtUp()
        let first = try #require(question)
        #expect(first.isOwnOnly)
        var findings = MailboxFindings(number: first.number, controlsThrough: 4)
        findings.lacksOthers = true
        let waits = exchange.handle(.found(findings), at: .zero)
        guard case .setTimer(.fill, let wait) = waits.first else {
            Issue.record("\(waits)")
            return
        }
        #expect(wait >= .seconds(2) && wait <= .seconds(10))
        let again = Self.question(in: exchange.handle(.timerFired(.fill), at: .zero))
        #expect(again?.isOwnOnly == false && again?.controlsAfter == 4)
    }

    @Test func `progress is read as it was written, whatever it holds`() throws {
        var random = SystemRandomNumberGenerator()
        for count in [0, 1, 5, 300] {
            var progress = MailboxProgress(cursor: Self.start)
            for number in 0..<count {
                let span = Self.frame(UInt64(number) + 1).span
                #expect(progress.note(span) { _, _ in false })
                progress.controls.insert(UInt64.random(in: .min ... .max, using: &random))
            }
            progress.again = count.isMultiple(of: 2) ? nil : Self.start
            #expect(progress.held.count == min(count, 1))
            #expect(try MailboxProgress(decoding: progress.encoded) == progress)
            let bytes = progress.encoded
            for length in 0..<min(bytes.count, 200) {
                #expect(throws: DecodingError.self) {
                    try MailboxProgress(decoding: Array(bytes.prefix(length)))
                }
            }
        }
    }

    @Test func `a frame behind a hole does not count as held`() {
        var progress = MailboxProgress(cursor: Self.start)
        #expect(progress.note(Self.frame(1).span) { _, _ in false })
        #expect(!progress.note(Self.frame(3).span) { _, _ in false })
        #expect(progress.held == [Self.frame(1).span.through])
        #expect(progress.note(Self.frame(2).span) { _, _ in false })
        #expect(progress.note(Self.frame(3).span) { _, _ in false })
        #expect(progress.held == [Self.frame(3).span.through])
    }

    @Test(arguments: 0..<200)
    func `whatever comes in whatever order, nothing traps and little is kept`(seed: UInt64) {
        var state = seed
        func draw(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var exchange = MailboxExchange(hasher: Self.hasher)
        for _ in 0..<400 {
            let number = draw(6)
            let cursor = MailboxCursor(
                generation: draw(3), number: number, chain: ContentHash(0, 0, 0, draw(3)))
            let input: MailboxExchange.Input
            switch draw(10) {
            case 0:
                input = .joined(
                    MailboxStanding(
                        head: cursor, floor: Self.start, bytes: 0, bytesMax: 9, itemsMax: 9),
                    nil, draw: draw(99))
            case 1: input = .delivered(MailboxItem(number: number, bytes: [UInt8(draw(4)), 1]))
            case 2: input = .pageRead(cursor, headNumber: draw(6))
            case 3: input = .reset(MailboxResetReason.allCases[Int(draw(4))], floor: cursor)
            case 4:
                let receipt = MailboxReceipt(number: number, hash: ContentHash(0, 0, 0, draw(2)))
                input = .settled(tag: UInt32(draw(9)), .success(receipt))
            case 5: input = .settled(tag: UInt32(draw(9)), .failure(.quotaItems))
            case 6:
                input = .kept(
                    MailboxKept(progress: MailboxProgress(cursor: cursor), hasNews: draw(2) == 0))
            case 7:
                var findings = MailboxFindings(number: draw(9), controlsThrough: draw(5))
                findings.frames = [Self.frame(number + 1)]
                findings.lacksOthers = draw(2) == 0
                input = .found(findings)
            case 8: input = .timerFired(MailboxExchange.Timer.allCases[Int(draw(4))])
            default: input = .localChanged
            }
            _ = exchange.handle(input, at: .zero)
            #expect(exchange.waitingCount <= RelayLimits.appendsOpenMax + 1)
        }
    }
}
