import FrontDesk
import Testing

@testable import EdgeNode

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

    @Test(arguments: [
        "+1 212 555 0100", "'+1 212 555 0100", "''=1", "'", "''", "' +1", " '+1", "'quoted'", "Rex",
        "'＝1", "'\u{301}=1", "'\r\n=1",
    ])
    func `what is written for people reads as what it was`(field: String) throws {
        var reader = CSVReader(Array(CSVLine.forPeople([field]).utf8))
        let read = try #require(try reader.next()?.get()).fields
        #expect(read.map { Array(CSVLine.unguarded($0).utf8) } == [Array(field.utf8)])
    }

    @Test func `a file for programs keeps numbers as they are`() {
        #expect(CSVLine.text(["+1-212-555"]) == "+1-212-555\n")
    }
}
