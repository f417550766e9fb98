import CRDT
import EdgeNode
import Foundation
import FrontDesk

/// Sets a box up as tests from outside need it: makes the folder of a node, writes rows through the
/// node's own transactions, and says as JSON on standard output what a test must know. `warren
/// serve` then runs it.
@main
struct Stage {
    private static let usage = """
        usage: page-stage FOLDER [--guests COUNT] [--word WORD] [--canaries] [--stand-in]
          without more: a morning at the desk's page
          --guests    so many bookings of two animals each instead, all to be let in today
          --word      stands in the names of those guests and in every canary
          --canaries  also a row in every collection with a text of its own in every field
          --stand-in  nothing is sealed and nothing compressed
        """

    static func main() async throws {
        guard let wish = StageWish(CommandLine.arguments.dropFirst()) else {
            throw NodeFault(.refused, usage)
        }
        let directory = NodeDirectory(URL(fileURLWithPath: wish.folder))
        _ = try TrustSetup.begin(
            directory, site: "North", hasStandInSeal: wish.hasStandInSeal, .system)
        let packs = try InstalledPacks.shipped()
        let node = try await Node(directory, schema: packs.schema)
        try await node.introduceSite()
        let staff = try await SampleStaff.make(at: node)
        var rows = await StagedRows(node, packs.schema)
        let morning = Morning(at: node.site)
        var told: [String: Any] = ["staff": staff.map(shown)]
        if let guests = wish.guests {
            told["bookings"] = try (0..<guests).map { number in
                shown(try morning.pair(number, named: wish.word, &rows))
            }
        } else {
            told["bookings"] = try morning.fill(&rows).mapValues(shown)
        }
        if wish.hasCanaries {
            let canaries = Canaries(word: wish.word, site: node.site, schema: packs.schema)
            told["canaries"] = try canaries.fill(&rows).map(shown)
        }
        try await rows.write()
        await node.close()
        let json = try JSONSerialization.data(withJSONObject: told, options: [.sortedKeys])
        FileHandle.standardOutput.write(json)
    }

    private static func shown(_ one: SampleStaff) -> [String: Any] {
        [
            "id": RowName.text(one.id), "name": one.name, "pin": one.pin,
            "role": one.role.rawValue,
        ]
    }

    private static func shown(_ booking: Morning.Booking) -> [String: Any] {
        [
            "id": RowName.text(booking.id),
            "code": ScanPayload(.booking, booking.id).text,
            "animals": booking.animals.map { RowName.text($0) },
            "tags": booking.animals.map { ScanPayload(.animal, $0).text },
        ]
    }

    private static func shown(_ canary: Canaries.Canary) -> [String: Any] {
        [
            "collection": canary.collection, "row": RowName.text(canary.row),
            "field": canary.field.name, "merge": "\(canary.field.merge)",
            "isPersonal": canary.field.isPersonal, "text": canary.text,
        ]
    }
}

/// What the command line asks for.
struct StageWish {
    let folder: String
    private(set) var guests: Int?
    private(set) var word = "Guest"
    private(set) var hasCanaries = false
    private(set) var hasStandInSeal = false

    /// `nil` for what is no wish.
    init?(_ arguments: ArraySlice<String>) {
        var left = arguments
        guard let folder = left.popFirst(), !folder.hasPrefix("-") else { return nil }
        self.folder = folder
        while let name = left.popFirst() {
            switch name {
            case "--guests":
                guard let count = left.popFirst().flatMap({ Int($0) }), (1...500).contains(count)
                else { return nil }
                guests = count
            case "--word":
                guard let word = left.popFirst() else { return nil }
                self.word = word
            case "--canaries": hasCanaries = true
            case "--stand-in": hasStandInSeal = true
            default: return nil
            }
        }
    }
}
