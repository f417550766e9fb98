import Peripherals
import Testing

/// What begins and ends a scan, and what is none.
@Suite struct ScanEndTests {
    @Test(arguments: [
        (KeyboardScanner.Terminator.enter, UInt8(0x28)), (.keypadEnter, 0x58), (.tab, 0x2B),
    ])
    func `each terminator ends`(terminator: KeyboardScanner.Terminator, usage: UInt8) {
        var bench = ScannerBench(.init(terminators: [terminator]))
        bench.type(Typist.reports("12") + Typist.press(usage) + Typist.press(usage))
        #expect(bench.texts == ["12"])
        #expect(bench.refusals == [])
    }

    @Test func `a key that could end and does not is content`() {
        var bench = ScannerBench(.init(terminators: [.keypadEnter]))
        bench.type(Typist.reports("a\tb") + Typist.enter + Typist.reports("c"))
        bench.type(Typist.press(0x58))
        #expect(bench.texts == ["a\tb\nc"])
    }

    @Test func `without a terminator silence ends`() {
        var bench = ScannerBench(.init(terminators: []))
        bench.type(Typist.reports("12345"))
        let end = bench.now.advanced(by: .milliseconds(-2))
        #expect(bench.scans == [])
        bench.wait(.milliseconds(81))
        #expect(bench.texts == ["12345"])
        #expect(bench.scans.map(\.moment) == [end])
    }

    @Test func `with a terminator silence drops what waits for it`() {
        var bench = ScannerBench()
        bench.type(Typist.reports("123"))
        bench.wait(.milliseconds(100))
        bench.type(Typist.reports("45") + Typist.enter)
        #expect(bench.texts == ["45"])
        #expect(bench.refusals == [ScanRefusal(.unfinished, count: 3)])
    }

    @Test func `what is typed by hand is no scan`() {
        var slow = ScannerBench(pace: .milliseconds(60))
        slow.type(Typist.reports("rex") + Typist.enter)
        #expect(slow.scans == [])
        var pecking = ScannerBench(pace: .milliseconds(30))
        pecking.type(Typist.reports("rex") + Typist.enter)
        #expect(pecking.scans == [])
        #expect(pecking.refusals == [ScanRefusal(.typing, count: 3)])
        var anyPace = ScannerBench(.init(slowest: nil), pace: .milliseconds(30))
        anyPace.type(Typist.reports("rex") + Typist.enter)
        #expect(anyPace.texts == ["rex"])
    }

    @Test(arguments: [
        ("~12#", ["12"], [ScanRefusal.Reason]()), ("12#", [], [.withoutPrefix]),
        ("~12", [], [.withoutSuffix]), ("~1#", [], [.tooShort]),
        ("~12345#", ["12345"], []), ("~123456#", [], [.tooLong]),
        ("~1234567890#", [], [.tooLong]), ("~#", [], [.tooShort]), ("~", [], [.withoutSuffix]),
    ])
    func `prefix, suffix and length are the profile's`(
        typed: String, texts: [String], reasons: [ScanRefusal.Reason]
    ) {
        var bench = ScannerBench(.init(prefix: "~", suffix: "#", characters: 2...5))
        bench.type(Typist.reports(typed) + Typist.enter)
        #expect(bench.texts == texts)
        #expect(bench.refusals.map(\.reason) == reasons)
    }

    @Test func `an AIM identifier names the kind of code`() {
        var bench = ScannerBench(.init(sendsAIM: true))
        bench.type(Typist.reports("]Q1WRN1") + Typist.enter)
        bench.type(Typist.reports("]C0123") + Typist.enter + Typist.reports("123") + Typist.enter)
        #expect(bench.texts == ["WRN1", "123"])
        #expect(bench.scans.map(\.symbology) == [.qrCode, .code128])
        #expect(bench.refusals.map(\.reason) == [.withoutAIM])
    }

