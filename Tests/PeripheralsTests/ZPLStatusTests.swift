import Testing

@testable import Peripherals

@Suite struct ZPLStatusTests {
    static let lines = [
        "030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000", "1234,0",
    ]

    /// An answer to `~HS` in which some fields are changed: (line, field, value).
    static func answer(_ changes: [(Int, Int, String)] = []) -> [UInt8] {
        var lines = lines.map { $0.split(separator: ",").map(String.init) }
        for (line, field, value) in changes { lines[line][field] = value }
        return lines.flatMap { Array("\u{2}\($0.joined(separator: ","))\u{3}\r\n".utf8) }
    }

    private static func read(_ bytes: [UInt8]) -> [ZPLAnswer] {
        var reader = ZPLAnswerReader()
        return reader.read(bytes)
    }

    private static func status(_ bytes: [UInt8]) -> ZPLHostStatus? {
        guard case .status(let status)? = read(bytes).first else { return nil }
        return status
    }

    @Test func `a well printer that holds nothing has no conditions`() throws {
        let status = try #require(Self.status(Self.answer()))
        #expect(status.conditions == [])
        #expect(status.isDrained)
        #expect(status.labelLengthDots == 1_245)
    }

    @Test(arguments: [
        ((0, 1), PrinterCondition.paperOut), ((0, 2), .paused), ((0, 5), .bufferFull),
        ((0, 7), .formatPartial), ((0, 9), .memoryCorrupt), ((0, 10), .headCold),
        ((0, 11), .headHot), ((1, 2), .headOpen), ((1, 3), .ribbonOut), ((1, 7), .labelWaiting),
    ])
    func `each flag is one condition`(place: (Int, Int), condition: PrinterCondition) {
        let status = Self.status(Self.answer([(place.0, place.1, "1")]))
        #expect(status?.conditions == [condition])
        for odd in ["2", "", "x", "00", "-1"] {
            #expect(Self.status(Self.answer([(place.0, place.1, odd)])) == nil)
        }
    }

    @Test func `a printer is drained when formats, labels and halves are none`() {
        #expect(Self.status(Self.answer([(0, 4, "003")]))?.formatsInBuffer == 3)
        #expect(Self.status(Self.answer([(1, 8, "00000017")]))?.labelsRemaining == 17)
        for change in [(0, 4, "001"), (1, 8, "00000001"), (0, 7, "1")] {
            #expect(Self.status(Self.answer([change]))?.isDrained == false)
        }
        for odd in ["", "x", "-1", "1234567890", "1.5"] {
            #expect(Self.status(Self.answer([(1, 8, odd)])) == nil)
        }
    }

    @Test func `bytes may come one by one`() {
        let all =
            Self.answer() + Array("\u{2}\r\n  PRINTER STATUS\r\n ERRORS: 1 00000000 00000005".utf8)
            + Array(" WARNINGS: 0 00000000 00000000\u{3}\r\n\"123\"".utf8) + Self.answer()
        var reader = ZPLAnswerReader()
        let dripped = all.flatMap { reader.read([$0]) }
        #expect(dripped == Self.read(all))
        #expect(dripped.count == 4)
        #expect(reader.skipped == 0)
    }

    @Test func `a part of an answer is no answer, and the next one is whole`() {
        let answer = Self.answer()
        for length in 0..<(answer.count - 2) {
            var reader = ZPLAnswerReader()
            #expect(reader.read(Array(answer[..<length])) == [])
            #expect(reader.read(answer).count == 1)
        }
    }

    @Test func `frames out of order are none`() {
        let frames = Self.lines.map { Array("\u{2}\($0)\u{3}\r\n".utf8) }
        #expect(Self.read(frames[1] + frames[0] + frames[2]) == [])
        #expect(Self.read(frames[0] + frames[2]) == [])
        #expect(Self.read(frames[0] + frames[0] + frames[1] + frames[2]).count == 1)
        #expect(Self.read(frames[2] + frames[0] + frames[1] + frames[2] + frames[2]).count == 1)
    }

