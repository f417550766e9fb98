import Peripherals
import Testing

@Suite struct ParagraphTests {
    @Test func `a paragraph wraps between words`() throws {
        #expect(
            try Self.lines("one cup of dry food twice a day") == [
                "one cup of dry", "food twice a day",
            ])
        #expect(try Self.lines("a\nb\r\nc") == ["a", "b", "c"])
        #expect(try Self.lines("") == [])
        #expect(try Self.lines("a\n\nb") == ["a", "b"])
    }

    @Test func `a word wider than the frame is broken, and no letter is lost`() throws {
        let word = "Donaudampfschifffahrtsgesellschaft"
        let lines = try Self.lines(word)
        #expect(lines.count > 1)
        #expect(lines.joined() == word)
    }

    @Test func `what does not fit is set smaller first and cut then`() throws {
        func findings(_ text: String) throws -> [ZPL.Finding.Kind] {
            try Self.label(text).findings.map(\.kind)
        }
        #expect(try findings("one cup of dry food") == [])
        #expect(try findings("one cup of dry food and half a tin of lamb at six") == [.shrunk])
        let endless = String(repeating: "lamb and rice ", count: 40)
        #expect(try findings(endless) == [.cut])
        #expect(try Self.lines(endless).last?.hasSuffix("...") == true)
        #expect(try findings("🐕") == [.replaced])
        #expect(try findings(String(repeating: "a", count: 100_000)) == [.cut])
    }

    @Test func `no line is wider than its frame or below it, whatever the words`() throws {
        var dice = Dice(seed: 31)
        for _ in 0..<500 {
            let words = (0..<Int.random(in: 0...40, using: &dice)).map { _ -> String in
                let letter = Array("WMil.é^~").randomElement(using: &dice) ?? "a"
                return String(
                    repeating: letter, count: Int.random(in: 1...15, using: &dice))
            }
            let label = try Self.label(words.joined(separator: " "))
            let commands = String(decoding: label.bytes, as: UTF8.self).split(separator: "\n")
            for command in commands where command.contains("^FD") {
                let place = try #require(command.firstMatch(of: /\^FO16,(\d+)\^A0N,(\d+),/))
                let (top, height) = (Int(place.1) ?? 0, Int(place.2) ?? 999)
                #expect(top >= 16 && top + height <= 16 + 88)
            }
            #expect(commands.count { $0.contains("^FD") } <= 6)
        }
    }

    @Test func `centred lines stand in the middle of their frame, and never outside`() throws {
        for text in ["one", "one cup of dry food twice", String(repeating: "food ", count: 60)] {
            let bytes = try ZPL.encode(
                TagDocument(
                    width: 50, height: 25, feed: .upright,
                    elements: [
                        .paragraph(
                            Paragraph(
                                text, in: Frame(x: 2, y: 2, width: 33, height: 11), lineHeight: 5,
                                least: 2.5, alignment: .centred))
                    ]), for: ZPL.Printer(headDots: 832)
            ).bytes
            let picture = try ZPLRenderer.draw(bytes).picture
            let rows = (0..<picture.height).filter { y in
                (0..<picture.width).contains { picture[$0, y] }
            }
            let columns = (0..<picture.width).filter { x in
                (0..<picture.height).contains { picture[x, $0] }
            }
            let (top, end) = (try #require(rows.first), try #require(rows.last))
            let (left, right) = (try #require(columns.first), try #require(columns.last))
            #expect(top >= 16 && end < 16 + 88 && left >= 16 && right < 16 + 264)
            #expect(abs((left - 16) - (16 + 264 - right)) <= 40, "\(text.prefix(20))")
            #expect(abs((top - 16) - (16 + 88 - end)) <= 20, "\(text.prefix(20))")
        }
    }

    /// A frame of 25 by 11 mm, lines of 5 mm and at least 2.5 mm.
    private static func label(_ text: String) throws -> ZPL.Label {
        try ZPL.encode(
            TagDocument(
                width: 50, height: 25, feed: .upright,
                elements: [
                    .paragraph(
                        Paragraph(
                            text, in: Frame(x: 2, y: 2, width: 33, height: 11), lineHeight: 5,
                            least: 2.5))
                ]), for: ZPL.Printer(headDots: 832))
    }

    private static func lines(_ text: String) throws -> [String] {
        String(decoding: try label(text).bytes, as: UTF8.self).split(separator: "\n")
            .compactMap { line in
                line.firstRange(of: "^FD").map {
                    String(line[$0.upperBound...]).replacing("^FS", with: "")
                }
            }
    }
}
