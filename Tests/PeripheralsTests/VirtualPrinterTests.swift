import Testing

@testable import Peripherals

@Suite struct VirtualPrinterTests {
    private static let label = Array(
        "^XA^CI28^LH0,0^PON^PMN^LRN^PW80^LL40^FO1,1^GB9,9,9^FS\n^PQ2^XZ\n".utf8)
    private static let count = Array("! U1 getvar \"odometer.total_label_count\"\r\n".utf8)

    private static func answers(
        _ printer: inout VirtualZPLPrinter, to question: String
    ) -> [ZPLAnswer] {
        var reader = ZPLAnswerReader()
        return printer.handle(.received(Array(question.utf8)), at: ContinuousClock.now)
            .flatMap { effect -> [ZPLAnswer] in
                if case .answer(let bytes) = effect { reader.read(bytes) } else { [] }
            }
    }

    @Test func `it answers what our drivers ask in words that they understand`() {
        var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 832)
        guard case .status(let status)? = Self.answers(&printer, to: "~HS").first,
            case .errors(let errors)? = Self.answers(&printer, to: "~HQES").first,
            case .identity(let identity)? = Self.answers(&printer, to: "~HI").first
        else {
            Issue.record("an answer is missing")
            return
        }
        #expect(status.conditions.isEmpty && status.isDrained)
        #expect(errors.conditions.isEmpty)
        #expect(identity.dotsPerMillimetre == 8)
    }

    @Test func `it counts the copies that it made`() {
        var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 832)
        _ = printer.handle(.received(Self.label), at: ContinuousClock.now)
        let question = String(decoding: Self.count, as: UTF8.self)
        #expect(Self.answers(&printer, to: question) == [.value("2")])
    }

    @Test func `without paper it says no status, names its error and prints when there is some`() {
        var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 832)
        let now = ContinuousClock.now
        _ = printer.handle(.fault(.paperOut), at: now)
        #expect(printer.handle(.received(Self.label), at: now).isEmpty)
        #expect(Self.answers(&printer, to: "~HS").isEmpty)
        guard case .errors(let errors)? = Self.answers(&printer, to: "~HQES").first else {
            Issue.record("it names no error")
            return
        }
        #expect(errors.conditions == [.paperOut])
        let fed = printer.handle(.fault(.none), at: now)
        #expect(fed.count == 1)
    }

    @Test func `a mute one answers nothing and prints`() {
        var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 832)
        let now = ContinuousClock.now
        _ = printer.handle(.fault(.mute), at: now)
        #expect(printer.handle(.received(Array("~HS~HQES~HI".utf8) + Self.count), at: now).isEmpty)
        #expect(printer.handle(.received(Self.label), at: now).count == 1)
    }

    @Test func `a label with an unknown command is refused whole and the next one printed`() {
        var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 832)
        let odd = Array("^XA^CI28^PW80^LL40^XGR:LOGO.GRF^FS^XZ".utf8)
        let effects = printer.handle(.received(odd + Self.label), at: ContinuousClock.now)
        #expect(effects.first == .refused(.unknownCommand("^XG")))
        guard case .printed? = effects.last else {
            Issue.record("the next label was not printed")
            return
        }
        #expect(effects.count == 2)
    }
}
