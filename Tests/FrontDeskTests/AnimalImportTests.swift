import CRDT
import Foundation
import FrontDesk
import Testing

@Suite struct AnimalImportTests {
    @Test func `44,992 licences are 18,930 dogs`() throws {
        let file = try AnimalImport(Self.licences(), by: .dogLicences)
        #expect(file.rowsRead == 44_992)
        #expect(file.animals.count == 18_930)
        #expect(file.rowsFolded == 26_062)
        #expect(file.skippedRows == 0)
        #expect(file.animals.filter { $0.rows == 1 }.count == 6_806)
        #expect(file.animals.filter { $0.rows == 2 }.count == 4_698)
        #expect(file.animals.filter { $0.rows == 3 }.count == 3_593)
        #expect(file.animals.filter { $0.name == nil }.count == 516)
    }

    @Test func `an import is transactions within bounds, and its batch row is the last`() throws {
        let schema = try Packs.schema()
        let file = try AnimalImport(Self.licences(), by: .dogLicences)
        var ids = RowIDSource(prefix: 1)
        let batch = AnimalImport.Batch(
            id: ids.draw(), site: RowID(1), staff: nil, fileName: "licences.csv",
            fileHash: [1, 2], importedAt: 0)
        let transactions = try file.transactions(of: batch, schema, ids: &ids)
        #expect(transactions.map(\.count) == [4_096, 4_096, 4_096, 4_096, 2_547])
        #expect(transactions.last?.last?.row == batch.id)
        #expect(Set(transactions.joined().map(\.row)).count == 18_931)
        for rows in transactions {
            try Transaction(stamp: .zero, rows: rows).validate(schema)
        }
    }

    @Test func `a faulty row is listed with its number and the others are taken`() throws {
        let text = """
            animal_name,animal_gender,animal_birth_year,breed_rc,zip_code
            Rex,M,2010,Boxer,10025
            Rex,M,2010
            Rex,M,2010,Boxer,10025
            N/A,,12,Unknown,10025
            """
        let file = try AnimalImport(Array(text.utf8), by: .dogLicences)
        #expect(file.animals.map(\.rows) == [2, 1])
        #expect(file.skipped == [.wrongWidth(record: 3, fields: 3, expected: 5)])
        #expect(file.animals[1].name == nil)
        #expect(file.animals[1].birthYear == nil)
        #expect(file.animals[1].breed == nil)
    }

    @Test func `a file without the column is refused by name`() {
        let found = ["animal_name", "breed_rc"]
        #expect(throws: AnimalImport.Problem.columnMissing("animal_gender", found: found)) {
            try AnimalImport(Array("animal_name,breed_rc\n".utf8), by: .dogLicences)
        }
        #expect(throws: AnimalImport.Problem.noHeader) { try AnimalImport([], by: .dogLicences) }
    }

    static func licences() throws -> [UInt8] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Data/nyc-dog-licences.csv")
        return try [UInt8](Data(contentsOf: file))
    }

    @Test func `a file with semicolons is told to use commas`() {
        #expect(throws: AnimalImport.Problem.columnMissing("animal_name", found: ["name;age"])) {
            _ = try AnimalImport(Array("name;age\nRex;3\n".utf8), by: .dogLicences)
        }
        let problem = AnimalImport.Problem.columnMissing("animal_name", found: ["name;age"])
        #expect(problem.sentence.contains("use commas"))
    }
}
