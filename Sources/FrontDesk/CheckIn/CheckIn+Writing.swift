internal import CRDT

// What an admission writes: one transaction of rows (`Check-In.md`, Written).
extension CheckIn {
    /// What an admission writes.
    static func admission(
        of animals: [CheckInView.Animal], _ request: CheckInRequest, _ view: CheckInView,
        _ forms: CheckInForms, _ ids: inout RowIDSource
    ) -> Admission {
        var changes: [RowOperation] = []
        if view.booking.status != Status.checkedIn {
            changes.append(
                forms.booking.update(view.booking.id, ["status": .text(Status.checkedIn)]))
        }
        for item in view.items
        where item.status != Status.checkedIn && !item.isOver
            && item.animals.contains(where: { id in animals.contains { $0.id == id } })
        {
            changes.append(forms.bookingItem.update(item.id, ["status": .text(Status.checkedIn)]))
        }
        var stays: [RowID] = []
        var jobs: [RowID] = []
        changes += approved(animals, request, view, forms, &ids)
        for animal in animals {
            let stay = ids.draw()
            stays.append(stay)
            changes += arrival(of: animal, as: stay, request, view, forms, &ids)
            for (index, wish) in request.labels.enumerated() {
                let job = ids.draw()
                jobs.append(job)
                let words = words(of: wish, for: animal, in: stay, request, view)
                changes.append(
                    printJob(job, index, wish, words, for: animal, request, view, forms))
            }
        }
        return Admission(
            changes: changes, stays: stays, printJobs: jobs,
            remarks: remarks(request, view, animals))
    }

    private static func arrival(
        of animal: CheckInView.Animal, as stay: RowID, _ request: CheckInRequest,
        _ view: CheckInView, _ forms: CheckInForms, _ ids: inout RowIDSource
    ) -> [RowOperation] {
        let item = view.items.first {
            $0.animals.contains(animal.id) && !$0.isOver
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

    /// Who let a rule pass, for whom and until when: rows beside the stay, never a changed record.
    private static func approved(
        _ animals: [CheckInView.Animal], _ request: CheckInRequest, _ view: CheckInView,
        _ forms: CheckInForms, _ ids: inout RowIDSource
    ) -> [RowOperation] {
        guard let approval = request.approval, !rulesBroken(request, view, animals).isEmpty
        else { return [] }
        let born = [
            "origin_site": Value.reference(request.site), "created_by": Value(request.staff),
        ]
        func row(_ form: RowForm, _ values: [String: Value]) -> RowOperation {
            form.insert(ids.draw(), born.merging(values) { $1 })
        }
        var rows = [
            row(
                forms.permissionOverride,
                [
                    "requester": Value(request.staff), "approver": .reference(approval.approver),
                    "action": .text("stays:checkin"),
                    "subject": .reference(view.booking.id),
                    "reason": .text(approval.reason), "expires_on": .text(approval.until.isoText),
                    "occurred_at": .integer(request.wallMilliseconds),
                    "request_key": .text(request.key),
                ])
        ]
        for animal in animals {
            for gap in gaps(of: animal, request, view)
            where gap.level == .block && gap.waiver == nil {
                rows.append(
                    row(
                        forms.vaccineWaiver,
                        [
                            "animal": .reference(animal.id), "vaccine": .text(gap.vaccine),
                            "from_date": .text(request.today.isoText),
                            "to_date": .text(approval.until.isoText),
                            "reason": .text(approval.reason),
                            "requester": Value(request.staff),
                            "approver": .reference(approval.approver),
                            "approver_initials": .text(approval.initials),
                        ]))
                rows.append(
                    row(
                        forms.task,
                        [
                            "title": .text("Waiver ends: \(gap.sentence)"),
                            "due_on": .text(approval.until.isoText),
                            "animal": .reference(animal.id), "site": .reference(request.site),
                            "status": .text("open"),
                        ]))
            }
        }
        return rows
    }

    static func printJob(
        _ job: RowID, _ index: Int, _ wish: LabelWish, _ words: FilledLabel,
        for animal: CheckInView.Animal, _ request: CheckInRequest, _ view: CheckInView,
        _ forms: CheckInForms
    ) -> RowOperation {
        let party = view.booking.party
        let person = words.person
        return forms.printJob.insert(
            job,
            [
                "site": .reference(request.site), "box": .blob(wish.box),
                "target_role": .text(wish.role), "template": .text(wish.template),
                "template_version": .integer(Int64(wish.version)),
                "data": .text(words.open.text), "party": Value(party),
                "person_data": party == nil || person.isEmpty ? .null : .text(person.text),
                "copies": .integer(Int64(wish.copies)), "requested_by": Value(request.staff),
                "requested_at": .integer(request.wallMilliseconds),
                "idempotency_key": .text(
                    "\(request.key)/\(ScanPayload(.animal, animal.id).text)/\(index)"),
                "animal": .reference(animal.id),
            ])
    }
}
