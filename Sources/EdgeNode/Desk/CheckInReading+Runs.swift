internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

// Which run the guests have, who is in it, and which others are free.
extension CheckInReading {
    /// Enough for a person to choose from.
    private static let freeMax = 8

    /// The run that the booking's items claim; those that are over count only where all are. Other
    /// runs are looked at only if it cannot hold all of the booking's animals.
    func run(
        of items: [CheckInView.Item], _ booking: NamedRow
    ) throws(StorageError) -> CheckInView.Resource? {
        let open = items.filter { !$0.isOver }
        for item in open.isEmpty ? items : open {
            let claims = try named.rows(
                "resource_claim", where: "booking_item", is: .reference(item.id))
            guard let claim = claims.first(where: { $0.text("state") != "released" }),
                let row = try named.row("resource", claim.reference("resource"))
            else { continue }
            var run = CheckInView.Resource(
                id: row.id, code: row.text("code") ?? "",
                animalsMax: row.integer("max_animals").map(Int.init(clamping:)),
                occupants: try stays(in: row.id, at: row.reference("home_site")).count)
            let booked = Set(open.flatMap(\.animals)).count
            if let most = run.animalsMax, run.occupants + booked > most {
                run.free = try freeRuns(besides: row, for: booking)
            }
            return run
        }
        return nil
    }

    /// Codes of the site's other runs that nobody claims on the booking's days.
    private func freeRuns(
        besides taken: NamedRow, for booking: NamedRow
    ) throws(StorageError) -> [String] {
        guard let site = taken.reference("home_site"),
            let resources = named.schema.collection(named: "resource"),
            let from = booking.text("from_date"), let to = booking.text("to_date")
        else { return [] }
        let runs = try named.reader.records(
            resources,
            matching: [
                .equals(field: "home_site", .reference(site)),
                .equals(field: "kind", taken.value("kind")),
            ], limit: 1_000)
        var codes: [String] = []
        for run in runs.map({ NamedRow($0, resources) }) where codes.count < Self.freeMax {
            guard run.id != taken.id, run.integer("active") != 0, let code = run.text("code"),
                try !isClaimed(run.id, from, to)
            else { continue }
            codes.append(code)
        }
        return codes
    }

    /// Half-open days: who leaves on a day makes room for who comes on it.
    private func isClaimed(
        _ run: RowID, _ from: String, _ to: String
    ) throws(StorageError) -> Bool {
        try named.rows("resource_claim", where: "resource", is: .reference(run)).contains {
            $0.text("state") != "released" && ($0.text("from_date") ?? "") < to
                && ($0.text("to_date") ?? "") > from
        }
    }

    /// The stays in house of a run: whoever stands in it, also where the animal's record was
    /// deleted elsewhere. Goes by who is in house now, not by all who ever were in that run.
    func stays(in resource: RowID, at site: RowID?) throws(StorageError) -> [NamedRow] {
        guard let site else { return [] }
        var present: [NamedRow] = []
        for stay in try named.staysInHouse(at: site) {
            let events = try named.rows("stay_event", where: "stay", is: .reference(stay.id))
            let isHere = events.contains {
                $0.text("kind") == "in" && $0.reference("resource") == resource
            }
            if isHere { present.append(stay) }
        }
        return present
    }
}

extension NamedReader {
    /// More at one site than any has places for.
    private static let staysMax = 10_000

    /// Every stay that is in house at a site.
    func staysInHouse(at site: RowID) throws(StorageError) -> [NamedRow] {
        guard let stays = schema.collection(named: "stay") else { return [] }
        return try reader.records(
            stays,
            matching: [
                .equals(field: "site", .reference(site)),
                .equals(field: "status", .text("in_house")),
            ], limit: Self.staysMax
        ).map { NamedRow($0, stays) }
    }
}
