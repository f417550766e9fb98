internal import CRDT

extension CheckIn {
    /// What the rule at the door would say, for a page that shows it before anybody asks.
    public struct Preview: Sendable, Hashable {
        /// Nil where the animals may come in.
        public let refusal: RefusalReason?
        public let remarks: [CheckInRemark]
        /// In the order of the view's animals: what each lacks.
        public let gaps: [[VaccinationGap]]
    }

    /// Decides as `decide` does, and writes nothing.
    public static func preview(
        _ request: CheckInRequest, _ view: CheckInView, _ forms: CheckInForms
    ) -> Preview {
        // Rows with these ids are never kept.
        var ids = RowIDSource(prefix: 0)
        let lacks = view.animals.map { gaps(of: $0, request, view) }
        switch decide(request, view, forms, ids: &ids) {
        case .admit(let admission):
            return Preview(refusal: nil, remarks: admission.remarks, gaps: lacks)
        case .repeated: return Preview(refusal: nil, remarks: [], gaps: lacks)
        case .refuse(let reason):
            return Preview(refusal: reason, remarks: [], gaps: lacks)
        }
    }
}

extension RefusalReason {
    /// For programs; the sentence is for people. Of several broken rules the first one's.
    public var code: String {
        switch self {
        case .rulesBroken(let reasons): reasons.first?.code ?? "rules_broken"
        case .noAnimals: "no_animals"
        case .animalUnknown: "animal_unknown"
        case .animalNotOnBooking: "animal_not_on_booking"
        case .animalDeceased: "animal_deceased"
        case .alreadyInHouse: "already_in_house"
        case .bookingCancelled: "booking_cancelled"
        case .bookingOver: "booking_over"
        case .wrongSite: "wrong_site"
        case .copiesOutOfRange: "copies_out_of_range"
        case .vaccinationBlock: "vaccination_block"
        case .capacityExceeded: "capacity_exceeded"
        case .banned: "banned"
        case .approvalOver: "approval_over"
        }
    }
}

extension CheckInRemark {
    /// For programs; the sentence is for people.
    public var code: String {
        switch self {
        case .beforeArrival: "before_arrival"
        case .afterDeparture: "after_departure"
        case .notConfirmed: "not_confirmed"
        case .runFull: "run_full"
        case .noRun: "no_run"
        case .noOwner: "no_owner"
        case .vaccinationGap: "vaccination_gap"
        }
    }

    public var sentence: String {
        switch self {
        case .beforeArrival(let day): "The booking begins on \(day.text)."
        case .afterDeparture(let day): "The booking ended on \(day.text)."
        case .notConfirmed: "Nobody has confirmed this booking."
        case .runFull(let code, let most): "Run \(code) takes \(most) and is full."
        case .noRun: "No run is booked. Choose one and note it on the card."
        case .noOwner: "The tag will show no name and no phone of the owner."
        case .vaccinationGap(let gap):
            gap.waiver.map { "\(gap.sentence) Waived by \($0.initials) until \($0.until.text)." }
                ?? gap.sentence
        }
    }
}
