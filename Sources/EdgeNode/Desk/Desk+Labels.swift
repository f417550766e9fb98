public import CRDT
internal import FrontDesk
internal import ReplicaStorage
internal import Signing

/// Labels of one animal in house that are wanted once more.
public struct LabelsWish: Sendable {
    public let stay: RowID
    /// `collar` or `card`; nil for all that a check-in prints.
    public let role: String?
    /// Who is signed in at the desk.
    public let staff: RowID

    public init(stay: RowID, role: String?, staff: RowID) {
        self.stay = stay
        self.role = role
        self.staff = staff
    }
}

extension Desk {
    /// Queues labels of a stay with what is known now, once a key, each marked as the copy that it
    /// is.
    ///
    /// - Parameters:
    ///   - request: what the key belongs to; the same key with another request is refused.
    ///   - encode: the answer as it is kept and sent; it gets the new jobs.
    /// - Returns: the answer, and whether it was given before.
    /// - Throws: `DeskRefusal` or `NodeFault`.
    public func printLabels(
        _ wish: LabelsWish, key: String, request: [UInt8],
        encode: @escaping @Sendable ([RowID]) -> [UInt8]
    ) async throws -> (answer: [UInt8], isReplayed: Bool) {
        let labels = labels().filter { wish.role == nil || $0.role == wish.role }
        guard !labels.isEmpty else {
            throw DeskRefusal(.invalid, "There are labels for a collar and for a card.")
        }
        let turn = LabelsTurn(
            wish: wish, key: key, request: BLAKE2bHasher().hash(request),
            now: node.environment.wallMilliseconds(), node: node, forms: forms, labels: labels,
            encode: encode)
        let reply = try await node.turn { reader, ids throws(StorageError) in
            try turn.perform(reader, &ids)
        }
        return (reply.bytes, reply.isReplayed)
    }
}

/// One wish for labels inside one turn of the replica.
private struct LabelsTurn: Sendable {
    let wish: LabelsWish
    let key: String
    let request: ContentHash
    let now: Int64
    let node: Node
    let forms: CheckInForms
    let labels: [LabelWish]
    let encode: @Sendable ([RowID]) -> [UInt8]

    func perform(
        _ reader: Reader, _ ids: inout RowIDSource
    ) throws(StorageError) -> (Deed, DeskEnding) {
        if let known = try reader.answer(to: key) {
            guard known.request == request else { return (.none, .failure(.keyReused)) }
            return (.none, .success(DeskReply(bytes: known.answer, isReplayed: true)))
        }
        let named = NamedReader(reader: reader, schema: node.replica.schema)
        guard let stay = try named.row("stay", wish.stay), let animal = stay.reference("animal")
        else { return refuse(.unknown, "There is no such stay here. It may not have synced yet.") }
        guard stay.reference("site") == node.site, stay.text("status") == "in_house" else {
            return refuse(.conflict, "It is not in house at this site; labels are printed there.")
        }
        let own = try named.row("site", node.site)
        let reading = CheckInReading(
            named: named, siteName: own?.text("name") ?? node.facts.name,
            sitePhone: own?.text("phones"))
        guard let booking = stay.reference("booking") else {
            return refuse(
                .conflict, "This stay has no booking; labels name it, so none can be printed.")
        }
        guard let view = try reading.view(of: booking) else {
            return refuse(
                .conflict,
                """
                The booking of this stay is not here: it has not synced yet, or it was deleted. \
                Labels name it, so none can be printed.
                """)
        }
        guard let today = Desk.day(now) else {
            return refuse(.invalid, "The clock shows no day of this era.")
        }
        let asked = CheckInRequest(
            site: node.site, staff: wish.staff, today: today, wallMilliseconds: now, key: key,
            labels: labels)
        let copies = try copies(of: stay, animal, named)
        guard
            let made = CheckIn.relabelling(
                wish.stay, of: animal, copies: copies, asked, view, forms, ids: &ids)
        else { return refuse(.conflict, "The animal is not on its booking any more.") }
        let body = encode(made.printJobs)
        return (
            Deed(
                changes: made.changes,
                answer: StoredAnswer(
                    key: key, request: request, answer: body, wallMilliseconds: now),
                effects: made.printJobs.map {
                    StoredEffect(
                        row: $0, kind: PrintService.effectKind, state: PrintService.queuedState,
                        wallMilliseconds: now)
                }), .success(DeskReply(bytes: body, isReplayed: false))
        )
    }

    /// Which copy of each label is next: one more than those asked for since the animal came.
    private func copies(
        of stay: NamedRow, _ animal: RowID, _ named: NamedReader
    ) throws(StorageError) -> [String: Int] {
        let came = try named.rows("stay_event", where: "stay", is: .reference(stay.id))
            .first { $0.text("kind") == "in" }?.integer("occurred_at")
        var copies: [String: Int] = [:]
        for job in try named.rows("print_job", where: "animal", is: .reference(animal))
        where job.integer("requested_at") ?? 0 >= came ?? 0 {
            copies[job.text("target_role") ?? "", default: 1] += 1
        }
        return copies
    }

    private func refuse(
        _ kind: DeskRefusal.Kind, _ message: String
    ) -> (Deed, DeskEnding) { (.none, .failure(DeskRefusal(kind, message))) }
}
