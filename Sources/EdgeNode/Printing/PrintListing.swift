public import CRDT
internal import FrontDesk
public import Peripherals
internal import ReplicaStorage

/// How it stands with one job of this box.
public struct PrintStanding: Sendable, Hashable {
    public let job: RowID
    public let state: PrintJob.StateWord
    /// The hold's or the evidence's word.
    public let detail: String?
    public let attempt: Int
    /// The printer that has it or had it.
    public let printer: String?
    /// 2 for a label that was printed again though the first may exist, and so on.
    public let copy: Int
    /// Since when it stands so, in Unix milliseconds.
    public let since: Int64

    /// Where a job stands among others: by its latest change, then by its id.
    public struct Place: Sendable, Hashable, Comparable {
        public let since: Int64
        public let job: RowID

        public init(since: Int64, job: RowID) {
            self.since = since
            self.job = job
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.since, left.job) < (right.since, right.job)
        }
    }

    public var place: Place { Place(since: since, job: job) }
}

extension Node {
    /// Nil for a job that this box was never asked for.
    public func printJob(_ job: RowID) throws(NodeFault) -> PrintStanding? {
        let kept = try read { reader throws(StorageError) in try reader.effect(of: job) }
        return kept.flatMap { $0.kind == PrintService.effectKind ? PrintStanding($0) : nil }
    }
}

extension PrintStanding {
    init?(_ kept: StoredEffect) {
        guard let state = PrintJob.StateWord(rawValue: kept.state) else { return nil }
        let known = PrintDetail(decoding: kept.detail)
        job = kept.row
        self.state = state
        detail = known?.word
        attempt = known?.attempt ?? 0
        printer = known?.printer
        copy = known?.copy ?? 1
        since = kept.wallMilliseconds
    }
}

/// A label as its printer makes it.
public struct DrawnLabel: Sendable {
    public let picture: LabelPicture
    /// The printer that has the job, or that would get it.
    public let printer: String
}

extension PrintService {
    /// The label that a job makes, drawn from the very bytes that its printer gets.
    ///
    /// - Returns: nil where there is no such job, or its person was erased and nothing is left.
    /// - Throws: `NodeFault` where it cannot be set or drawn.
    public func picture(of job: RowID) throws -> DrawnLabel? {
        guard let order = try PrintOrder(of: job, node, packs, isOwn: false) else { return nil }
        let slot = try picturedSlot(of: job, order)
        do {
            let label = try order.label(
                for: slot, among: packs.templates, raster, copy: try copy(of: job))
            let drawn = try ZPLRenderer.draw(label.bytes)
            return DrawnLabel(
                picture: drawn.isSideways ? drawn.picture.turned : drawn.picture, printer: slot.id)
        } catch let problem as ZPL.Problem {
            throw NodeFault(.refused, "the label cannot be set: \(problem)")
        } catch let refusal as ZPLRefusal {
            throw NodeFault(.refused, "the label cannot be drawn: \(refusal.sentence)")
        }
    }

    /// What of a job's label is not as it was asked for, in sentences for the desk: what is cut,
    /// and what cannot be printed. Empty where there is no such job.
    ///
    /// - Throws: `NodeFault` where the job cannot be read.
    public func findings(of job: RowID) throws -> [String] {
        guard let order = try PrintOrder(of: job, node, packs, isOwn: false) else { return [] }
        let (slot, copy) = (try picturedSlot(of: job, order), try copy(of: job))
        do throws(ZPL.Problem) {
            return try order.findings(for: slot, among: packs.templates, raster, copy: copy)
        } catch {
            return ["The label cannot be set on this printer: \(error)"]
        }
    }

    private func copy(of job: RowID) throws -> Int { try node.printJob(job)?.copy ?? 1 }

    /// The printer that has it, else the one that would get it, else the usual one of four inches.
    private func picturedSlot(of job: RowID, _ order: PrintOrder) throws -> PrinterSlot {
        if let known = try node.printJob(job)?.printer.flatMap({ slots[$0] }) { return known }
        if case .slot(let slot) = choice.slot(for: order.template) { return slot }
        return Self.anyPrinter
    }

    private static let anyPrinter = PrinterSlot(
        id: "none", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
        confirmsWithin: nil, target: NoPrinter())
}

/// For pictures of labels that no printer here would take.
private struct NoPrinter: PrintTarget {
    func prepare(_ job: RowID) async -> [PrintJob.Input] { [] }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] { [.interrupted(acceptedBytes: 0)] }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
