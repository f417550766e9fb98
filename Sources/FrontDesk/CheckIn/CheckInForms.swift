public import CRDT

/// The collections that a check-in writes, found by name in the installed packs.
public struct CheckInForms: Sendable {
    let booking: RowForm
    let bookingItem: RowForm
    let stay: RowForm
    let stayEvent: RowForm
    let printJob: RowForm
    let permissionOverride: RowForm
    let vaccineWaiver: RowForm
    let task: RowForm

    /// - Throws: what the schema lacks.
    public init(_ schema: Schema) throws(PackProblems) {
        var missing: [String] = []
        func form(_ name: String, _ fields: [String]) -> RowForm {
            guard let collection = schema.collection(named: name) else {
                missing.append("There is no collection \(name).")
                return RowForm(collection: 0, fields: [:])
            }
            for field in fields where collection.field(named: field) == nil {
                missing.append("\(name) has no field \(field).")
            }
            return RowForm(collection)
        }
        booking = form("booking", ["status"])
        bookingItem = form("booking_item", ["status"])
        stay = form(
            "stay",
            ["origin_site", "created_by", "booking", "booking_item", "animal", "site", "status"])
        stayEvent = form(
            "stay_event",
            [
                "stay", "site", "party", "kind", "occurred_at", "recorded_at", "resource", "by",
                "handed_by", "request_key",
            ])
        printJob = form(
            "print_job",
            [
                "site", "box", "target_role", "template", "template_version", "data", "party",
                "person_data", "copies", "requested_by", "requested_at", "idempotency_key",
                "animal",
            ])
        permissionOverride = form(
            "permission_override",
            [
                "origin_site", "created_by", "requester", "approver", "action", "subject",
                "reason", "expires_on", "occurred_at", "request_key",
            ])
        vaccineWaiver = form(
            "vaccine_waiver",
            [
                "origin_site", "created_by", "animal", "vaccine", "from_date", "to_date", "reason",
                "requester", "approver", "approver_initials",
            ])
        task = form(
            "task",
            ["origin_site", "created_by", "title", "due_on", "animal", "site", "status"])
        guard missing.isEmpty else { throw PackProblems(missing) }
    }
}

/// Writes rows of one collection by field names.
struct RowForm: Sendable {
    private let collection: UInt32
    private let fields: [String: UInt32]

    init(collection: UInt32, fields: [String: UInt32]) {
        self.collection = collection
        self.fields = fields
    }

    init(_ collection: RowCollection) {
        self.collection = collection.id
        var fields: [String: UInt32] = [:]
        for field in collection.fields { fields[field.name] = field.id }
        self.fields = fields
    }

    /// A new row; null values are left out, which is the only form of a null at birth.
    func insert(_ row: RowID, _ values: [String: Value]) -> RowOperation {
        RowOperation(
            collection: collection, row: row, kind: .insert,
            cells: cells(values.filter { !$0.value.isNull }))
    }

    func update(_ row: RowID, _ values: [String: Value]) -> RowOperation {
        RowOperation(collection: collection, row: row, kind: .update, cells: cells(values))
    }

    private func cells(_ values: [String: Value]) -> [CellOperation] {
        values.compactMap { name, value in
            fields[name].map { CellOperation(field: $0, action: .assign(value)) }
        }
        .sorted { $0.field < $1.field }
    }
}

extension Value {
    init(_ row: RowID?) { self = row.map { .reference($0) } ?? .null }
    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
}
