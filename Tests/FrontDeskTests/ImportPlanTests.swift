import CRDT
import Foundation
import FrontDesk
import Testing

@Suite struct ImportPlanTests {
    @Test func `44,992 licences are 18,930 dogs, and those that are alike wait for a person`()
        throws
    {
        let scene = try ImportScene(.licences)
        let file = try scene.read(try ImportScene.licences())
        #expect(file.rows == 44_992)
        #expect(file.ledger.count == 18_930)
        #expect(file.folded == 26_062)
        #expect(file.problems.isEmpty)
        let names = try #require(scene.field("animal", "name"))
        #expect(file.firsts.count { row in !row.cells.contains { $0.field == names } } == 516)
        let groups = Dictionary(grouping: file.ledger.groups, by: \.review)
        let breeds = groups["alike in all but the breed"] ?? []
        let years = groups["alike in all but the year of birth"] ?? []
        #expect(breeds.count == 1_566)
        #expect(breeds.reduce(0) { $0 + $1.rows.count } == 3_595)
        #expect(years.count == 852)
        #expect(years.reduce(0) { $0 + $1.rows.count } == 1_965)
    }

    @Test(arguments: [
        (
            "A-1,O-1,Rex,dog,Boxer,M,31.02.2019",
            "row 2, column birth_date: “31.02.2019” is no date; expected YYYY-MM-DD or YYYY-MM "
                + "or YYYY or DD.MM.YYYY or MM/DD/YYYY"
        ),
        (
            "A-1,O-1,Rex,dog,Boxer,M,12/25/2019x",
            "row 2, column birth_date: “12/25/2019x” is no date; expected YYYY-MM-DD or YYYY-MM "
                + "or YYYY or DD.MM.YYYY or MM/DD/YYYY"
        ),
        (
            "A-1,O-1,Rex,dog,Boxer,M,25/12/2019",
            "row 2, column birth_date: “25/12/2019” is no date; expected YYYY-MM-DD or YYYY-MM "
                + "or YYYY or DD.MM.YYYY or MM/DD/YYYY. With day and month the other way round "
                + "it is one: if the file writes them so, other days of it were taken wrongly "
                + "without a word; correct “date” in the mapping and import again"
        ),
        (
            "A-1,O-1,Rex,dog,Boxer,X,2019",
            "row 2, column sex: “X” is not among the known words; expected F, M, female, male"
        ),
        ("A-1,O-1,Rex,,Boxer,M,2019", "row 2, column species: is blank and must not be"),
        ("A-1,O-1,Rex", "row 2: has 3 fields, the header has 7"),
        (
            " ,O-1,Rex,dog,,,",
            "row 2, column animal_id: is blank; without it nobody could tell the animal in the "
                + "next file"
        ),
        (
            "A-1,O-1,Re\u{0}x,dog,,,",
            "row 2, column name: holds the control character U+0000; remove it"
        ),
        (
            "A-1,O-1,Rex,dog,,,2019\nA-1,O-1,Max,dog,,,2019",
            "row 3: has the same key as row 2 and says something else of the animal"
        ),
    ])
    func `a faulty row is told by number, column and what was expected`(
        rows: String, sentence: String
    ) throws {
        let scene = try ImportScene(.animals)
        let text = "animal_id,owner_id,name,species,breed,sex,birth_date\n" + rows
        #expect(try scene.read(Array(text.utf8)).problems == [sentence])
    }

    @Test(arguments: [
        ("2019", "2019-01-01", "year"), ("2019-07", "2019-07-01", "month"),
        ("2019-07-04", "2019-07-04", "day"), ("4.7.2019", "2019-07-04", "day"),
        ("7/4/2019", "2019-07-04", "day"),
    ])
    func `a day is kept with how exactly it is known`(
        text: String, day: String, precision: String
    ) throws {
        let scene = try ImportScene(.animals)
        let file = try scene.read(
            Array("animal_id,owner_id,name,species,breed,sex,birth_date\nA,,,dog,,,\(text)".utf8))
        let row = try #require(file.firsts.first)
        #expect(scene.text(row, "birth_date") == day)
        #expect(scene.text(row, "birth_precision") == precision)
    }

    @Test func `the same number of the same source is the same record, and of another is not`()
        throws
    {
        let text = "owner_id,given,family,display,language\nO-1,Ada,Baker,Ada Baker,en\n"
        let first = try ImportScene(.owners).read(Array(text.utf8)).firsts.map(\.id)
        let again = try ImportScene(.owners, site: 2).read(Array(text.utf8)).firsts.map(\.id)
        let other = try ImportScene(.owners, source: "other").read(Array(text.utf8)).firsts
        let tenant = try ImportScene(.owners, tenant: 9).read(Array(text.utf8)).firsts
        #expect(first == again)
        #expect(first != other.map(\.id))
        #expect(first != tenant.map(\.id))
    }

