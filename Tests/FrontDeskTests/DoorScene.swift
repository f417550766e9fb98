import CRDT
import FrontDesk
import Testing

/// A booking for two dogs at North, and what a test changes of it.
struct DoorScene {
    static let rex = RowID(10)
    static let luna = RowID(11)
    static let party = RowID(20)

    var site = RowID(1)
    var status = "confirmed"
    var today = "2026-11-21"
    var wanted: [RowID]?
    var hasParty = true
    var knowsLuna = true
    var animalsMax = 2
    var occupants = 0
    var openStays: [CheckInView.OpenStay] = []
    var rules: [VaccineRule] = []
    var approval: Approval?
    var labels = ["collar-tag"]
    /// What is known of Rex.
    var care: (inout CheckInView.Animal) -> Void = { _ in }

    func decide() throws -> CheckIn.Decision {
        var ids = RowIDSource(prefix: 0xABCDEF)
        return CheckIn.decide(
            try request(), view(), try CheckInForms(Packs.schema()), ids: &ids)
    }

    func admission() throws -> CheckIn.Admission {
        guard case .admit(let admission) = try decide() else { throw Refused() }
        return admission
    }

    struct Refused: Error {}

    /// The first new row of a collection, by field names.
    func row(_ name: String, _ admission: CheckIn.Admission) throws -> [String: Value] {
        try #require(try rows(name, admission).first)
    }

    /// The new rows of a collection, by field names.
    func rows(_ name: String, _ admission: CheckIn.Admission) throws -> [[String: Value]] {
        let collection = try #require(try Packs.schema().collection(named: name))
        return admission.changes.filter { $0.collection == collection.id && $0.kind == .insert }
            .map { change in
                var values: [String: Value] = [:]
                for cell in change.cells {
                    guard case .assign(let value) = cell.action else { continue }
                    values[collection.field(cell.field)?.name ?? ""] = value
                }
                return values
            }
    }

    private func request() throws -> CheckInRequest {
        let templates = try labels.map { try #require(try Packs.template($0)) }
        return CheckInRequest(
            site: site, staff: RowID(2), animals: wanted, today: try #require(LocalDate(today)),
            wallMilliseconds: 1_795_000_000_000, handedBy: "a neighbour", key: "k1",
            labels: templates.map { LabelWish($0, box: [7]) }, approval: approval)
    }

    private func view() -> CheckInView {
        let luna = CheckInView.Animal(id: Self.luna, name: "Luna")
        var rex = CheckInView.Animal(
            id: Self.rex, name: "Rex \"the King\"", breed: "Boxer", sex: "male")
        care(&rex)
        var run = CheckInView.Resource(
            id: RowID(50), code: "A03R", animalsMax: animalsMax, occupants: occupants)
        run.free = ["A04", "B01R"]
        var view = CheckInView(
            booking: .init(
                id: RowID(30), party: hasParty ? Self.party : nil, homeSite: RowID(1),
                homeSiteName: "North", status: status, from: LocalDate("2026-11-21"),
                to: LocalDate("2026-11-24"), kind: "boarding"),
            items: [
                .init(id: RowID(40), animals: [Self.rex, Self.luna], status: "confirmed"),
                .init(id: RowID(41), animals: [RowID(12)], status: "cancelled"),
            ],
            animals: [rex] + (knowsLuna ? [luna] : []),
            owner: hasParty ? .init(name: "Ada Byron", phone: "555-0100") : nil,
            resource: run, openStays: openStays, siteName: "North")
        view.sitePhone = "+1 555 0100"
        view.rules = rules
        return view
    }
}

extension Value {
    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
