import Foundation
import SyncProtocol
import Testing

@testable import EdgeNode

/// Imports into real nodes, with real files and keys.
@Suite struct FileImportTests {
    private static let owners = "owner_id,given,family,display,language\n"
    private static let animals = "animal_id,owner_id,name,species,breed,sex,birth_date\n"

    @Test func `a second import adds nothing and writes nothing`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let text = Self.owners + "O-1,Ada,Baker,Ada Baker,en\nO-2,أحمد,علي,أحمد علي,ar\n"
            let first = try await box.take("owners", text)
            let status = await box.node.status()
            let second = try await box.take("owners", text)
            #expect(first.added == ["party": 2])
            #expect(second.isRepeat && second.transactions == 0 && second.same == 2)
            #expect(await box.node.status().sequence == status.sequence)
            #expect(try box.texts("party", "display") == ["Ada Baker", "أحمد علي"])
        }
    }

    @Test func `a corrected file changes the record and adds none`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            let report = try await box.take("owners", Self.owners + "O-1,Ada,Byron,Ada Byron,en\n")
            #expect(report.changed == 1 && report.addedRecords == 0)
            #expect(try box.texts("party", "display") == ["Ada Byron"])
            let again = try await box.take("owners", Self.owners + "O-1,Ada,King,Ada King,en\n")
            #expect(again.changed == 1 && again.kept == 0)
            #expect(try box.texts("party", "display") == ["Ada King"])
        }
    }

    @Test func `what a person changed since stays, and is told`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let text = Self.owners + "O-1,Ada,Baker,Ada Baker,en\n"
            _ = try await box.take("owners", text)
            try await box.edit("party", "display", "Ada B. Baker")
            let report = try await box.take(
                "owners", text.replacingOccurrences(of: ",en", with: ",fr"))
            #expect(report.kept == 1 && report.changed == 1)
            #expect(try box.texts("party", "display") == ["Ada B. Baker"])
            #expect(try box.texts("party", "language") == ["fr"])
        }
    }

    @Test func `a record that was deleted here does not come back`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let text = Self.owners + "O-1,Ada,Baker,Ada Baker,en\n"
            _ = try await box.take("owners", text)
            try await box.deleteAll("party")
            let report = try await box.take("owners", text)
            #expect(report.addedRecords == 0 && report.kept == 1)
            #expect(try box.texts("party", "display").isEmpty)
        }
    }

    @Test func `a row that names what nobody imported is left out, the others are taken`()
        async throws
    {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            let text = Self.animals + "A-1,O-1,Rex,dog,,,\nA-2,O-9,Max,dog,,,\nA-3,,Lola,dog,,,\n"
            let notices = Notices()
            let report = try await box.take("animals", text, notices)
            #expect(report.added == ["animal": 2, "animal_owner": 1])
            #expect(report.rowsRejected == 1)
            #expect(
                notices.rejected == [
                    "row 3, column owner_id: no party has the number “O-9” in previous-system; "
                        + "import the file of those first"
                ])
        }
    }

    @Test func `a dry run counts what would happen and changes nothing`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let before = await box.node.status()
            let items = [
                try box.item("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n"),
                try box.item("animals", Self.animals + "A-1,O-1,Rex,dog,,,\nA-2,O-9,Max,dog,,,\n"),
            ]
            let reports = try await FileImport(box.node, box.packs)
                .run(ImportOrder(items: items, isDryRun: true))
            #expect(reports.map(\.added) == [["party": 1], ["animal": 1, "animal_owner": 1]])
            #expect(reports.map(\.rowsRejected) == [0, 1])
            #expect(await box.node.status() == before)
        }
    }

    @Test func `a strict import writes nothing of a file in which anything is wrong`()
        async throws
    {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let item = try box.item("owners", Self.owners + "O-1,A,B,A B,en\nO-2,C,D\n")
            let reports = try await FileImport(box.node, box.packs)
                .run(ImportOrder(items: [item], isStrict: true))
            #expect(reports.map(\.isRefused) == [true])
            #expect(try box.texts("party", "display").isEmpty)
        }
    }

    @Test func `an import that was cut off shows nothing, and goes on when it is run again`()
        async throws
    {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let rows = (0..<3_000).map { "O-\($0),Ada,B\($0),Ada B\($0),en\n" }.joined()
            let item = try box.item("owners", Self.owners + rows)
            await #expect(throws: Notices.Enough.self) {
                try await FileImport(box.node, box.packs).run(ImportOrder(items: [item])) {
                    if case .writing = $0 { throw Notices.Enough() }
                }
            }
            #expect(try box.texts("party", "display").isEmpty)
            let report = try await FileImport(box.node, box.packs)
                .run(ImportOrder(items: [item]))[0]
            #expect(report.same > 0 && report.addedRecords > 0)
            #expect(report.same + report.addedRecords == 3_000)
            #expect(try box.texts("party", "display").count == 3_000)
        }
    }

    @Test func `a corrected file ends the batch of the one that was cut off`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let rows = (0..<3_000).map { "O-\($0),Ada,B\($0),Ada B\($0),en\n" }.joined()
            let item = try box.item("owners", Self.owners + rows)
            try? await FileImport(box.node, box.packs).run(ImportOrder(items: [item])) {
                if case .writing = $0 { throw Notices.Enough() }
            }
            _ = try await box.take("owners", Self.owners + rows + "O-N,Eva,C,Eva C,en\n")
            #expect(try box.texts("party", "display").count == 3_001)
        }
    }

    @Test func `two sites that import the same file apart have each record once`() async throws {
        try await ImportBoxes.with { boxes in
            let owners =
                Self.owners
                + (0..<1_000).map { "O-\($0),Ada,B\($0),Ada B\($0),en\n" }.joined()
            let animals =
                Self.animals
                + (0..<1_500).map { "A-\($0),O-\($0 % 1_000),Rex\($0),dog,,,2019\n" }.joined()
            for box in [boxes.north, boxes.south] {
                _ = try await box.take("owners", owners)
                _ = try await box.take("animals", animals)
            }
            try await boxes.sync()
            let (north, south) = (await boxes.north.node.status(), await boxes.south.node.status())
            #expect(north.digest == south.digest)
            try await Self.expectAll(in: boxes.north)
            try await Self.expectAll(in: boxes.south)
        }
    }

    private static func expectAll(in box: ImportBox) async throws {
        #expect(try box.count("party") == 1_000)
        #expect(try box.count("animal") == 1_500)
        #expect(try box.count("animal_owner") == 1_500)
        let findings = try await box.node.verify().findings
        #expect(findings.isEmpty)
    }

    @Test(arguments: ["/dev/zero", "/tmp", "/none"])
    func `what is no file is not imported`(path: String) async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let item = ImportOrder.Item(
                path: path,
                mapping: try ImportManifest.mapping("owners", in: URL(fileURLWithPath: "/")))
            await #expect(throws: NodeFault.self) {
                try await FileImport(box.node, box.packs).run(ImportOrder(items: [item]))
            }
        }
    }

    @Test func `a corrected row of a rejects file says what the first file said`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            let row = ["C-1", "O-1", "mobile", "+1 212 555 0100", "1"]
            let header = "file,row,problem,contact_id,owner_id,kind,value,preferred\n"
            let report = try await box.take(
                "phones", header + CSVLine.forPeople(["phones.csv", "2", "no such kind"] + row))
            #expect(report.added == ["party_contact": 1])
            #expect(try box.texts("party_contact", "value") == ["+1 212 555 0100"])
        }
    }

    @Test func `rows that several files left out are imported file by file`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let header = "file,row,problem,"
            let text =
                header + Self.owners + "owners.csv,2,odd,O-1,Ada,Baker,Ada Baker,en\n"
                + header + Self.animals + "animals.csv,2,odd,A-1,O-1,Rex,dog,,,2019\n"
            let fault = await #expect(throws: NodeFault.self) {
                try await box.take("owners", text)
            }
            #expect(fault?.message.contains("row 3: here begin rows of another file") == true)
            #expect(fault?.message.contains("cut the file in two") == true)
            let parties = try box.count("party")
            #expect(parties == 0)
        }
    }

    @Test func `a file tells of who came and left where it was kept before`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            try await boxes.sync()
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            _ = try await box.take("animals", Self.animals + "A-1,O-1,Rex,dog,,,\n")
            _ = try await box.take(
                "bookings",
                """
                booking_id,site,owner_id,animal_ids,kind,service,from_date,to_date,status,run
                B-1,North,O-1,A-1,boarding,Boarding,2026-06-19,2026-06-22,checked_in,
                B-2,North,O-1,A-1,boarding,Boarding,2026-05-19,2026-05-22,checked_out,

                """)
            #expect(try box.texts("booking", "status") == ["checked_in", "checked_out"])
        }
    }

    @Test func `what guests must have and what the desk must know come from files`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            let rules = try await box.take("vaccine-rules", SampleTenant.rulesText)
            #expect(rules.added == ["vaccine_rule": 1])
            #expect(try box.texts("vaccine_rule", "level") == ["block"])
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            _ = try await box.take("animals", Self.animals + "A-1,O-1,Rex,dog,,,\n")
            let alerts = try await box.take(
                "alerts",
                """
                alert_id,animal_id,kind,severity,text
                W-1,A-1,bites,8,Bites when woken.
                W-2,A-1,growls,3,No such kind.

                """)
            #expect(alerts.added == ["animal_alert": 1])
            #expect(try box.texts("animal_alert", "text") == ["Bites when woken."])
        }
    }

    @Test func `a run is claimed once, and the other booking comes without one`() async throws {
        try await ImportBoxes.with { boxes in
            let box = boxes.north
            try await boxes.sync()
            _ = try await box.take("owners", Self.owners + "O-1,Ada,Baker,Ada Baker,en\n")
            _ = try await box.take("animals", Self.animals + "A-1,O-1,Rex,dog,,,\n")
            _ = try await box.take(
                "runs", "code,site,kind,area,size,max_animals\nA03R,North,run,A,medium,2\n")
            let report = try await box.take(
                "bookings",
                """
                booking_id,site,owner_id,animal_ids,kind,service,from_date,to_date,status,run
                B-1,North,O-1,A-1,boarding,Boarding,2026-06-19,2026-06-22,confirmed,A03R
                B-2,North,O-1,A-1,boarding,Boarding,2026-06-21,2026-06-24,confirmed,A03R
                B-3,North,O-1,A-1,boarding,Boarding,2026-06-22,2026-06-24,confirmed,A03R
                B-4,South,O-1,A-1,boarding,Boarding,2026-06-22,2026-06-24,confirmed,A03R

                """)
            #expect(report.added == ["booking": 3, "booking_item": 3, "resource_claim": 2])
            #expect(report.kept == 1 && report.rowsElsewhere == 1)
        }
    }
}
