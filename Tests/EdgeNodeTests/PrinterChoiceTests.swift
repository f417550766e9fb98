import CRDT
import Foundation
import FrontDesk
import Peripherals
import Testing

@testable import EdgeNode

@Suite struct PrinterChoiceTests {
    private struct Nowhere: PrintTarget {
        func prepare(_ job: RowID) async -> [PrintJob.Input] { [] }
        func withdraw(_ job: RowID) async {}
        func send(
            _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
        ) async -> [PrintJob.Input] { [] }
        func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
        func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
    }

    private static func slot(
        _ id: String, head: Int = 832, roles: Set<String>? = nil, paper: LabelPaper? = nil,
        isStandIn: Bool = false
    ) -> PrinterSlot {
        PrinterSlot(
            id: id, printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: head),
            confirmsWithin: nil, roles: roles, paper: paper, isStandIn: isStandIn,
            target: Nowhere())
    }

    private static func template(
        _ name: String = "card", _ width: Int = 100, _ height: Int = 50, role: String = "card"
    ) throws -> LabelTemplate {
        let text = """
            {"name": "\(name)", "version": 1, "role": "\(role)", "width": \(width),
             "height": \(height), "feed": "upright", "elements": []}
            """
        return try JSONDecoder().decode(LabelTemplate.self, from: Data(text.utf8))
    }

    private static func outcome(
        _ slots: [PrinterSlot], expected: [String: Set<String>] = [:],
        absent: Set<String> = [], companions: [String: Set<String>] = [:]
    ) throws -> String {
        let choice = PrinterChoice(
            slots: slots, expected: expected, absent: absent, companions: companions)
        return switch choice.slot(for: try template()) {
        case .slot(let slot): slot.id
        case .hold(let hold): hold.rawValue
        }
    }

    @Test func `where there is no printer a job waits, or goes to the stand-in if there is one`()
        throws
    {
        #expect(try Self.outcome([]) == "absent")
        #expect(try Self.outcome([Self.slot("folder", isStandIn: true)]) == "folder")
    }

    @Test func `a stand-in takes nothing once there is a printer, even one that does not fit`()
        throws
    {
        let folder = Self.slot("folder", isStandIn: true)
        #expect(try Self.outcome([folder, Self.slot("a")]) == "a")
        #expect(try Self.outcome([folder, Self.slot("a", head: 448)]) == "unfit")
    }

    @Test func `the only one that fits takes it, and between two nobody guesses`() throws {
        let (wide, narrow) = (Self.slot("a"), Self.slot("b", head: 448))
        #expect(try Self.outcome([wide, narrow]) == "a")
        #expect(try Self.outcome([wide, Self.slot("c")]) == "undecided")
    }

    @Test func `the one in the place of another takes its labels, if it is built alike`() throws {
        let (old, new) = (Self.slot("old"), Self.slot("new"))
        #expect(try Self.outcome([old, new], absent: ["old"]) == "new")
        #expect(try Self.outcome([old, new], absent: ["old", "new"]) == "absent")
        let wider = Self.slot("new", head: 1_248)
        #expect(try Self.outcome([old, wider], absent: ["old"]) == "undecided")
    }

    @Test func `of two that were here at once none takes the other's while its cable is out`()
        throws
    {
        let met: [String: Set<String>] = ["a": ["b"], "b": ["a"]]
        let slots = [Self.slot("a"), Self.slot("b")]
        #expect(try Self.outcome(slots, absent: ["a"], companions: met) == "undecided")
        let third = slots + [Self.slot("c")]
        #expect(try Self.outcome(third, absent: ["a", "b"], companions: met) == "c")
    }

    @Test func `the one set up for the role takes it before any other`() throws {
        let card = Self.slot("card", roles: ["card"])
        #expect(try Self.outcome([Self.slot("a"), card]) == "card")
        #expect(try Self.outcome([Self.slot("collar", roles: ["collar"]), card]) == "card")
    }

    @Test func `one set up for another role only takes nothing else`() throws {
        #expect(try Self.outcome([Self.slot("collar", roles: ["collar"])]) == "absent")
    }

    @Test func `a printer that is awaited for the role is waited for`() throws {
        let expected: [String: Set<String>] = ["card": ["card"]]
        #expect(try Self.outcome([Self.slot("a")], expected: expected) == "absent")
        let folder = Self.slot("folder", isStandIn: true)
        #expect(try Self.outcome([folder], expected: expected) == "absent")
        let card = Self.slot("card", roles: ["card"])
        #expect(try Self.outcome([Self.slot("a"), card], expected: expected) == "card")
    }

    @Test func `the design follows the labels in the printer, and only within its family`() throws {
        let small = try Self.template()
        let large = try Self.template("card-4x6", 102, 152)
        let foreign = try Self.template("tag-4x6", 102, 152, role: "collar")
        func design(_ width: Double, _ length: Double) -> String {
            let paper = LabelPaper(widthMillimetres: width, lengthMillimetres: length)
            return Self.slot("a", paper: paper).design(of: small, among: [small, foreign, large])
                .name
        }
        #expect(design(101.6, 152.4) == "card-4x6")
        #expect(design(100, 50) == "card")
        #expect(design(60, 40) == "card")
        #expect(Self.slot("a").design(of: small, among: [small, large]).name == "card")
    }
}
