internal import CRDT
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import NodeClient

/// One of today's arrivals, as North's desk lists it.
struct DemoArrival {
    let booking: RowID
    let owner: String
    let animals: [String]

    /// What its owner's confirmation would show as a QR code.
    var code: String { ScanPayload(.booking, booking).text }

    var names: String { animals.joined(separator: " and ") }

    /// Today's, in the desk's own order.
    static func all(at box: DemoBox, _ desk: DemoSession) async throws -> [DemoArrival] {
        let answer = try await box.get("arrivals?limit=200", headers: desk.headers)
        guard answer.status == 200 else {
            throw VerbError("\(box.name) lists no arrivals: \(answer.status)")
        }
        let items = answer.object["items"] as? [[String: Any]] ?? []
        return items.compactMap { item in
            guard let booking = item["booking"] as? [String: Any],
                let id = (booking["id"] as? String).flatMap({ RowName.row($0) }),
                let owner = item["owner"] as? [String: Any],
                let animals = item["animals"] as? [[String: Any]]
            else { return nil }
            return DemoArrival(
                booking: id, owner: owner["name"] as? String ?? "",
                animals: animals.compactMap { $0["name"] as? String })
        }
    }
}
