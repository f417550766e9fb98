package import CRDT
package import FrontDesk
package import ReplicaStorage

/// One check-in inside one turn of the replica: the stored answer, or reading, deciding and
/// writing.
package struct CheckInTurn: Sendable {
    let wish: CheckInWish
    /// The booking meant, found before the turn.
    let candidate: Result<RowID, DeskRefusal>
    let key: String
    let request: ContentHash
    let now: Int64
    let today: LocalDate?
    let premises: Premises
    let forms: CheckInForms
    let labels: [LabelWish]
    let encode: @Sendable (CheckedIn) -> [UInt8]

    /// - Parameters:
    ///   - request: the hash of what the key belongs to.
    ///   - encode: the answer as it is kept and sent.
    package init(
        wish: CheckInWish, candidate: Result<RowID, DeskRefusal>, key: String,
        request: ContentHash, now: Int64, today: LocalDate?, premises: Premises,
        forms: CheckInForms, labels: [LabelWish],
        encode: @escaping @Sendable (CheckedIn) -> [UInt8]
    ) {
        self.wish = wish
        self.candidate = candidate
        self.key = key
        self.request = request
        self.now = now
        self.today = today
        self.premises = premises
        self.forms = forms
        self.labels = labels
        self.encode = encode
    }

    package func perform(
        _ reader: Reader, _ ids: inout RowIDSource
    ) throws(StorageError) -> (Deed, DeskEnding) {
        if let known = try reader.answer(to: key) {
            guard known.request == request else {
                return (.none, .failure(.keyReused))
            }
            return (.none, .success(DeskReply(bytes: known.answer, isReplayed: true)))
        }
        let named = NamedReader(reader: reader, schema: premises.replica.schema)
        let own = try named.row("site", premises.site)
        let reading = CheckInReading(
            named: named, siteName: own?.text("name") ?? premises.siteName,
            sitePhone: own?.text("phones"))
        let booking: RowID
        switch candidate {
        case .success(let row): booking = row
        case .failure(let refusal): return (.none, .failure(refusal))
        }
        guard try reading.isStillDue(booking, for: wish) else {
            return refuse(.conflict, "The booking of this animal was just changed; scan again.")
        }
        guard let view = try reading.view(of: booking) else {
            return refuse(
                .unknown, "There is no such booking here. It may not have synced yet; scan again.")
        }
        guard let today else { return refuse(.invalid, "The clock shows no day of this era.") }
        let asked = CheckInRequest(
            site: premises.site, staff: wish.staff, animals: wish.animals, today: today,
            wallMilliseconds: now, handedBy: wish.handedBy, key: key, labels: labels,
            approval: wish.approval)
        switch CheckIn.decide(asked, view, forms, ids: &ids) {
        case .refuse(let reason): return refuse(Self.kind(reason), reason.sentence)
        case .repeated(let stays):
            return answer(
                CheckedIn(booking: booking, stays: stays, printJobs: [], remarks: []), [])
        case .admit(let admission):
            return answer(
                CheckedIn(
                    booking: booking, stays: admission.stays, printJobs: admission.printJobs,
                    remarks: admission.remarks), admission.changes)
        }
    }

    /// Jobs of this box are owed from the moment they exist: the effect is in the same transaction.
    private func answer(_ made: CheckedIn, _ changes: [RowOperation]) -> (Deed, DeskEnding) {
        let body = encode(made)
        let deed = Deed(
            changes: changes,
            answer: StoredAnswer(
                key: key, request: request, answer: body, wallMilliseconds: now),
            effects: made.printJobs.map {
                StoredEffect(
                    row: $0, kind: PrintService.effectKind, state: PrintService.queuedState,
                    wallMilliseconds: now)
            })
        return (deed, .success(DeskReply(bytes: body, isReplayed: false)))
    }

    private func refuse(_ kind: DeskRefusal.Kind, _ message: String) -> (Deed, DeskEnding) {
        (.none, .failure(DeskRefusal(kind, message)))
    }

    private static func kind(_ reason: RefusalReason) -> DeskRefusal.Kind {
        switch reason {
        case .noAnimals, .animalNotOnBooking, .copiesOutOfRange: .invalid
        case .animalUnknown: .unknown
        case .animalDeceased, .alreadyInHouse, .bookingCancelled, .bookingOver, .wrongSite,
            .vaccinationBlock, .capacityExceeded, .banned, .rulesBroken, .approvalOver:
            .conflict
        }
    }
}
