import LabelRaster
import Peripherals
import Testing

@Suite struct FontRasterTests {
    /// Rows and columns that have a black dot.
    private static func ink(_ picture: LabelPicture) -> (rows: [Int], columns: [Int]) {
        let rows = (0..<picture.height).filter { y in
            (0..<picture.width).contains { picture[$0, y] }
        }
        let columns = (0..<picture.width).filter { x in
            (0..<picture.height).contains { picture[x, $0] }
        }
        return (rows, columns)
    }

    @Test(arguments: [
        "Žofie", "Łukasz Wójcik", "Đorđe", "Şahin", "Őrsi", "Nguyễn", "Ολίβια", "Ρεξ", "Бобик",
        "Ѓорѓи", "Їжак", "Straße 5, 2nd floor – “A”",
    ])
    func `names of Europe are drawn, every letter of them`(name: String) throws {
        let raster = try FontRaster()
        for height in [18, 64, 150] {
            let letters = Array(name)
            let widths = try letters.map { try #require(raster.width(of: $0)) }
            let picture = raster.draw(letters, height: height)
            #expect(picture.height == height)
            let (rows, columns) = Self.ink(picture)
            #expect(rows.count > height / 3)
            let wide = widths.reduce(0, +) * height / 1_000
            #expect(columns.count > wide / 3 && (columns.last ?? 0) <= wide + 2)
        }
    }

    @Test func `a capital has three quarters of the line, and its accent stays within it`() throws {
        let raster = try FontRaster()
        let plain = Self.ink(raster.draw(["Z"], height: 100)).rows
        #expect((plain.first ?? 99) <= 2)
        #expect((73...77).contains(plain.last ?? 0))
        let accented = Self.ink(raster.draw(["Ž"], height: 100)).rows
        #expect(accented.first ?? -1 >= 0)
        // Nothing was cut off above: the accent is a mark of its own, with white below it.
        #expect((accented.last ?? 0) <= 77)
        let gaps = (accented.first ?? 0)...(accented.last ?? 0)
        #expect(gaps.count > accented.count)
    }

    @Test func `descenders stay on the line`() throws {
        let rows = Self.ink(try FontRaster().draw(Array("gyјџЦ"), height: 100)).rows
        #expect((rows.last ?? 0) > 80 && (rows.last ?? 100) < 100)
    }

    @Test func `an accent that was typed apart is the same letter`() throws {
        let raster = try FontRaster()
        let apart: [Character] = ["Z\u{30C}", "e\u{301}"]
        let composed: [Character] = ["Ž", "é"]
        #expect(apart.map(raster.width(of:)) == composed.map(raster.width(of:)))
        #expect(raster.draw(apart, height: 60) == raster.draw(composed, height: 60))
    }

    @Test(arguments: ["ل", "ש", "柴", "ル", "🐶", "नि", "\u{202E}", "\u{301}", "\n", "\u{7F}"])
    func `what must be shaped, or is no letter, is left to others`(text: String) throws {
        let raster = try FontRaster()
        for character in text { #expect(raster.width(of: character) == nil) }
    }

    @Test func `a font that is not there is named with its remedy`() {
        let fault = #expect(throws: FontRaster.Fault.self) { try FontRaster(["/nowhere/a.ttf"]) }
        #expect(fault?.description.contains("fonts-dejavu-extra") == true)
    }

    @Test func `many may draw at once`() async throws {
        let raster = try FontRaster()
        let alone = raster.draw(Array("Žofie"), height: 80)
        await withTaskGroup(of: LabelPicture.self) { group in
            for place in 0..<64 {
                group.addTask {
                    _ = raster.draw(Array("Бобик"), height: 20 + place)
                    return raster.draw(Array("Žofie"), height: 80)
                }
            }
            for await picture in group { #expect(picture == alone) }
        }
    }
}