    @Test func `what a site owns is another record at another site`() throws {
        let text = "code,kind,area,size,max_animals,site\nA01R,run,A,small,2,\n"
        let north = try ImportScene(.runs).read(Array(text.utf8)).firsts
        let south = try ImportScene(.runs, site: 2).read(Array(text.utf8)).firsts
        #expect(north.count == 1 && south.count == 1)
        #expect(north.map(\.id) != south.map(\.id))
    }

    @Test func `a mapping is refused with every sentence of what is wrong`() throws {
        let document = """
            {"format": 1, "name": "x", "source": "s", "records": [
              {"collection": "animal", "key": ["no"], "fields": {
                "nme": {"column": "a"}, "birth_date": {"column": "a", "date": ["DD"]},
                "import_batch": {"column": "a"}, "name": {"text": "a", "number": 1}}},
              {"collection": "credential", "key": ["a"], "fields": {}}]}
            """
        let mapping = try JSONDecoder().decode(ImportMapping.self, from: Data(document.utf8))
        let sentences = ImportScene.problems(mapping, header: ["a", "b"])
        #expect(sentences.contains("animal has no field nme."))
        #expect(sentences.contains("An import may not write credential."))
        #expect(sentences.contains("The header names no column “no”; it has a, b."))
        #expect(sentences.contains("animal.import_batch is filled by the import itself."))
        #expect(sentences.contains { $0.contains("names the year (YYYY) not exactly once") })
        #expect(sentences.contains { $0.contains("only one of them") })
    }

    @Test func `semicolons between columns are told to be commas`() throws {
        let scene = try ImportScene(.owners)
        let sentences = ImportScene.problems(scene.mapping, header: ["owner_id;given;family"])
        #expect(sentences.contains { $0.contains("use commas") })
    }
}

/// A mapping bound to a made-up box.
struct ImportScene {
    let mapping: ImportMapping
    let schema: Schema
    private let place: ImportPlan.Place

    struct Outcome {
        var rows = 0
        var folded = 0
        var problems: [String] = []
        var firsts: [ImportedRow] = []
        var ledger: ImportLedger
    }

    init(
        _ shipped: ShippedMapping, site: UInt128 = 1, source: String? = nil, tenant: UInt128 = 5
    ) throws {
        var text = String(decoding: shipped.document, as: UTF8.self)
        if let source { text = text.replacingOccurrences(of: "previous-system", with: source) }
        mapping = try JSONDecoder().decode(ImportMapping.self, from: Data(text.utf8))
        schema = try Packs.schema()
        place = Self.place(site: site, tenant: tenant, try Packs.shipped())
    }

    private static func place(
        site: UInt128, tenant: UInt128, _ packs: [Pack]
    ) -> ImportPlan.Place {
        ImportPlan.Place(
            tenant: TenantID(tenant), site: RowID(site), sites: ["North": RowID(1)],
            rules: RecordRules(packs),
            writable: [
                "animal", "animal_owner", "party", "party_contact", "vaccination", "booking",
                "booking_item", "resource", "resource_claim",
            ])
    }

    func read(_ bytes: [UInt8]) throws -> Outcome {
        var reader = CSVReader(bytes)
        let header = try #require(try reader.next()?.get())
        var plan = try ImportPlan(mapping, header: header.fields, schema, place, PlainHasher())
        var outcome = Outcome(ledger: ImportLedger(plan))
        while let result = reader.next() {
            outcome.rows += 1
            do throws(ImportProblem) {
                let record: CSVReader.Record
                switch result {
                case .success(let read): record = read
                case .failure(let problem):
                    throw ImportProblem(row: problem.record, problem.reason)
                }
                let rows = try plan.read(record).rows
                if try !outcome.ledger.take(rows, record) { outcome.folded += 1 }
                outcome.firsts += rows.filter { outcome.ledger.isFirst($0) }
            } catch {
                outcome.problems.append(error.sentence)
            }
        }
        return outcome
    }

    func field(_ collection: String, _ name: String) -> UInt32? {
        schema.collection(named: collection)?.field(named: name)?.id
    }

    func text(_ row: ImportedRow, _ name: String) -> String? {
        let field = schema.collection(row.collection)?.field(named: name)?.id
        guard case .value(.text(let text))? = row.cells.first(where: { $0.field == field })?.content
        else { return nil }
        return text
    }

    static func problems(_ mapping: ImportMapping, header: [String]) -> [String] {
        do throws(PackProblems) {
            guard let packs = try? Packs.shipped(), let schema = try? Packs.schema() else {
                return []
            }
            _ = try ImportPlan(
                mapping, header: header, schema, place(site: 1, tenant: 5, packs), PlainHasher())
            return []
        } catch {
            return error.sentences
        }
    }

    static func licences() throws -> [UInt8] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Data/nyc-dog-licences.csv")
        return try [UInt8](Data(contentsOf: file))
    }
}

/// FNV-1a over four lanes (not for production: whoever wants equal hashes finds them).
struct PlainHasher: ContentHasher {
    func hash(_ bytes: [UInt8]) -> ContentHash {
        func lane(_ seed: UInt64) -> UInt64 {
            bytes.reduce(0xCBF2_9CE4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
        return ContentHash(lane(1), lane(2), lane(3), lane(4))
    }
}
