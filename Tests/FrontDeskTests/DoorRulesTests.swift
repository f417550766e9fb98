import CRDT
import Foundation
import Testing

@testable import FrontDesk

/// What keeps an animal out, who may let it in all the same, and what the card then says.
@Suite struct DoorRulesTests {
    private static let rabies = VaccineRule(
        vaccine: "rabies", species: "dog", bookingKinds: ["boarding"], level: .block)

    private static func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }

    /// Rex's rabies ends within the stay; Luna's species is not known.
    private static func expiring() throws -> DoorScene {
        let within = try day("2026-11-22")
        var scene = DoorScene()
        scene.rules = [rabies]
        scene.wanted = [DoorScene.rex]
        scene.care = { rex in
            rex.species = "dog"
            rex.vaccinations = [.init(vaccine: "rabies", expires: within)]
        }
        return scene
    }

    private static func approval(until: String = "2026-11-22") throws -> Approval {
        Approval(
            approver: RowID(3), initials: "M.R.", reason: "letter seen", until: try day(until))
    }

    @Test(arguments: ["dog ", " Dog", "d-o-g", "\u{200B}dog", "d\u{43E}g", "\u{FF44}og", "", nil])
    func `a species that only looks like another word falls under the rule`(kind: String?) {
        let rule = VaccineRule(vaccine: "rabies", species: "dog", level: .block)
        #expect(rule.applies(toSpecies: kind, booking: nil))
        #expect(!rule.applies(toSpecies: "cat", booking: nil))
    }

    @Test(arguments: [("pes", "kočka"), ("Hund", "Kätzchen"), ("собака", "кошка"), ("狗", "猫")])
    func `words of one script are other species`(rule: String, kind: String) {
        let rule = VaccineRule(vaccine: "rabies", species: rule, level: .block)
        #expect(!rule.applies(toSpecies: kind, booking: nil))
    }

    @Test func `a vaccination that ends within the stay blocks it`() throws {
        guard case .refuse(.vaccinationBlock(let gaps)) = try Self.expiring().decide() else {
            Issue.record("it was let in")
            return
        }
        #expect(gaps.map(\.vaccine) == ["rabies"])
        #expect(gaps[0].sentence.contains("22 Nov 2026"))
    }

    @Test(arguments: [
        ("2026-11-24", 0, true), ("2026-11-23", 0, false), ("2026-11-23", 1, true),
        ("2026-10-30", 25, true), ("2026-10-29", 25, false),
    ])
    func `it must hold on the last day, with the days of grace`(
        expires: String, grace: Int, isAdmitted: Bool
    ) throws {
        var scene = try Self.expiring()
        let end = try Self.day(expires)
        scene.rules = [VaccineRule(vaccine: "rabies", graceDays: grace, level: .block)]
        scene.care = { $0.vaccinations = [.init(vaccine: "rabies", expires: end)] }
        let decision = try scene.decide()
        if case .admit = decision { #expect(isAdmitted) } else { #expect(!isAdmitted) }
    }

    @Test func `a manager's approval leaves a waiver, a task and no changed record`() throws {
        var scene = try Self.expiring()
        scene.approval = try Self.approval()
        scene.labels = ["collar-tag", "kennel-card-4x6"]
        let admission = try scene.admission()
        let waiver = try scene.row("vaccine_waiver", admission)
        #expect(waiver["animal"] == .reference(DoorScene.rex))
        #expect(waiver["to_date"] == .text("2026-11-22"))
        #expect(waiver["approver"] == .reference(RowID(3)))
        #expect(waiver["requester"] == .reference(RowID(2)))
        #expect(try scene.row("task", admission)["due_on"] == .text("2026-11-22"))
        let override = try scene.row("permission_override", admission)
        #expect(override["action"] == .text("stays:checkin"))
        #expect(override["reason"] == .text("letter seen"))
        #expect(try scene.rows("vaccination", admission).isEmpty)
        let card = try #require(
            try scene.rows("print_job", admission).first { $0["target_role"] == .text("card") })
        #expect(
            card["data"]?.text?.contains("RABIES EXPIRES 22 Nov 2026 - WAIVED M.R. TO 22 Nov 2026")
                == true)
        try Transaction(stamp: .zero, rows: try Self.open(admission.changes), sections: [])
            .validate(try Packs.schema())
    }

    @Test func `an approval that is not needed leaves nothing`() throws {
        var scene = DoorScene()
        scene.approval = try Self.approval()
        let admission = try scene.admission()
        #expect(try scene.rows("permission_override", admission).isEmpty)
        #expect(try scene.rows("vaccine_waiver", admission).isEmpty)
    }

    @Test func `an approval ends with its day`() throws {
        var scene = try Self.expiring()
        scene.approval = try Self.approval(until: "2026-11-20")
        #expect(try scene.decide() == .refuse(.approvalOver))
    }

    @Test func `a waiver of last week covers today, and none covers another vaccine`() throws {
        var scene = try Self.expiring()
        let waiver = VaccineWaiver(
            vaccine: "rabies", from: try Self.day("2026-11-14"), until: try Self.day("2026-11-21"),
            initials: "M.R.")
        scene.care = { $0.waivers = [waiver] }
        #expect(try scene.admission().stays.count == 1)
        scene.rules.append(VaccineRule(vaccine: "dhpp", level: .block))
        guard case .refuse(.vaccinationBlock(let gaps)) = try scene.decide() else {
            Issue.record("it was let in")
            return
        }
        #expect(gaps.map(\.sentence) == ["Dhpp of Rex \"the King\" is not on file."])
    }

    @Test func `a rule that warns lets in and says so`() throws {
        var scene = try Self.expiring()
        scene.rules = [VaccineRule(vaccine: "bordetella", level: .warn)]
        let remarks = try scene.admission().remarks
        guard case .vaccinationGap(let gap) = try #require(remarks.first) else {
            Issue.record("\(remarks)")
            return
        }
        #expect(gap.vaccine == "bordetella")
    }

    @Test func `a rule is for its species and kinds of booking; who is unknown falls under it`()
        throws
    {
        var scene = try Self.expiring()
        scene.care = { $0.species = "cat" }
        #expect(try scene.admission().stays.count == 1)
        scene.care = { $0.species = nil }
        guard case .refuse(.vaccinationBlock) = try scene.decide() else {
            Issue.record("it was let in")
            return
        }
        scene.rules = [
            VaccineRule(vaccine: "rabies", bookingKinds: ["grooming"], level: .block)
        ]
        #expect(try scene.admission().stays.count == 1)
    }

    @Test func `a run takes no more than it holds, and names those that are free`() throws {
        var scene = DoorScene()
        scene.occupants = 1
        #expect(
            try scene.decide()
                == .refuse(
                    .capacityExceeded(code: "A03R", animalsMax: 2, free: ["A04", "B01R"])))
        scene.approval = try Self.approval()
        #expect(
            try scene.admission().remarks.contains(.runFull(code: "A03R", animalsMax: 2)))
        scene.approval = nil
        scene.wanted = [DoorScene.luna]
        #expect(try scene.admission().stays.count == 1)
    }

    @Test func `who is banned comes in with a manager only`() throws {
        var scene = DoorScene()
        scene.care = { $0.alerts = [.init(kind: "banned", severity: 3, text: "bit a guest")] }
        #expect(
            try scene.decide()
                == .refuse(.banned(name: "Rex \"the King\"", text: "bit a guest")))
        scene.approval = try Self.approval()
        #expect(try scene.admission().stays.count == 2)
    }

    @Test func `all that an approval would let pass is named before anybody gives it`() throws {
        var scene = try Self.expiring()
        scene.occupants = 2
        let care = scene.care
        scene.care = { rex in
            care(&rex)
            rex.alerts = [.init(kind: "banned", severity: 3, text: "bit a guest")]
        }
        guard case .refuse(let reason) = try scene.decide() else {
            Issue.record("it was let in")
            return
        }
        #expect(
            reason.sentence == """
                Rex "the King" is not to be taken in: bit a guest. Run A03R takes 2 and has no \
                room for all. Free: A04, B01R. Rabies of Rex "the King" is valid until \
                22 Nov 2026 only. A manager may approve all of it until a day that they choose.
                """)
        #expect(reason.isOverridable)
        scene.approval = try Self.approval()
        #expect(try scene.rows("vaccine_waiver", try scene.admission()).count == 1)
    }

    @Test func `the card names the gravest first and both instructions that disagree`() throws {
        var scene = DoorScene()
        scene.wanted = [DoorScene.rex]
        scene.labels = ["kennel-card-4x6"]
        scene.care = { rex in
            rex.alerts = [
                .init(kind: "escapes", severity: 1), .init(kind: "bites", severity: 3, text: "men"),
            ]
            rex.allergies = [.init(substance: "chicken", severity: 2)]
            rex.carePlans = [
                .init(
                    kind: .medicate, item: "Apoquel", amount: "5.4", unit: "mg",
                    times: ["20:00", "08:00"], isWithFood: true),
                .init(kind: .feed, instructions: ["1/2 cup AM+PM", "1/3 cup, three times"]),
            ]
        }
        let data = try #require(
            try scene.row("print_job", try scene.admission())["data"]?.text)
        let words = try JSONDecoder().decode([String: String].self, from: Data(data.utf8))
        #expect(words["alert1"] == "BITES: men")
        #expect(words["alert2"] == "ALLERGY: chicken")
        #expect(words["alert3"] == "ESCAPES")
        #expect(words["medication"] == "Apoquel 5.4 mg with food 08:00, 20:00")
        #expect(words["feeding"] == "CHECK: 1/2 cup AM+PM OR 1/3 cup, three times")
    }

    @Test(arguments: [
        ("2026-02-28", 1, "2026-03-01"), ("2028-02-28", 1, "2028-02-29"),
        ("2026-12-31", 1, "2027-01-01"), ("2026-11-21", 40, "2026-12-31"),
    ])
    func `days are counted as calendars do`(from: String, days: Int, to: String) throws {
        #expect(try Self.day(from).adding(days: days).isoText == to)
    }

    /// Rows without the cells that belong into a person's section.
    private static func open(_ changes: [RowOperation]) throws -> [RowOperation] {
        let schema = try Packs.schema()
        return changes.map { change in
            var kept = change
            kept.cells.removeAll {
                schema.collection(change.collection)?.field($0.field)?.isPersonal ?? false
            }
            return kept
        }
    }
}
