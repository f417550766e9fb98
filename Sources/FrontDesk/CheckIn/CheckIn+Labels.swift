public import CRDT

// Labels of an animal that is in house, once more: a tag was chewed, a card got wet.
extension CheckIn {
    /// The hole of a template, and the word in a job's data, that says which copy a label is.
    public static let copyHole = "copy"

    /// What a wish for labels writes; all of it goes into one transaction, or none.
    public struct Relabelling: Sendable, Hashable {
        public let changes: [RowOperation]
        public let printJobs: [RowID]
    }

    /// The labels of a stay with what is known now.
    ///
    /// - Parameters:
    ///   - animal: one of the view's.
    ///   - copies: by label role, which copy the next one is; 2 for the second. A person who finds
    ///     two must see which is the newer one.
    /// - Returns: nil where the view has no such animal.
    public static func relabelling(
        _ stay: RowID, of animal: RowID, copies: [String: Int], _ request: CheckInRequest,
        _ view: CheckInView, _ forms: CheckInForms, ids: inout RowIDSource
    ) -> Relabelling? {
        guard let guest = view.animals.first(where: { $0.id == animal }) else { return nil }
        var changes: [RowOperation] = []
        var jobs: [RowID] = []
        for (index, wish) in request.labels.enumerated() {
            let words = words(of: wish, for: guest, in: stay, request, view)
            var open = words.open.values
            if let copy = copies[wish.role], copy > 1 { open[copyHole] = "\(copy)" }
            let job = ids.draw()
            jobs.append(job)
            changes.append(
                printJob(
                    job, index, wish, FilledLabel(open: LabelData(open), person: words.person),
                    for: guest, request, view, forms))
        }
        return Relabelling(changes: changes, printJobs: jobs)
    }
}
