import EdgeNode
import FrontDesk
import Testing

@Suite struct CSVLineTests {
    @Test(arguments: [
        "=cmd|'/c calc'!A0", "+1-212-555", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1",
        "\u{FEFF}=1",
    ])
    func `a cell that a spreadsheet would reckon stands behind an apostrophe`(
        cell: String
    ) throws {
        var reader = CSVReader(Array(CSVLine.forPeople([cell, "Rex"]).utf8))
        let fields = try #require(try reader.next()?.get()).fields
        #expect(fields == ["'" + cell, "Rex"])
    }

    @Test(arguments: ["Rex", "a=b", "5-7", "", "say \"hi\", twice\nand more", "o'clock", "😀"])
    func `any other cell is what it was`(cell: String) throws {
        for line in [CSVLine.forPeople([cell, "x"]), CSVLine.text([cell, "x"])] {
            var reader = CSVReader(Array(line.utf8))
            #expect(try #require(try reader.next()?.get()).fields == [cell, "x"])
        }
    }

    @Test func `a file for programs keeps numbers as they are`() {
        #expect(CSVLine.text(["+1-212-555"]) == "+1-212-555\n")
    }
}