    @Test(arguments: [
        ("ERRORS: 1 00000000 00000005", [PrinterCondition.paperOut, .headOpen]),
        ("PRINTER STATUS ERRORS: 0 00000000 00000000 WARNINGS: 1 00000000 00000002", []),
        ("ERRORS: 1 00000000 00000002", [.ribbonOut]),
        ("ERRORS: 1 00000000 00000008", [.cutterError]),
        ("ERRORS: 1 00000000 00000030", [.headHot, .motorHot]),
        ("ERRORS: 1 00000000 000000C0", [.headFault]),
        ("ERRORS: 1 00000000 00002000", [.jam]),
        ("ERRORS: 1 00000000 00080000", [.markMissing]),
        ("ERRORS: 1 00000000 80000001", [.paperOut, .errorFatal]),
        ("ERRORS: 1 00000001 00000000", [.errorFatal]),
    ])
    func `error bits are conditions, and unknown ones are not nothing`(
        text: String, conditions: [PrinterCondition]
    ) throws {
        #expect(try #require(ZPLErrorStatus(text)).conditions == conditions)
        #expect(Self.read(Array("\u{2}\(text)\u{3}\r\n".utf8)).count == 1)
        #expect(Self.read(Array("\(text)\r\n".utf8)).count == 1)
    }

    @Test(arguments: [
        "", "ERRORS:", "ERRORS: 1", "ERRORS: 1 00000000", "ERRORS: 2 00000000 00000001",
        "ERRORS: 1 00000000 00000000", "ERRORS: 0 00000000 00000001",
        "ERRORS: 1 0000000 00000001", "ERRORS: 1 00000000 0000000g", "ERRORS: 1 00000000 +0000001",
    ])
    func `what is not quite an error status is none`(text: String) {
        #expect(ZPLErrorStatus(text) == nil)
    }

    @Test func `a printer says who it is`() {
        let plain = "ZD410-203dpi,V84.20.11Z,8,8192KB"
        for text in ["\u{2}\(plain)\u{3}\r\n", "\(plain)\r\n"] {
            guard case .identity(let identity)? = Self.read(Array(text.utf8)).first else {
                Issue.record("no identity in \(text.debugDescription)")
                continue
            }
            #expect(identity.model == "ZD410-203dpi")
            #expect(identity.firmware == "V84.20.11Z")
            #expect(identity.dotsPerMillimetre == 8)
            #expect(identity.memoryKilobytes == 8_192)
        }
        #expect(Self.read(Array("\u{2}M,V1,7,1KB\u{3}".utf8)) == [])
        #expect(Self.read(Array("\u{2}M,1,8,1KB\u{3}".utf8)) == [])
    }

    @Test func `a setting stands between quotation marks`() {
        #expect(Self.read(Array("\"123\"".utf8)) == [.value("123")])
        #expect(Self.read(Array("\"?\"\r\n\"a".utf8)) == [.value("?")])
        #expect(Self.read(Array("\"12\r\n3\"".utf8)) == [])
    }

    @Test func `no bytes whatever trap the reader, and a whole answer after them is read`() {
        var dice = Dice(seed: 21)
        let good = Self.answer()
        for _ in 0..<4_000 {
            var noise = good
            for _ in 0..<Int.random(in: 1...5, using: &dice) {
                let place = Int.random(in: 0..<noise.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: noise[place] = UInt8.random(in: 0...255, using: &dice)
                case 1: noise.removeSubrange(place...)
                default: noise.insert(contentsOf: noise[place...].prefix(20), at: place)
                }
                if noise.isEmpty { noise = [0x02] }
            }
            var reader = ZPLAnswerReader()
            _ = reader.read(noise)
            // A quotation mark left open ends with the line.
            #expect(reader.read([0x0A] + good).last == Self.read(good).first)
        }
    }

    @Test func `what is kept is bounded`() {
        var reader = ZPLAnswerReader()
        let endless = [UInt8(0x02)] + [UInt8](repeating: 0x41, count: 1_000_000)
        #expect(reader.read(endless) == [])
        #expect(reader.skipped >= 1_000_000 - ZPLAnswerReader.frameBytesMax)
    }

    @Test func `a person is told first what they must touch`() {
        #expect(PrintJob.Hold([.paused, .paperOut, .headOpen]) == .headOpen)
        #expect(PrintJob.Hold([.paused, .paperOut]) == .paperOut)
        #expect(PrintJob.Hold([.paperNear, .headCold]) == nil)
        #expect(PrintJob.Hold([.formatPartial, .paused]) == .fault)
    }
}
