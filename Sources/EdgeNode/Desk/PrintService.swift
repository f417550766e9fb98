public import CRDT
internal import FrontDesk
public import Peripherals
public import ReplicaStorage

/// Where a job's bytes go.
public protocol PrintTarget: Sendable {
    /// Puts all bytes of one attempt there; returns when they are safe.
    ///
    /// - Returns: what shows that they are.
    func print(_ bytes: [UInt8], job: RowID, attempt: Int) async throws -> PrintJob.Evidence
    /// Whether the bytes of this attempt arrived, as far as the target can tell after a restart.
    func evidence(of job: RowID, attempt: Int) async -> PrintJob.Evidence?
}

/// Prints what this box owes: jobs whose row names this box and whose effect stands in
/// `warren_effect`, which the command that made the job wrote with it.
///
/// A job that only came by merge has no effect here and is never printed, so that neither a rebuild
/// nor another box's job makes paper.
public struct PrintService: Sendable {
    static let effectKind = "print"
    static let queuedState = PrintJob.StateWord.queued.rawValue

    private static let openStates = Set(
        [PrintJob.StateWord.queued, .held, .sending, .sent, .failed, .unknown].map(\.rawValue))

    private let node: Node
    private let packs: InstalledPacks
    private let target: any PrintTarget
    private let printer: ZPL.Printer

    /// - Parameters:
    ///   - target: the one printer of this box for now.
    ///   - printer: what the encoder must know of it.
    public init(
        _ node: Node, _ packs: InstalledPacks, target: any PrintTarget, printer: ZPL.Printer
    ) {
        self.node = node
        self.packs = packs
        self.target = target
        self.printer = printer
    }

    /// Prints until cancelled. Returns early only when the storage fails.
    public func run() async throws {
        var isFirst = true
        for await _ in node.replica.feed.follow() {
            for effect in try owed() {
                try await serve(effect, afterRestart: isFirst)
            }
            isFirst = false
        }
    }

    private func owed() throws -> [StoredEffect] {
        try node.read { reader throws(StorageError) in
            try reader.effects(of: Self.effectKind, in: Self.openStates)
        }
    }

    /// Takes one job as far as it goes without waiting.
    private func serve(_ effect: StoredEffect, afterRestart: Bool) async throws {
        guard let order = try PrintOrder(of: effect.row, node, packs) else { return }
        var run = PrintRun(job: effect.row, node: node, kept: effect)
        let isWaiting = effect.state == PrintJob.StateWord.unknown.rawValue
        if isWaiting && !afterRestart { return }
        var inputs: [PrintJob.Input] = afterRestart ? [.restarted] : [.timerFired]
        if effect.state == PrintJob.StateWord.sending.rawValue || isWaiting,
            let evidence = await target.evidence(of: effect.row, attempt: run.attempt)
        {
            inputs.append(.confirmed(evidence))
        }
        inputs.append(.ready)
        var queue = inputs[...]
        while let input = queue.popFirst() {
            for step in run.handle(input) {
                switch step {
                case .store(let record):
                    try await run.keep(record)
                    queue.append(.stored(record))
                case .send(let attempt):
                    queue.append(contentsOf: await send(order, effect.row, attempt))
                case .ask, .wake, .refuse: break
                }
            }
        }
    }

    private func send(
        _ order: PrintOrder, _ job: RowID, _ attempt: Int
    ) async -> [PrintJob.Input] {
        do {
            let label = try ZPL.encode(order.document, copies: order.copies, for: printer)
            let evidence = try await target.print(label.bytes, job: job, attempt: attempt)
            return [.acceptedAll, .confirmed(evidence)]
        } catch {
            return [.interrupted(acceptedBytes: 0)]
        }
    }
}

/// What a job's row asks for, if it asks this box.
struct PrintOrder {
    let document: TagDocument
    let copies: Int

    /// `nil` for a job of another box or site, or one whose template is not here.
    init?(of job: RowID, _ node: Node, _ packs: InstalledPacks) throws {
        guard let collection = packs.schema.collection(named: "print_job"),
            let shown = try node.row(job, of: collection)
        else { return nil }
        let row = NamedRow(shown, collection)
        guard row.blob("box") == node.box, row.reference("site") == node.site,
            let name = row.text("template"),
            let template = packs.template(
                name, version: row.integer("template_version").map(Int.init))
        else { return nil }
        var words = LabelWords.decode(row.text("data"))
        words.merge(LabelWords.decode(row.text("person_data"))) { _, person in person }
        document = template.document(filledWith: words)
        copies = Int(row.integer("copies") ?? 1)
    }
}
