public import CRDT

/// The rule at the door: who may come in, and what is written when they do (`Check-In.md`).
public enum CheckIn {
    public enum Decision: Sendable, Hashable {
        case admit(Admission)
        /// The very request was admitted before; nothing is to be written.
        case repeated(stays: [RowID])
        case refuse(RefusalReason)
    }

    /// All of it goes into one transaction, or none.
    public struct Admission: Sendable, Hashable {
        public let changes: [RowOperation]
        /// In the order of the animals.
        public let stays: [RowID]
        public let printJobs: [RowID]
        public let remarks: [CheckInRemark]
    }

    /// Pure. - Parameter ids: draws the ids of the new rows.
    public static func decide(
        _ request: CheckInRequest, _ view: CheckInView, _ forms: CheckInForms,
        ids: inout RowIDSource
    ) -> Decision {
        let animals: [CheckInView.Animal]
        do throws(RefusalReason) {
            animals = try guests(request, view)
            let stays = stays(of: animals, under: request.key, view)
            if stays.count == animals.count { return .repeated(stays: stays) }
            try check(request, view, animals)
            try checkRules(request, view, animals)
        } catch {
            return .refuse(error)
        }
        return .admit(admission(of: animals, request, view, forms, &ids))
    }

    /// Statuses of a booking that the rule looks at; all others let an animal in.
    enum Status {
        static let cancelled = "cancelled"
        static let over: Set<String> = ["no_show", "checked_out"]
        static let unconfirmed: Set<String> = ["requested", "waitlisted"]
        static let checkedIn = "checked_in"
    }

    private static let copiesMax = 100

    private static func guests(
        _ request: CheckInRequest, _ view: CheckInView
    ) throws(RefusalReason) -> [CheckInView.Animal] {
        let booked = view.booked
        let wanted = request.animals ?? booked
        guard !wanted.isEmpty else { throw .noAnimals }
        var guests: [CheckInView.Animal] = []
        for id in wanted where !guests.contains(where: { $0.id == id }) {
            guard booked.contains(id) else { throw .animalNotOnBooking }
            guard let animal = view.animals.first(where: { $0.id == id }) else {
                throw .animalUnknown
            }
            guests.append(animal)
        }
        return guests
    }

    private static func stays(
        of animals: [CheckInView.Animal], under key: String, _ view: CheckInView
    ) -> [RowID] {
        animals.compactMap { animal in
            view.openStays.first { $0.animal == animal.id && $0.requestKey == key }?.id
        }
    }

    private static func check(
        _ request: CheckInRequest, _ view: CheckInView, _ animals: [CheckInView.Animal]
    ) throws(RefusalReason) {
        if view.booking.status == Status.cancelled { throw .bookingCancelled }
        if Status.over.contains(view.booking.status) { throw .bookingOver }
        guard view.booking.homeSite == request.site else {
            throw .wrongSite(home: view.booking.homeSiteName)
        }
        for animal in animals {
            let name = animal.name ?? "The animal"
            if animal.isDeceased { throw .animalDeceased(name: name) }
            if let stay = view.openStays.first(where: { $0.animal == animal.id }) {
                throw .alreadyInHouse(name: name, site: stay.siteName)
            }
        }
        for wish in request.labels where !(1...copiesMax).contains(wish.copies) {
            throw .copiesOutOfRange(wish.copies)
        }
    }

    /// What a manager's approval lets pass.
    private static func checkRules(
        _ request: CheckInRequest, _ view: CheckInView, _ animals: [CheckInView.Animal]
    ) throws(RefusalReason) {
        let reasons = rulesBroken(request, view, animals)
        guard let first = reasons.first else { return }
        guard let approval = request.approval else {
            throw reasons.count == 1 ? first : .rulesBroken(reasons)
        }
        guard approval.until >= request.today else { throw .approvalOver }
    }

    /// All of them, for whoever approves lets all of them pass.
    static func rulesBroken(
        _ request: CheckInRequest, _ view: CheckInView, _ animals: [CheckInView.Animal]
    ) -> [RefusalReason] {
        var reasons = animals.compactMap { animal in
            animal.alerts.first { $0.kind == "banned" }.map {
                RefusalReason.banned(name: animal.name ?? "The animal", text: $0.text)
            }
        }
        if let run = view.resource, let most = run.animalsMax,
            run.occupants + animals.count > most
        {
            reasons.append(
                .capacityExceeded(code: run.code, animalsMax: most, free: run.free))
        }
        let open = animals.flatMap { gaps(of: $0, request, view) }
            .filter { $0.level == .block && $0.waiver == nil }
        if !open.isEmpty { reasons.append(.vaccinationBlock(open)) }
        return reasons
    }

    static func gaps(
        of animal: CheckInView.Animal, _ request: CheckInRequest, _ view: CheckInView
    ) -> [VaccinationGap] {
        VaccineRule.gaps(
            of: animal, under: view.rules, booking: view.booking.kind,
            lastDay: max(view.booking.to ?? request.today, request.today), today: request.today)
    }
}
