import Testing

@testable import Peripherals

@Suite struct PictureTests {
    private static func picture(_ body: String, _ size: (Int, Int) = (80, 60)) throws
        -> LabelPicture
    {
        let head = "^XA^CI28^LH0,0^PON^PMN^LRN^PW\(size.0)^LL\(size.1)"
        return try ZPLRenderer.draw(Array("\(head)\(body)^PQ1^XZ\n".utf8)).picture
    }

    private static func dots(_ picture: LabelPicture) -> Int {
        (0..<picture.height).reduce(0) { sum, y in
            sum + (0..<picture.width).count { picture[$0, y] }
        }
    }

    @Test func `a box is a frame of its weight, or filled where nothing is left within`() throws {
        let frame = try Self.picture("^FO10,20^GB30,20,2^FS")
        #expect(Self.dots(frame) == 30 * 20 - 26 * 16)
        #expect(frame[10, 20] && frame[39, 39] && !frame[12, 22] && !frame[40, 39])
        let filled = try Self.picture("^FO10,20^GB30,20,10^FS")
        #expect(Self.dots(filled) == 600)
    }

    @Test func `reversed text is white on black and black on white`() throws {
        let plain = try Self.picture("^FO5,5^A0N,40,40^FH_^FDAB^FS")
        let reversed = try Self.picture(
            "^FO0,0^GB80,60,60^FS^FO5,5^A0N,40,40^FR^FH_^FDAB^FS")
        #expect(Self.dots(plain) > 0)
        #expect(Self.dots(reversed) == 80 * 60 - Self.dots(plain))
    }

    @Test func `turned text is the upright text on its back`() throws {
        let upright = try Self.picture("^FO0,0^A0N,40,40^FH_^FDFe^FS", (60, 60))
        let turned = try Self.picture("^FO0,0^A0R,40,40^FH_^FDFe^FS", (60, 60))
        for y in 0..<40 { for x in 0..<60 { #expect(upright[x, y] == turned[39 - y, x]) } }
    }

    @Test(arguments: [
        ("^GS1,2", ZPLRefusal.unknownCommand("^GS")), ("^FO1,1^JUS^FS", .unknownCommand("^JU")),
        ("^FO1,1^A0B,20,20^FDx^FS", .oddParameters("^A0")),
        ("^FO1,1^GB10,10^FS", .oddParameters("^GB")), ("^FO1,1^FS", .incompleteField),
        ("^FDx^FS", .incompleteField), ("^FO1,1^A0N,20,20^FH_^FD_4^FS", .oddParameters("^FD")),
        ("^FO1,1^BQN,2,4^FH_^FDHM,B0009short^FS", .oddParameters("^FD")),
        ("^FO1,1^A0N,20,20^FDx", .incompleteField), ("^PW9999999", .oddPage),
    ])
    func `what our encoder does not write is refused by name`(
        body: String, refusal: ZPLRefusal
    ) {
        #expect(throws: refusal) { try Self.picture(body) }
    }

    @Test func `all that the encoder writes is drawn, wherever the stream is cut`() throws {
        let document = TagDocument(
            width: 50, height: 30, feed: .upright,
            elements: [
                .text(
                    TextLine("Bärli ^XA~", in: Frame(x: 2, y: 2, width: 20, height: 5), least: 3)),
                .code(
                    QRCode(
                        "WRN1:A:01ARZ3NDEKTSV4RRFFQ69G5FAVCJ",
                        in: Frame(x: 24, y: 2, width: 25, height: 25), correction: .medium)),
                .rule(Rule(Frame(x: 2, y: 10, width: 20, height: 1))),
            ])
        let printer = ZPL.Printer(dotsPerMillimetre: 8, headDots: 448)
        let bytes = try ZPL.encode(document, copies: 3, for: printer).bytes
        let whole = try ZPLRenderer.draw(bytes)
        #expect(whole.copies == 3 && whole.picture.width == 400 && whole.picture.height == 240)
        for cut in 1..<bytes.count {
            var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 448)
            let now = ContinuousClock.now
            let effects =
                printer.handle(.received(Array(bytes[..<cut])), at: now)
                + printer.handle(.received(Array(bytes[cut...])), at: now)
            #expect(effects == [.printed(whole)])
        }
    }

    @Test func `no bytes trap a virtual printer`() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "^XA", "^XZ", "^FO1,1", "~HS", "^FD", "^FS", "^GB9,9,9", "\"", "! U1", "\n", "^",
        ]
        for _ in 0..<2_000 {
            var printer = VirtualZPLPrinter(dotsPerMillimetre: 8, headDots: 64)
            var bytes: [UInt8] = []
            for _ in 0..<20 {
                bytes += Array(words.randomElement(using: &random)?.utf8 ?? "".utf8)
                bytes.append(UInt8.random(in: 0...255, using: &random))
            }
            _ = printer.handle(.received(bytes), at: ContinuousClock.now)
        }
    }

    @Test func `a picture file has its chunks, its sizes and its sums`() throws {
        var picture = LabelPicture(width: 10, height: 2)
        picture.burn(x: 0, y: 0, width: 1, height: 1)
        let file = picture.png(comment: "virtual")
        #expect(Array(file[1...3]) == Array("PNG".utf8))
        #expect(Array(file[16..<24]) == [0, 0, 0, 10, 0, 0, 0, 2])
        // The sum over the end's empty chunk is the same in every file.
        #expect(Array(file.suffix(4)) == [0xAE, 0x42, 0x60, 0x82])
        #expect(String(decoding: file, as: Unicode.ASCII.self).contains("Comment\0virtual"))
    }

    @Test func `a page turned four times is itself`() throws {
        let picture = try Self.picture("^FO3,4^A0N,30,30^FH_^FDRex^FS")
        #expect(picture.turned.turned.turned.turned == picture)
        #expect(picture.turned.width == 60 && picture.turned != picture)
    }
}
