import Peripherals
import Testing

@Suite struct ZPLPrinterTests {
    private static let label =
        "^XA^CI28^LH0,0^PW400^LL200^FO16,16^A0N,40,40^FH_^FDRex^FS\n^PQ1^XZ\n"
    private static let five = label.replacing("^PQ1", with: "^PQ5")

    @Test func `a job is asked about, sent and confirmed by the printer's own count`() {
        var bench = PrinterBench(Self.label)
        bench.plug()
        bench.want()
        bench.run(.seconds(5))
        #expect(bench.job.state == .printed(.counters))
        #expect(bench.paper.labels == 101)
        #expect(bench.sendings == 1)
    }

    @Test func `five copies are confirmed when five have left`() {
        var bench = PrinterBench(Self.five, copies: 5)
        bench.plug()
        bench.want()
        bench.run(.milliseconds(700))
        #expect(bench.paper.labels > 100)
        #expect(bench.job.record.state == .sent)
        bench.run(.seconds(5))
        #expect(bench.job.state == .printed(.counters))
        #expect(bench.paper.labels == 105)
    }

    @Test func `without paper the job waits with its reason and goes when there is some`() {
        var bench = PrinterBench(Self.label)
        bench.paper.isPaperOut = true
        bench.plug()
        bench.want()
        bench.run(.seconds(5))
        #expect(bench.job.state == .held(.paperOut))
        #expect(bench.sendings == 0)
        bench.paper.isPaperOut = false
        bench.run(.seconds(5))
        #expect(bench.job.state == .printed(.counters))
    }

    @Test func `silence is a status`() {
        var bench = PrinterBench(Self.label)
        bench.paper.isMute = true
        bench.plug()
        bench.want()
        bench.run(.seconds(10))
        #expect(bench.job.state == .held(.silent))
        #expect(bench.holds == [.silent])
        #expect(bench.seen == [.silent])
        #expect(bench.sendings == 0)
    }

    @Test func `a paused printer and an absent one hold the job`() {
        var bench = PrinterBench(Self.label)
        bench.want()
        bench.run(.seconds(1))
        #expect(bench.job.state == .held(.absent))
        bench.paper.isPaused = true
        bench.plug()
        bench.run(.seconds(1))
        #expect(bench.job.state == .held(.paused))
    }

    @Test func `paper that runs out in the middle is told late, not wrongly`() {
        var bench = PrinterBench(Self.five, copies: 5)
        bench.plug()
        bench.want()
        bench.run(.milliseconds(700))
        bench.paper.isPaperOut = true
        bench.run(.seconds(40))
        #expect(bench.job.state == .unknown)
        #expect(bench.paper.labels < 105)
        bench.paper.isPaperOut = false
        bench.run(.seconds(10))
        #expect(bench.job.state == .printed(.counters))
        #expect(bench.paper.labels == 105)
        #expect(bench.sendings == 1)
    }

    @Test func `a printer that keeps no count is never taken to have printed`() {
        for knowsIt in [true, false] {
            var bench = PrinterBench(Self.label, counts: knowsIt)
            bench.paper.counts = false
            bench.plug()
            bench.want()
            bench.run(.seconds(60))
            #expect(bench.paper.labels == 101)
            #expect(bench.job.record.state == (knowsIt ? .unknown : .sent))
            #expect(bench.seen.contains(.drained(PrinterBench.name)))
        }
    }

    @Test func `a count that does not fit is no confirmation`() {
        var bench = PrinterBench(Self.label, copies: 2)
        bench.plug()
        bench.want()
        bench.run(.seconds(60))
        #expect(bench.job.state == .unknown)
        #expect(bench.seen.contains(.unaccounted(PrinterBench.name, labels: 1, of: 2)))
    }

    @Test func `a printer that takes no byte gives the job back`() {
        var bench = PrinterBench(Self.label)
        bench.plug()
        bench.gulp = 0
        bench.want()
        bench.run(.seconds(30))
        #expect(bench.job.state == .held(.silent))
        bench.gulp = 100
        bench.run(.seconds(3))
        #expect(bench.job.state == .printed(.counters))
    }

