import Testing

@testable import Peripherals

/// Lines that a printer's own font cannot set go to it as dots.
@Suite struct GraphicTests {
    /// Knows a few letters, all half as wide as high, and draws them as one black bar.
    private struct Bars: TextRaster {
        func width(of character: Character) -> Int? {
            "ЖЗИ ABCell.?".contains(character) ? 500 : nil
        }

        func draw(_ characters: [Character], height: Int) -> LabelPicture {
            var bar = LabelPicture(width: characters.count * height / 2, height: height)
            bar.burn(x: 0, y: 0, width: bar.width, height: height)
            return bar
        }
    }

    @Test func `any picture survives the way to the printer`() {
        var dice = Dice(seed: 7)
        for _ in 0..<400 {
            var picture = LabelPicture(
                width: 8 * Int.random(in: 1...60, using: &dice),
                height: Int.random(in: 1...40, using: &dice))
            for _ in 0..<Int.random(in: 0...12, using: &dice) {
                picture.burn(
                    x: Int.random(in: -20...400, using: &dice),
                    y: Int.random(in: -5...40, using: &dice),
                    width: Int.random(in: 1...480, using: &dice),
                    height: Int.random(in: 1...9, using: &dice), isReversed: true)
            }
            var bytes: [UInt8] = []
            ZPLGraphic.write(picture, to: &bytes)
            #expect(bytes.starts(with: "^GFA,".utf8))
            #expect(bytes.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(ZPLGraphic.read(Array(bytes.dropFirst(3))) == picture)
        }
    }

    @Test(arguments: [
        "", "A", "A,2,2,1,", "A,2,2,1,FF", "A,2,2,1,FFF", "A,2,2,1,FFFFF", "A,2,3,1,FFFF",
        "B,2,2,1,FFFF", "A,2,2,0,FFFF", "A,2,2,1,:", "A,2,2,1,HFFFz", "A,3,3,2,FFFFFF",
        "A,2,2,1,zFzF", "A,2,2,1,GG",
    ])
    func `what is no whole picture is refused`(text: String) {
        #expect(ZPLGraphic.read(Array(text.utf8)) == nil)
    }

    @Test(arguments: [TagDocument.Feed.upright, .sideways])
    func `a name that the font lacks is drawn where its text would stand`(
        feed: TagDocument.Feed
    ) throws {
        let label = try Self.label("ЖЗИ", feed)
        #expect(label.findings.isEmpty)
        let drawn = try ZPLRenderer.draw(label.bytes)
        let picture = feed == .sideways ? drawn.picture.turned : drawn.picture
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let isBar = (16..<(16 + 96)).contains(x) && (24..<(24 + 64)).contains(y)
                #expect(picture[x, y] == isBar)
            }
        }
    }

    @Test func `a name that does not fit is drawn smaller, then cut with dots`() throws {
        #expect(try Self.label("ЖЗИЖЗИЖЗИ", .upright).findings.map(\.kind) == [.shrunk])
        let long = String(repeating: "ЖЗИ ", count: 30)
        let label = try Self.label(long, .upright)
        #expect(label.findings.map(\.kind) == [.cut])
        let picture = try ZPLRenderer.draw(label.bytes).picture
        for y in 0..<picture.height {
            for x in (16 + 240)..<picture.width { #expect(!picture[x, y]) }
        }
    }

    @Test func `what the printer can set is its own text, with and without a raster`() throws {
        let document = Self.document("Bella", .upright)
        let printer = ZPL.Printer(headDots: 832)
        #expect(
            try ZPL.encode(document, for: printer)
                == (try ZPL.encode(document, for: printer, raster: Bars())))
    }

    @Test func `a letter that nobody can set shows as a question mark and is told`() throws {
        let label = try Self.label("Ж🐕", .upright)
        #expect(label.findings.map(\.kind) == [.replaced])
        // Drawing that loses as much as the printer's own letters is no gain.
        let own = try Self.label("Be🐕", .upright)
        #expect(own.findings.map(\.kind) == [.replaced])
        #expect(String(decoding: own.bytes, as: UTF8.self).contains("^FDBe_3F^FS"))
    }

    @Test func `reversed, a drawn line is white on black`() throws {
        let document = TagDocument(
            width: 50, height: 25, feed: .upright,
            elements: [
                .rule(Rule(Frame(x: 0, y: 0, width: 50, height: 25))),
                .text(
                    TextLine(
                        "ЖЗ", in: Frame(x: 2, y: 3, width: 30, height: 8), least: 2,
                        isReversed: true)),
            ])
        let bytes = try ZPL.encode(
            document, for: ZPL.Printer(headDots: 832), raster: Bars()
        ).bytes
        let picture = try ZPLRenderer.draw(bytes).picture
        #expect(!picture[17, 30] && picture[15, 30] && picture[17, 23] && picture[17, 100])
    }

    private static func label(
        _ text: String, _ feed: TagDocument.Feed
    ) throws -> ZPL.Label {
        try ZPL.encode(document(text, feed), for: ZPL.Printer(headDots: 832), raster: Bars())
    }

    /// A line in a frame of 240 by 64 dots at 16, 24.
    private static func document(_ text: String, _ feed: TagDocument.Feed) -> TagDocument {
        TagDocument(
            width: 50, height: 25, feed: feed,
            elements: [
                .text(TextLine(text, in: Frame(x: 2, y: 3, width: 30, height: 8), least: 3))
            ])
    }
}
