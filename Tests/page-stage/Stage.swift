import CRDT
import EdgeNode
import Foundation
import FrontDesk

/// Sets a box up as the tests of the desk's page need it: `page-stage FOLDER` makes the folder of a
/// node, writes a morning's bookings through the node's own transactions, and says as JSON on
/// standard output what a test must know. `warren serve` then runs it.
@main
struct Stage {
    static func main() async throws {
        guard let folder = CommandLine.arguments.dropFirst().first else {
            throw NodeFault(.refused, "usage: page-stage FOLDER")
        }
        let directory = NodeDirectory(URL(fileURLWithPath: folder))
        _ = try TrustSetup.begin(directory, site: "North", .system)
        let packs = try InstalledPacks.shipped()
        let node = try await Node(directory, schema: packs.schema)
        try await node.introduceSite()
        let staff = try await SampleStaff.make(at: node)
        var morning = try await Morning(node, packs.schema)
        let bookings = try morning.fill()
        try await morning.write()
        await node.close()
        let told: [String: Any] = [
            "staff": staff.map {
                [
                    "id": RowName.text($0.id), "name": $0.name, "pin": $0.pin,
                    "role": $0.role.rawValue,
                ]
            },
            "bookings": bookings.mapValues { booking in
                [
                    "id": RowName.text(booking.id),
                    "code": ScanPayload(.booking, booking.id).text,
                    "animals": booking.animals.map { RowName.text($0) },
                    "tags": booking.animals.map { ScanPayload(.animal, $0).text },
                ] as [String: Any]
            },
        ]
        let json = try JSONSerialization.data(withJSONObject: told, options: [.sortedKeys])
        FileHandle.standardOutput.write(json)
    }
}
