internal import CRDT

/// The words for a label's holes, those that speak of a person apart.
struct FilledLabel {
    let open: LabelData
    let person: LabelData
}

// What staff are told: on paper, and on the desk's page.
extension CheckIn {
    static func words(
        of wish: LabelWish, for animal: CheckInView.Animal, in stay: RowID,
        _ request: CheckInRequest, _ view: CheckInView
    ) -> FilledLabel {
        let arrival = view.booking.from ?? request.today
        switch wish.content {
        case .collarTag:
            let tag = CollarTag(
                animal: animal.id, animalName: animal.name,
                about: [animal.breed, animal.sex].compactMap(\.self),
                ownerName: view.owner?.name, ownerPhone: view.owner?.phone,
                runCode: view.resource?.code, arrival: arrival, departure: view.booking.to,
                siteName: view.siteName, sitePhone: view.sitePhone)
            return FilledLabel(open: tag.data, person: tag.personData)
        case .kennelCard:
            let card = KennelCard(
                stay: stay, animalName: animal.name,
                about: [animal.species, animal.breed, animal.sex].compactMap(\.self),
                runCode: view.resource?.code, arrival: arrival, departure: view.booking.to,
                ownerName: view.owner?.name, ownerPhone: view.owner?.phone,
                alerts: cardAlerts(of: animal, request, view),
                feeding: lines(animal.carePlans, [.feed, .treat, .exercise]),
                medication: lines(animal.carePlans, [.medicate]), siteName: view.siteName,
                sitePhone: view.sitePhone)
            return FilledLabel(open: card.data, person: card.personData)
        }
    }

    /// What was let pass first, then the gravest.
    private static func cardAlerts(
        of animal: CheckInView.Animal, _ request: CheckInRequest, _ view: CheckInView
    ) -> [String] {
        let gaps = gaps(of: animal, request, view).map { gap in
            waived(gap, request).cardLine
        }
        let alerts = animal.alerts.map { ($0.severity, $0.cardLine) }
        let allergies = animal.allergies.map { ($0.severity, $0.cardLine) }
        let known = (alerts + allergies).sorted { ($1.0, $0.1) < ($0.0, $1.1) }
        return gaps + known.map(\.1)
    }

    /// The gap as it stands once this request is admitted.
    private static func waived(
        _ gap: VaccinationGap, _ request: CheckInRequest
    ) -> VaccinationGap {
        guard gap.waiver == nil, gap.level == .block, let approval = request.approval else {
            return gap
        }
        var waived = gap
        waived.waiver = VaccineWaiver(
            vaccine: gap.vaccine, from: request.today, until: approval.until,
            initials: approval.initials)
        return waived
    }

    private static func lines(_ plans: [CarePlan], _ kinds: Set<CarePlan.Kind>) -> [String] {
        plans.filter { kinds.contains($0.kind) }.map(\.cardLine).filter { !$0.isEmpty }.sorted()
    }

    static func remarks(
        _ request: CheckInRequest, _ view: CheckInView, _ animals: [CheckInView.Animal]
    ) -> [CheckInRemark] {
        var remarks: [CheckInRemark] = []
        if Status.unconfirmed.contains(view.booking.status) { remarks.append(.notConfirmed) }
        if let from = view.booking.from, request.today < from {
            remarks.append(.beforeArrival(from))
        }
        if let to = view.booking.to, request.today > to { remarks.append(.afterDeparture(to)) }
        if let run = view.resource {
            if let most = run.animalsMax, run.occupants + animals.count > most {
                remarks.append(.runFull(code: run.code, animalsMax: most))
            }
        } else {
            remarks.append(.noRun)
        }
        if view.owner?.name == nil { remarks.append(.noOwner) }
        for animal in animals {
            remarks += gaps(of: animal, request, view).map {
                .vaccinationGap(waived($0, request))
            }
        }
        return remarks
    }
}
