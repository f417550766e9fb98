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
        } catch {
            return .refuse(error)
        }
        return .admit(admission(of: animals, request, view, forms, &ids))
    }

    /// Statuses of a booking that the rule looks at; all others let an animal in.
    private enum Status {
        static let cancelled = "cancelled"
        static let over: Set<String> = ["no_show", "checked_out"]
        static let unconfirmed: Set<String> = ["requested", "waitlisted"]
        static let checkedIn = "checked_in"
        static let itemOver: Set<String> = ["cancelled", "no_show", "done"]
    }

    private static let copiesMax = 100

    private static func guests(
        _ request: CheckInRequest, _ view: CheckInView
    ) throws(RefusalReason) -> [CheckInView.Animal] {
        let booked = bookedAnimals(view)
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

    private static func bookedAnimals(_ view: CheckInView) -> [RowID] {
        view.items.filter { !Status.itemOver.contains($0.status) }.flatMap(\.animals)
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

    private static func admission(
        of animals: [CheckInView.Animal], _ request: CheckInRequest, _ view: CheckInView,
        _ forms: CheckInForms, _ ids: inout RowIDSource
    ) -> Admission {
        var changes: [RowOperation] = []
        if view.booking.status != Status.checkedIn {
            changes.append(
                forms.booking.update(view.booking.id, ["status": .text(Status.checkedIn)]))
        }
        for item in view.items
        where item.status != Status.checkedIn && !Status.itemOver.contains(item.status)
            && item.animals.contains(where: { id in animals.contains { $0.id == id } })
        {
            changes.append(forms.bookingItem.update(item.id, ["status": .text(Status.checkedIn)]))
        }
        var stays: [RowID] = []
        var jobs: [RowID] = []
        for animal in animals {
            let stay = ids.draw()
            stays.append(stay)
            changes += arrival(of: animal, as: stay, request, view, forms, &ids)
            for (index, wish) in request.labels.enumerated() {
                let job = ids.draw()
                jobs.append(job)
                changes.append(
                    printJob(job, index, wish, for: animal, request, view, forms))
            }
        }
        return Admission(
            changes: changes, stays: stays, printJobs: jobs,
            remarks: remarks(request, view, arriving: animals.count))
    }

    private static func arrival(
        of animal: CheckInView.Animal, as stay: RowID, _ request: CheckInRequest,
        _ view: CheckInView, _ forms: CheckInForms, _ ids: inout RowIDSource
    ) -> [RowOperation] {
        let item = view.items.first {
            $0.animals.contains(animal.id) && !Status.itemOver.contains($0.status)
        }
        let party = view.booking.party
        return [
            forms.stay.insert(
                stay,
                [
                    "origin_site": .reference(request.site), "created_by": Value(request.staff),
                    "booking": .reference(view.booking.id), "booking_item": Value(item?.id),
                    "animal": .reference(animal.id), "site": .reference(request.site),
                    "status": .text("in_house"),
                ]),
            forms.stayEvent.insert(
                ids.draw(),
                [
                    "stay": .reference(stay), "site": .reference(request.site),
                    "party": Value(party), "kind": .text("in"),
                    "occurred_at": .integer(request.wallMilliseconds),
                    "recorded_at": .integer(request.wallMilliseconds),
                    "resource": Value(view.resource?.id), "by": Value(request.staff),
                    // A personal word needs the person with whom it can be erased.
                    "handed_by": party == nil ? .null : Value(request.handedBy),
                    "request_key": .text(request.key),
                ]),
        ]
    }

    private static func printJob(
        _ job: RowID, _ index: Int, _ wish: LabelWish, for animal: CheckInView.Animal,
        _ request: CheckInRequest, _ view: CheckInView, _ forms: CheckInForms
    ) -> RowOperation {
        let tag = CollarTag(
            animal: animal.id, animalName: animal.name,
            about: [animal.breed, animal.sex].compactMap(\.self),
            ownerName: view.owner?.name, ownerPhone: view.owner?.phone,
            runCode: view.resource?.code, arrival: view.booking.from ?? request.today,
            departure: view.booking.to, siteName: view.siteName)
        let person = tag.personData
        let party = view.booking.party
        return forms.printJob.insert(
            job,
            [
                "site": .reference(request.site), "box": .blob(wish.box),
                "target_role": .text(wish.role), "template": .text(wish.template),
                "template_version": .integer(Int64(wish.version)), "data": .text(tag.data.text),
                "party": Value(party),
                "person_data": party == nil || person.isEmpty ? .null : .text(person.text),
                "copies": .integer(Int64(wish.copies)), "requested_by": Value(request.staff),
                "requested_at": .integer(request.wallMilliseconds),
                "idempotency_key": .text(
                    "\(request.key)/\(ScanPayload(.animal, animal.id).text)/\(index)"),
                "animal": .reference(animal.id),
            ])
    }

    private static func remarks(
        _ request: CheckInRequest, _ view: CheckInView, arriving: Int
    ) -> [CheckInRemark] {
        var remarks: [CheckInRemark] = []
        if Status.unconfirmed.contains(view.booking.status) { remarks.append(.notConfirmed) }
        if let from = view.booking.from, request.today < from {
            remarks.append(.beforeArrival(from))
        }
        if let to = view.booking.to, request.today > to { remarks.append(.afterDeparture(to)) }
        if let run = view.resource {
            if let most = run.animalsMax, run.occupants + arriving > most {
                remarks.append(.runFull(code: run.code, animalsMax: most))
            }
        } else {
            remarks.append(.noRun)
        }
        if view.owner?.name == nil { remarks.append(.noOwner) }
        return remarks
    }
}
