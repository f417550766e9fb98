import Peripherals
import Testing

@Suite struct ZPLTests {
    private static let printer = ZPL.Printer(headDots: 832)

    private static let document = TagDocument(
        width: 50, height: 25, feed: .upright,
        elements: [
            .text(TextLine("Rex", in: Frame(x: 2, y: 2, width: 20, height: 5), least: 3)),
            .rule(Rule(Frame(x: 2, y: 8, width: 20, height: 0.5))),
            .code(
                QRCode(
                    "WRN1", in: Frame(x: 25, y: 0, width: 25, height: 25), correction: .high)),
        ])

    @Test func `an upright label is these bytes`() throws {
        let golden = [
            "^XA^CI28",  // begin; text is UTF-8
            "^LH0,0^PON^PMN^LRN",  // undo whatever another program left behind
            "^PW400^LL200",  // 50 by 25 mm at 8 dots a millimetre
            "^FO16,16^A0N,40,40^FH_^FDRex^FS\n",  // 2 mm in, 5 mm high
            "^FO16,64^GB160,4,4^FS\n",  // 20 mm long, half a millimetre thick
            "^FO237,32^BQN,2,6",  // a box of 200 dots holds 21 + 8 modules of 6 dots
            "^FH_^FDHM,AWRN1^FS\n",  // most correction, manual, alphanumeric
            "^PQ2^XZ\n",  // two copies
        ].joined()
        let label = try ZPL.encode(Self.document, copies: 2, for: Self.printer)
        #expect(String(decoding: label.bytes, as: UTF8.self) == golden)
        #expect(label.findings == [])
    }

    @Test func `a sideways label is the same page turned clockwise`() throws {
        let page = TagDocument(
            width: 279, height: 25, feed: .sideways,
            elements: [
                .text(TextLine("Rex", in: Frame(x: 40, y: 2, width: 80, height: 10), least: 5)),
                .rule(Rule(Frame(x: 130, y: 3, width: 0.5, height: 19))),
            ])
        let golden = [
            "^XA^CI28^LH0,0^PON^PMN^LRN",
            "^PW200^LL2232",  // 25 mm lie across the head, 279 mm along the strip
            "^FO104,320^A0R,80,80^FH_^FDRex^FS\n",  // 200 - 16 - 80 from the left edge
            "^FO24,1040^GB152,4,4^FS\n",  // upright on the page, lying on the strip
            "^PQ1^XZ\n",
        ].joined()
        let label = try ZPL.encode(page, for: Self.printer)
        #expect(String(decoding: label.bytes, as: UTF8.self) == golden)
    }

    @Test(arguments: [
        ("Rex^~_", "Rex_5E_7E_5F"), ("a\\&b", "a_5C_26b"), ("é", "_C3_A9"),
        ("e\u{301}", "_C3_A9"), ("a\nb\tc\r\nd", "a b c d"), ("\u{1B}\u{0}", "_3F_3F"),
        ("a,b", "a_2Cb"), ("", ""),
    ])
    func `text is data`(text: String, written: String) throws {
        let label = try Self.line(text)
        #expect(String(decoding: label.bytes, as: UTF8.self).contains("^FH_^FD\(written)^FS"))
    }

    @Test func `text that is too long shrinks first and is cut then`() throws {
        #expect(try Self.line("Bella").findings == [])
        #expect(try Self.line("Bella von der Au").findings.map(\.kind) == [.shrunk])
        let cut = try Self.line(String(repeating: "Wolfram ", count: 9))
        #expect(cut.findings.map(\.kind) == [.cut])
        #expect(String(decoding: cut.bytes, as: UTF8.self).contains("Wolfram Wolfra...^FS"))
    }

    @Test(arguments: ["ماكس", "Zoë 🐕", "柴犬", "\u{202E}xer", "Łukasz"])
    func `what the font lacks is marked and reported`(text: String) throws {
        let label = try Self.line(text)
        #expect(label.findings.first?.kind == .replaced)
        #expect(String(decoding: label.bytes, as: UTF8.self).contains("_3F"))
    }

    @Test func `a printer with plain letters only says so of an accent`() throws {
        let plain = ZPL.Printer(headDots: 832, repertoire: .ascii)
        let page = TagDocument(
            width: 50, height: 25, feed: .upright,
            elements: [
                .text(TextLine("Zoë", in: Frame(x: 2, y: 2, width: 40, height: 5), least: 3))
            ])
        #expect(try ZPL.encode(page, for: plain).findings.map(\.kind) == [.replaced])
    }

    @Test func `a page that cannot be printed is refused with its reason`() {
        func problem(_ page: TagDocument, copies: Int = 1) -> ZPL.Problem? {
            do throws(ZPL.Problem) {
                _ = try ZPL.encode(page, copies: copies, for: Self.printer)
                return nil
            } catch { return error }
        }
        func page(_ width: Double, _ elements: [TagDocument.Element] = []) -> TagDocument {
            TagDocument(width: width, height: 25, feed: .upright, elements: elements)
        }
        func code(_ payload: String, _ side: Double = 20) -> TagDocument {
            page(
                50,
                [
                    .code(
                        QRCode(
                            payload, in: Frame(x: 0, y: 0, width: side, height: side),
                            correction: .low))
                ])
        }
        let outside = Rule(Frame(x: 49, y: 0, width: 2, height: 1))
        #expect(problem(page(105)) == .pageTooWide(dots: 840, headDots: 832))
        #expect(problem(page(.nan)) == .emptyPage)
        #expect(problem(page(0)) == .emptyPage)
        #expect(problem(page(50), copies: 0) == .copiesOutOfRange(0))
        #expect(problem(page(50), copies: 101) == .copiesOutOfRange(101))
        #expect(problem(page(50, [.rule(outside)])) == .offThePage(element: 0))
        #expect(problem(code("")) == .unusablePayload(element: 0))
        #expect(problem(code("é")) == .unusablePayload(element: 0))
        #expect(problem(code("^XA\n")) == .unusablePayload(element: 0))
        #expect(problem(code("A", 5)) == .codeTooSmall(element: 0))
        let many = [TagDocument.Element](
            repeating: .rule(Rule(Frame(x: 0, y: 0, width: 1, height: 1))), count: 129)
        #expect(problem(page(50, many)) == .tooManyElements(129))
    }

    @Test func `the tag's code needs 29 modules`() {
        let code = "WRN1:A:00000000000000000000000000Z9"
        #expect(QRSymbol(code, correction: .high)?.modules == 29)
        #expect(QRSymbol(code.lowercased(), correction: .high)?.modules == 37)
        #expect(QRSymbol(String(repeating: "A", count: 400), correction: .low) == nil)
    }

    private static func line(_ text: String) throws -> ZPL.Label {
        try ZPL.encode(
            TagDocument(
                width: 50, height: 25, feed: .upright,
                elements: [
                    .text(
                        TextLine(
                            text, in: Frame(x: 2, y: 2, width: 25, height: 5), least: 3.5))
                ]), for: printer)
    }
}
