import FrontDesk
import Testing

/// A file's rows obey the rules of records written by hand.
@Suite struct ImportRulesTests {
    @Test(arguments: [
        ("A1,Rex\u{1B}@,dog,,F,,", "row 2, column name: holds the control character U+001B"),
        ("A1,\"Rex\nRover\",dog,,F,,", "row 2, column name: has more than one line"),
        ("A1,Rex,dog,,F,1023-01-01,", "row 2, column birth_date: “1023-01-01” is not within"),
    ])
    func `a row that nobody could have typed is left out by its number`(
        row: String, sentence: String
    ) throws {
        let text = "animal_id,name,species,breed,sex,birth_date,owner_id\n\(row)\n"
        let outcome = try ImportScene(.animals).read(Array(text.utf8))
        #expect(try #require(outcome.problems.first).hasPrefix(sentence), "\(outcome.problems)")
        #expect(outcome.firsts.isEmpty)
    }

    @Test func `a booking that ends before it begins is left out`() throws {
        let text = """
            booking_id,site,owner_id,kind,from_date,to_date,status,animal_ids,service,run
            B1,North,7,boarding,2026-05-04,2026-05-01,confirmed,A1,Boarding,
            """
        let outcome = try ImportScene(.bookings).read(Array(text.utf8))
        let problem = try #require(outcome.problems.first)
        #expect(problem.contains("is before from_date"), "\(outcome.problems)")
        #expect(outcome.firsts.isEmpty)
    }
}