    @Test func `a printer that jams after it said ready gives the job back untouched`() {
        var printer = ZPLPrinter<Int>(ZPLPrinterSettings(countsLabels: false))
        var now = ContinuousClock.now
        _ = printer.handle(.attached, at: now)
        #expect(printer.handle(.prepare(1), at: now).first == .write(Array("~HS".utf8)))
        _ = printer.handle(.wrote(bytes: 3), at: now)
        #expect(
            printer.handle(.received(ZPLStatusTests.answer()), at: now).last == .tell(1, .ready))
        let bytes = Array(Self.label.utf8)
        #expect(printer.handle(.send(1, bytes, copies: 1), at: now) == [.write(bytes)])
        for _ in 0..<2 {
            now = now.advanced(by: .seconds(1))
            #expect(printer.handle(.wrote(bytes: 0), at: now) == [.write(bytes)])
        }
        now = now.advanced(by: .seconds(1))
        #expect(
            printer.handle(.wrote(bytes: 0), at: now) == [
                .tell(1, .interrupted(acceptedBytes: 0))
            ])
    }

    @Test func `bytes without a ready are not sent`() {
        var printer = ZPLPrinter<Int>(ZPLPrinterSettings(countsLabels: false))
        let now = ContinuousClock.now
        let back = [ZPLPrinter<Int>.Effect.tell(1, .interrupted(acceptedBytes: 0))]
        #expect(printer.handle(.send(1, [65], copies: 1), at: now) == back)
        _ = printer.handle(.attached, at: now)
        #expect(printer.handle(.send(1, [65], copies: 1), at: now) == back)
        _ = printer.handle(.prepare(1), at: now)
        #expect(printer.handle(.send(1, [65], copies: 1), at: now) == back)
    }

    @Test func `after a restart the count that was kept still confirms`() {
        var printer = ZPLPrinter<Int>(ZPLPrinterSettings(countsLabels: true))
        let now = ContinuousClock.now
        _ = printer.handle(.restore(1, labelsBefore: 100, copies: 2), at: now)
        _ = printer.handle(.attached, at: now)
        _ = printer.handle(.ask(1), at: now)
        _ = printer.handle(.wrote(bytes: 3), at: now)
        _ = printer.handle(.received(ZPLStatusTests.answer()), at: now)
        _ = printer.handle(.wrote(bytes: 99), at: now)
        #expect(
            printer.handle(.received(Array("\"102\"".utf8)), at: now) == [
                .tell(1, .confirmed(.counters))
            ])
    }

    @Test func `an answer from before the question is none`() {
        var printer = ZPLPrinter<Int>(ZPLPrinterSettings(countsLabels: true))
        let now = ContinuousClock.now
        _ = printer.handle(.attached, at: now)
        _ = printer.handle(.prepare(1), at: now)
        #expect(printer.handle(.received(ZPLStatusTests.answer()), at: now) == [])
        _ = printer.handle(.wrote(bytes: 3), at: now)
        let both = ZPLStatusTests.answer() + Array("\"7\"".utf8)
        let effects = printer.handle(.received(both), at: now)
        #expect(!effects.contains(.tell(1, .ready)))
    }

    /// At every byte of questions and label, and whatever the link says of the broken transfer.
    @Test(arguments: [true, false])
    func `a cable pulled at any byte never makes a second label`(countsPulledBytes: Bool) {
        for byte in stride(from: 0, to: 200, by: countsPulledBytes ? 1 : 3) {
            var bench = PrinterBench(Self.label)
            bench.pullAfterBytes = byte
            bench.countsPulledBytes = countsPulledBytes
            bench.plug()
            bench.want()
            bench.run(.seconds(4))
            bench.plug()
            bench.want()
            bench.run(.seconds(25))
            let labels = bench.paper.labels - 100
            #expect(labels <= 1, "pulled after \(byte) bytes")
            if bench.job.record.state == .printed { #expect(labels == 1) }
            if bench.paper.hasHalfALabel {
                #expect(bench.job.state == .unknown, "pulled after \(byte) bytes")
            }
        }
    }

    @Test func `a job whose label came out after all is confirmed when the cable is back`() {
        let whole = Self.label.utf8.count
        // ~HS, the count, and all of the label: the link breaks before it can say so.
        var bench = PrinterBench(Self.label, transferBytes: 8_192)
        bench.pullAfterBytes = PaperPrinter.questionBytes + whole
        bench.countsPulledBytes = false
        bench.plug()
        bench.want()
        bench.run(.seconds(3))
        #expect(bench.job.state == .unknown)
        bench.plug()
        bench.run(.seconds(3))
        #expect(bench.job.state == .printed(.counters))
        #expect(bench.paper.labels == 101)
    }

    @Test func `another program's labels come first and are not counted as ours`() {
        var bench = PrinterBench(Self.label)
        _ = bench.paper.take(Self.five.utf8)
        bench.plug()
        bench.want()
        bench.run(.milliseconds(600))
        #expect(bench.job.state == .held(.busy))
        bench.run(.seconds(8))
        #expect(bench.job.state == .printed(.counters))
        #expect(bench.paper.labels == 106)
    }

    @Test func `half a label in the printer holds the next job`() {
        var bench = PrinterBench(Self.label)
        _ = bench.paper.take("^XA^FO1,1".utf8)
        bench.plug()
        bench.want()
        bench.run(.seconds(5))
        #expect(bench.job.state == .held(.fault))
        #expect(bench.paper.labels == 100)
    }

    @Test func `bytes are offered one transfer at a time and go on where the link stopped`() {
        for gulp in [1, 3, 7, 16, 17] {
            var bench = PrinterBench(Self.label)
            bench.gulp = gulp
            bench.plug()
            bench.want()
            bench.run(.seconds(5))
            #expect(bench.job.state == .printed(.counters))
            #expect(bench.paper.labels == 101)
        }
    }

    @Test func `no series of bad days prints twice without a person, nor says printed too soon`() {
        for seed in 0..<200 {
            var dice = Dice(seed: UInt64(seed))
            let copies = Int.random(in: 1...3, using: &dice)
            var bench = PrinterBench(
                Self.label.replacing("^PQ1", with: "^PQ\(copies)"), copies: copies,
                counts: Int.random(in: 0..<4, using: &dice) > 0)
            bench.paper.answersErrors = Bool.random(using: &dice)
            var orders = 1
            for _ in 0..<25 {
                switch Int.random(in: 0..<12, using: &dice) {
                case 0, 1: bench.plug()
                case 2: bench.pull()
                case 3: bench.pullAfterBytes = nil
                case 4: bench.paper.isPaperOut.toggle()
                case 5: bench.paper.isMute.toggle()
                case 6: bench.paper.isPaused.toggle()
                case 7: bench.gulp = Int.random(in: 0...20, using: &dice)
                case 8: bench.countsPulledBytes.toggle()
                case 9:
                    if bench.job.record.state == .unknown {
                        bench.tell(.again)
                        orders += 1
                    }
                default: bench.want()
                }
                bench.run(.milliseconds(Int.random(in: 0...3_000, using: &dice)))
                let labels = bench.paper.labels - 100
                #expect(labels <= orders * copies, "seed \(seed)")
                if bench.job.state == .printed(.counters) { #expect(labels >= copies) }
            }
        }
    }
}
