import CRDT
import Foundation
import FrontDesk
import Testing

@Suite struct CheckInTests {
    @Test func `two animals come in with one booking`() throws {
        let scene = DoorScene()
        let admission = try scene.admission()
        #expect(admission.stays.count == 2)
        #expect(admission.printJobs.count == 2)
        #expect(admission.remarks == [])
        // Booking and item move, then for each animal a stay, its event and its tag.
        #expect(admission.changes.map(\.kind.rawValue) == [1, 1, 0, 0, 0, 0, 0, 0])
        #expect(Set(admission.changes.map(\.row)).count == 8)
    }

    @Test func `what is written passes the schema once personal cells are in their section`()
        throws
    {
        let schema = try Packs.schema()
        let (open, personal) = try DoorScene().admission().changes.reduce(
            into: ([RowOperation](), [RowOperation]())
        ) { rows, change in
            let fields = schema.collection(change.collection)
            var (kept, moved) = (change, change)
            kept.cells.removeAll { fields?.field($0.field)?.isPersonal ?? false }
            moved.cells.removeAll { !(fields?.field($0.field)?.isPersonal ?? false) }
            moved.kind = .update
            rows.0.append(kept)
            if !moved.cells.isEmpty { rows.1.append(moved) }
        }
        let section = Section(
            subject: DoorScene.party, content: .present(salt: 1, rows: personal))
        #expect(personal.count == 4)
        try Transaction(stamp: .zero, rows: open, sections: [section]).validate(schema)
    }

    @Test func `the job holds all that the tag says, people apart`() throws {
        let job = try DoorScene().row("print_job", DoorScene().admission())
        let data = try JSONDecoder().decode(
            [String: String].self, from: Data((job["data"]?.text ?? "").utf8))
        #expect(
            data == [
                "animal": "Rex \"the King\"", "about": "Boxer, male", "run": "A03R",
                "dates": "21 Nov to 24 Nov 2026", "site": "North", "site_phone": "+1 555 0100",
                "code": ScanPayload(.animal, DoorScene.rex).text,
                "short": ScanPayload(.animal, DoorScene.rex).shortText,
            ])
        #expect(job["person_data"] == .text(#"{"owner":"Ada Byron","phone":"555-0100"}"#))
        #expect(job["template"] == .text("collar-tag"))
        #expect(job["template_version"] == .integer(2))
        #expect(job["target_role"] == .text("collar"))
        #expect(job["copies"] == .integer(1))
        #expect(job["party"] == .reference(DoorScene.party))
    }

    @Test func `an animal without an owner leaves no personal word`() throws {
        var scene = DoorScene()
        scene.hasParty = false
        let admission = try scene.admission()
        #expect(try scene.row("print_job", admission)["person_data"] == nil)
        #expect(try scene.row("stay_event", admission)["handed_by"] == nil)
        #expect(admission.remarks == [.noOwner])
    }

    @Test(arguments: [
        ("cancelled", RefusalReason.bookingCancelled), ("checked_out", .bookingOver),
        ("no_show", .bookingOver),
    ])
    func `a booking that is over lets nobody in`(status: String, reason: RefusalReason) throws {
        var scene = DoorScene()
        scene.status = status
        #expect(try scene.decide() == .refuse(reason))
    }

    @Test func `a booking is honoured at its own site only`() throws {
        var scene = DoorScene()
        scene.site = RowID(99)
        #expect(try scene.decide() == .refuse(.wrongSite(home: "North")))
    }

    @Test func `an animal is in one house at a time`() throws {
        var scene = DoorScene()
        scene.openStays = [
            .init(id: RowID(70), animal: DoorScene.rex, siteName: "South", requestKey: "old")
        ]
        #expect(
            try scene.decide()
                == .refuse(.alreadyInHouse(name: "Rex \"the King\"", site: "South")))
    }

    @Test func `the same wish twice is one check-in`() throws {
        var scene = DoorScene()
        scene.openStays = [
            .init(id: RowID(70), animal: DoorScene.rex, siteName: "North", requestKey: "k1"),
            .init(id: RowID(71), animal: DoorScene.luna, siteName: "North", requestKey: "k1"),
        ]
        #expect(try scene.decide() == .repeated(stays: [RowID(70), RowID(71)]))
    }

    @Test func `animals are those of the booking, known and alive`() throws {
        var scene = DoorScene()
        scene.wanted = [RowID(5)]
        #expect(try scene.decide() == .refuse(.animalNotOnBooking))
        scene.wanted = []
        #expect(try scene.decide() == .refuse(.noAnimals))
        scene.wanted = nil
        scene.knowsLuna = false
        #expect(try scene.decide() == .refuse(.animalUnknown))
        scene.wanted = [DoorScene.rex]
        #expect(try scene.admission().stays.count == 1)
    }

    @Test func `what is odd is remarked and not refused`() throws {
        var scene = DoorScene()
        scene.status = "requested"
        scene.today = "2026-11-20"
        let arrival = try #require(LocalDate("2026-11-21"))
        #expect(
            try scene.admission().remarks == [
                .notConfirmed, .beforeArrival(arrival),
            ])
    }

    @Test func `every refusal is a sentence for a person`() {
        let reasons: [RefusalReason] = [
            .noAnimals, .animalUnknown, .animalNotOnBooking, .animalDeceased(name: "Rex"),
            .alreadyInHouse(name: "Rex", site: "North"), .bookingCancelled, .bookingOver,
            .wrongSite(home: "North"), .copiesOutOfRange(0), .approvalOver,
            .capacityExceeded(code: "A03R", animalsMax: 2, free: []),
            .banned(name: "Rex", text: nil), .vaccinationBlock([]),
        ]
        #expect(reasons.allSatisfy { $0.sentence.hasSuffix(".") && $0.sentence.count > 20 })
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-01", "26-01-01", "2026-1-1", ""])
    func `a day that no calendar has is none`(text: String) {
        #expect(LocalDate(text) == nil)
    }
}