    @Test func `the longest scan has 4,296 characters`() {
        let most = String(repeating: "7", count: KeyboardScanner.charactersMax)
        var bench = ScannerBench()
        bench.type(Typist.reports(most) + Typist.enter)
        bench.type(Typist.reports(most + "7") + Typist.enter)
        #expect(bench.texts == [most])
        #expect(bench.refusals == [ScanRefusal(.tooLong, count: KeyboardScanner.charactersMax)])
    }

    @Test func `two scanners of one kind never mix`() {
        let start = ContinuousClock.now
        var left = ScannerBench(from: start)
        var right = ScannerBench(from: start)
        let pairs = zip(
            Typist.reports("WRN1:LEFT") + Typist.enter, Typist.reports("WRN1:RITE") + Typist.enter)
        for (one, other) in pairs {
            left.type([one])
            right.type([other])
        }
        #expect(left.texts == ["WRN1:LEFT"])
        #expect(right.texts == ["WRN1:RITE"])
    }

    @Test func `a pulled cable ends the scan and forgets what was down`() {
        var bench = ScannerBench()
        bench.type(Typist.reports("12") + [[0, 0, 4, 0, 0, 0, 0, 0]])
        bench.give(.unplugged)
        bench.give(.unplugged)
        bench.type([[0, 0, 4, 0, 0, 0, 0, 0]] + Typist.enter)
        #expect(bench.refusals == [ScanRefusal(.unplugged, count: 3)])
        #expect(bench.texts == ["a"])
    }

    @Test(arguments: [0, 1, 7, 9, 64])
    func `a report of another length is refused`(count: Int) {
        var bench = ScannerBench()
        bench.type([[UInt8](repeating: 4, count: count)])
        #expect(bench.refusals == [ScanRefusal(.oddReport(bytes: count))])
        var numbered = ScannerBench(.init(reportID: 1))
        numbered.type((Typist.reports("12") + Typist.enter).map { [1] + $0 })
        numbered.type([[2] + Typist.released])
        #expect(numbered.texts == ["12"])
        #expect(numbered.refusals == [ScanRefusal(.oddReport(bytes: 9))])
    }

    @Test func `a late timer changes nothing`() {
        var dice = Dice(seed: 11)
        let start = ContinuousClock.now
        for _ in 0..<300 {
            let ends: Set<KeyboardScanner.Terminator> = Bool.random(using: &dice) ? [] : [.enter]
            var punctual = ScannerBench(.init(terminators: ends), from: start)
            var late = ScannerBench(.init(terminators: ends), hasTimer: false, from: start)
            for _ in 0..<12 {
                let reports = Bool.random(using: &dice) ? Typist.reports("a1") : Typist.enter
                let pause = Duration.milliseconds(Int.random(in: 0...160, using: &dice))
                for bench in [0, 1] {
                    if bench == 0 {
                        punctual.wait(pause)
                        punctual.type(reports)
                    } else {
                        late.wait(pause)
                        late.type(reports)
                    }
                }
            }
            punctual.wait(.seconds(1))
            late.wait(.seconds(1))
            late.give(.timerFired)
            #expect(punctual.effects == late.effects)
        }
    }

    @Test func `no reports whatever trap the machine, and what it keeps is bounded`() {
        var dice = Dice(seed: 12)
        for round in 0..<400 {
            var bench = ScannerBench(
                .init(
                    layout: KeyboardLayout.allCases[round % 4],
                    terminators: round % 3 == 0 ? [] : [.tab],
                    characters: 1...20, capsLock: .toggled, takesAltCodes: true,
                    takesSeveralKeysInOrder: round % 2 == 0))
            for _ in 0..<120 {
                let isBoot = Int.random(in: 0..<8, using: &dice) > 0
                let count = isBoot ? 8 : Int.random(in: 0...70, using: &dice)
                let top: UInt8 = isBoot ? 0x66 : 0xFF
                bench.type([(0..<count).map { _ in UInt8.random(in: 0...top, using: &dice) }])
                if Int.random(in: 0..<20, using: &dice) == 0 { bench.give(.unplugged) }
                bench.wait(.milliseconds(Int.random(in: 0...90, using: &dice)))
            }
            #expect(bench.scans.allSatisfy { (1...20).contains($0.text?.count ?? 0) })
        }
    }
}
