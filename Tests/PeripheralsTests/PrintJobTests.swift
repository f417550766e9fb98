import Peripherals
import Testing

@Suite struct PrintJobTests {
    private let start = ContinuousClock.now
    private let printer = PrintJob.Printer(confirmsWithin: .seconds(20))

    @Test func `a job goes from the queue to paper`() {
        var job = PrintJob(for: printer)
        let record = PrintJob.Record(state: .sending, attempt: 1, misses: 0)
        #expect(job.handle(.ready, at: start) == [.store(record)])
        #expect(job.handle(.stored(record), at: start) == [.send(attempt: 1)])
        #expect(job.handle(.accepted(bytes: 64), at: start) == [])
        let until = start.advanced(by: .seconds(20))
        #expect(
            job.handle(.acceptedAll, at: start) == [
                .store(.init(state: .sent, attempt: 1, misses: 0)), .ask(attempt: 1),
                .wake(at: until),
            ])
        #expect(
            job.handle(.confirmed(.counters), at: start) == [
                .store(.init(state: .printed, attempt: 1, misses: 0, detail: "counters"))
            ])
        #expect(job.state == .printed(.counters))
    }

    @Test func `no byte is asked for before its attempt is on disk`() {
        var job = PrintJob(for: printer)
        _ = job.handle(.ready, at: start)
        let stale = PrintJob.Record(state: .queued, attempt: 0, misses: 0)
        #expect(job.handle(.stored(stale), at: start) == [])
        #expect(job.state == .starting)
    }

    @Test func `a job that failed before its first byte tries again, six times`() {
        var job = PrintJob(for: printer)
        var now = start
        for _ in 1..<PrintJob.missesMax {
            begin(&job, at: now)
            _ = job.handle(.interrupted(acceptedBytes: 0), at: now)
            now = now.advanced(by: .seconds(16))
            _ = job.handle(.timerFired, at: now)
            #expect(job.state == .queued)
        }
        begin(&job, at: now)
        _ = job.handle(.interrupted(acceptedBytes: 0), at: now)
        #expect(job.state == .failed(retryAt: nil))
        #expect(job.attempt == 6)
        _ = job.handle(.again, at: now)
        #expect(job.state == .queued)
    }

    @Test func `after a byte has left only evidence or a person ends the doubt`() {
        var job = PrintJob(for: printer)
        begin(&job, at: start)
        _ = job.handle(.accepted(bytes: 1), at: start)
        #expect(
            job.handle(.interrupted(acceptedBytes: 0), at: start) == [
                .store(.init(state: .unknown, attempt: 1, misses: 0)), .ask(attempt: 1),
            ])
        for input in [PrintJob.Input.ready, .timerFired, .restarted, .blocked(.absent)] {
            _ = job.handle(input, at: start.advanced(by: .seconds(999)))
            #expect(job.state == .unknown)
        }
        var scanned = job
        _ = scanned.handle(.confirmed(.scan), at: start)
        #expect(scanned.state == .printed(.scan))
        _ = job.handle(.again, at: start)
        #expect(job.state == .queued)
    }

    @Test func `silence is no success`() {
        var job = PrintJob(for: printer)
        begin(&job, at: start)
        _ = job.handle(.acceptedAll, at: start)
        let early = start.advanced(by: .seconds(19))
        let until = start.advanced(by: .seconds(20))
        #expect(job.handle(.timerFired, at: early) == [.wake(at: until)])
        _ = job.handle(.timerFired, at: until)
        #expect(job.state == .unknown)
    }

    @Test func `a printer that cannot tell leaves the job sent until somebody looks`() {
        var job = PrintJob(for: .init(confirmsWithin: nil))
        begin(&job, at: start)
        _ = job.handle(.acceptedAll, at: start)
        _ = job.handle(.timerFired, at: start.advanced(by: .seconds(9_999)))
        #expect(job.state == .sent(until: nil))
        _ = job.handle(.confirmed(.person), at: start)
        #expect(job.state == .printed(.person))
    }

    @Test(arguments: PrintJob.StateWord.allCases)
    func `a restart keeps what was sure and doubts what was not`(word: PrintJob.StateWord) {
        let attempt = word == .queued || word == .held ? 0 : 1
        let record = PrintJob.Record(
            state: word, attempt: attempt, misses: 0,
            detail: word == .held ? "paperOut" : word == .printed ? "scan" : nil)
        var job = PrintJob(restoring: record, for: printer)
        #expect(job.record == record)
        _ = job.handle(.restarted, at: start)
        #expect(job.record.state == (word == .sending ? .unknown : word))
    }

    @Test(arguments: PrintJob.StateWord.allCases)
    func `an older copy prints nothing that waits in it until a person says so`(
        word: PrintJob.StateWord
    ) {
        let isOver = word == .printed || word == .cancelled
        var job = PrintJob(
            restoring: .init(state: word, attempt: word == .queued ? 0 : 1, misses: 0),
            for: printer)
        _ = job.handle(.restored, at: start)
        #expect(job.record.state == (isOver || word == .sent ? word : .unknown))
        let effects = job.handle(.ready, at: start) + job.handle(.timerFired, at: start)
        #expect(!effects.contains { if case .send = $0 { true } else { false } })
        #expect(job.record.state != .queued && job.record.state != .sending)
        guard !isOver, word != .sent else { return }
        _ = job.handle(.again, at: start)
        #expect(job.state == .queued)
    }

    @Test func `a blocked printer holds the job and a well one takes it`() {
        var job = PrintJob(for: printer)
        _ = job.handle(.blocked(.paperOut), at: start)
        #expect(job.state == .held(.paperOut))
        #expect(job.handle(.blocked(.paperOut), at: start) == [])
        _ = job.handle(.ready, at: start)
        #expect(job.state == .starting)
    }

    @Test func `a job is cancelled before its first byte and not at the printer`() {
        var job = PrintJob(for: printer)
        var waiting = job
        _ = waiting.handle(.cancel, at: start)
        #expect(waiting.state == .cancelled)
        #expect(waiting.handle(.again, at: start) == [.refuse(.over)])
        begin(&job, at: start)
        #expect(job.handle(.cancel, at: start) == [.refuse(.atThePrinter)])
        #expect(job.handle(.again, at: start) == [.refuse(.atThePrinter)])
    }

    @Test func `no series of inputs sends twice without a person`() {
        var dice = Dice(seed: 7)
        for _ in 0..<5_000 {
            let canTell = Bool.random(using: &dice)
            var job = PrintJob(for: .init(confirmsWithin: canTell ? .seconds(5) : nil))
            var now = start
            var leftBytes = false
            for _ in 0..<40 {
                now = now.advanced(by: .seconds(Int.random(in: 0...8, using: &dice)))
                let input = Self.input(for: job, using: &dice)
                if input == .again { leftBytes = false }
                let effects = job.handle(input, at: now)
                #expect(!(leftBytes && effects.contains(.send(attempt: job.attempt))))
                switch job.state {
                case .sending(let bytes) where bytes > 0: leftBytes = true
                case .sent, .unknown: leftBytes = true
                case .queued, .held, .starting, .sending, .printed, .failed, .cancelled: break
                }
            }
        }
    }

    private static func input(for job: PrintJob, using dice: inout Dice) -> PrintJob.Input {
        switch Int.random(in: 0..<11, using: &dice) {
        case 0, 1: .ready
        case 2: .blocked(.fault)
        case 3, 4: .stored(job.record)
        case 5: .accepted(bytes: Int.random(in: 0...9, using: &dice))
        case 6: .acceptedAll
        case 7: .interrupted(acceptedBytes: Int.random(in: 0...2, using: &dice))
        case 8: .timerFired
        case 9: [.restarted, .restored, .cancel].randomElement(using: &dice) ?? .cancel
        default: Int.random(in: 0..<6, using: &dice) == 0 ? .again : .confirmed(.counters)
        }
    }

    private func begin(_ job: inout PrintJob, at now: ContinuousClock.Instant) {
        _ = job.handle(.ready, at: now)
        _ = job.handle(.stored(job.record), at: now)
    }
}
