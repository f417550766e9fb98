internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

// What the rules of the door and the card need to know of an animal.
extension CheckInReading {
    /// The animal with all that is valid on it: nothing voided, cleared, refuted or ended.
    func animal(_ row: NamedRow) throws(StorageError) -> CheckInView.Animal {
        var animal = CheckInView.Animal(
            id: row.id, name: row.text("name"), breed: row.text("breed"), sex: row.text("sex"),
            isDeceased: row.text("deceased_on") != nil)
        animal.species = row.text("species")?.lowercased()
        try addValidRecords(to: &animal)
        return animal
    }

    /// What other records say of an animal whose own is gone.
    func animal(_ id: RowID) throws(StorageError) -> CheckInView.Animal {
        var animal = CheckInView.Animal(id: id, name: nil, breed: nil, sex: nil, isDeceased: false)
        try addValidRecords(to: &animal)
        return animal
    }

    private func addValidRecords(to animal: inout CheckInView.Animal) throws(StorageError) {
        let id = animal.id
        animal.vaccinations = try valid("vaccination", of: id, unless: "voided_at").compactMap {
            guard let vaccine = $0.text("vaccine") else { return nil }
            return Vaccination(
                vaccine: vaccine.lowercased(),
                expires: $0.text("expires_on").flatMap(LocalDate.init))
        }
        animal.waivers = try valid("vaccine_waiver", of: id, unless: "revoked_at")
            .compactMap(Self.waiver)
        animal.alerts = try valid("animal_alert", of: id, unless: "cleared_at").compactMap {
            guard let kind = $0.text("kind") else { return nil }
            return AnimalAlert(
                kind: kind, severity: $0.severity, text: $0.text("text"))
        }
        animal.allergies = try valid("allergy", of: id, unless: "refuted_at").compactMap {
            guard let substance = $0.text("substance") else { return nil }
            return Allergy(substance: substance, severity: $0.severity)
        }
        for row in try valid("care_plan", of: id, unless: "ended_at") {
            if let plan = try carePlan(row) { animal.carePlans.append(plan) }
        }
    }

    /// Rules that nobody ended. There are few: a business asks for a handful of vaccines.
    func rules() throws(StorageError) -> [VaccineRule] {
        guard let collection = named.schema.collection(named: "vaccine_rule") else { return [] }
        let rows = try named.reader.records(collection, limit: Self.rulesMax)
        return rows.map { NamedRow($0, collection) }.compactMap { row in
            guard row.value("ended_at").isNull, let vaccine = row.text("vaccine") else {
                return nil
            }
            return VaccineRule(
                vaccine: vaccine.lowercased(), species: row.text("species")?.lowercased(),
                bookingKinds: Set(row.texts("booking_kinds")),
                graceDays: Int(clamping: row.integer("grace_days") ?? 0),
                level: row.text("level") == "block" ? .block : .warn)
        }
    }

    private static let rulesMax = 4_096

    private func valid(
        _ collection: String, of animal: RowID, unless ended: String
    ) throws(StorageError) -> [NamedRow] {
        try named.rows(collection, where: "animal", is: .reference(animal))
            .filter { $0.value(ended).isNull }
    }

    private static func waiver(_ row: NamedRow) -> VaccineWaiver? {
        guard let vaccine = row.text("vaccine"),
            let from = row.text("from_date").flatMap(LocalDate.init),
            let until = row.text("to_date").flatMap(LocalDate.init)
        else { return nil }
        return VaccineWaiver(
            vaccine: vaccine, from: from, until: until,
            initials: row.text("approver_initials") ?? "?")
    }

    private func carePlan(_ row: NamedRow) throws(StorageError) -> CarePlan? {
        guard let kind = row.text("kind").flatMap(CarePlan.Kind.init) else { return nil }
        let instructions = try named.siblings(of: "instructions", "care_plan", row.id)
        return CarePlan(
            kind: kind, item: row.text("item"), amount: row.text("amount"),
            unit: row.text("unit"), times: row.texts("times"),
            isWithFood: row.integer("with_food") == 1, instructions: instructions)
    }
}

extension NamedRow {
    fileprivate var severity: Int { Int(clamping: integer("severity") ?? 0) }
}
