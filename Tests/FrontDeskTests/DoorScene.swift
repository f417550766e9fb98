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
    var openStays: [CheckInView.OpenStay] = []

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
        let collection = try #require(try Packs.schema().collection(named: name))
        let change = try #require(
            admission.changes.first { $0.collection == collection.id && $0.kind == .insert })
        var values: [String: Value] = [:]
        for cell in change.cells {
            guard case .assign(let value) = cell.action else { continue }
            values[collection.field(cell.field)?.name ?? ""] = value
        }
        return values
    }

    private func request() throws -> CheckInRequest {
        let template = try #require(try Packs.template("collar-tag"))
        return CheckInRequest(
            site: site, staff: RowID(2), animals: wanted, today: try #require(LocalDate(today)),
            wallMilliseconds: 1_795_000_000_000, handedBy: "a neighbour", key: "k1",
            labels: [LabelWish(template, box: [7])])
    }

    private func view() -> CheckInView {
        let luna = CheckInView.Animal(id: Self.luna, name: "Luna")
        return CheckInView(
            booking: .init(
                id: RowID(30), party: hasParty ? Self.party : nil, homeSite: RowID(1),
                homeSiteName: "North", status: status, from: LocalDate("2026-11-21"),
                to: LocalDate("2026-11-24")),
            items: [
                .init(id: RowID(40), animals: [Self.rex, Self.luna], status: "confirmed"),
                .init(id: RowID(41), animals: [RowID(12)], status: "cancelled"),
            ],
            animals: [
                .init(id: Self.rex, name: "Rex \"the King\"", breed: "Boxer", sex: "male")
            ] + (knowsLuna ? [luna] : []),
            owner: hasParty ? .init(name: "Ada Byron", phone: "555-0100") : nil,
            resource: .init(id: RowID(50), code: "A03R", animalsMax: animalsMax),
            openStays: openStays, siteName: "North")
    }
}

extension Value {
    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
