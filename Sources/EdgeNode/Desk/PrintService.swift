public import CRDT
internal import FrontDesk
public import Peripherals
public import ReplicaStorage

/// Where a job's bytes go.
public protocol PrintTarget: Sendable {
    /// Puts all bytes of one attempt there; returns when they are safe.
    ///
    /// - Returns: what shows that they are.
    /// - Throws: `PrintInDoubt` once a byte may have arrived; any other error says that none did.
    func deliver(_ bytes: [UInt8], job: RowID, attempt: Int) async throws -> PrintJob.Evidence
    /// Whether the bytes of this attempt arrived, as far as the target can tell after a restart.
    func evidence(of job: RowID, attempt: Int) async -> PrintJob.Evidence?
}

/// An attempt broke off after bytes had left: there may be paper.
public struct PrintInDoubt: Error, Sendable, Hashable {
    /// How many the target took.
    public let acceptedBytes: Int

    public init(acceptedBytes: Int) { self.acceptedBytes = acceptedBytes }
}

/// Prints what this box owes: jobs whose row names this box and whose effect stands in
/// `warren_effect`, which the command that made the job wrote with it.
///
/// A job that only came by merge has no effect here and is never printed, so that neither a rebuild
/// nor another box's job makes paper.
public actor PrintService {
    static let effectKind = "print"
    static let queuedState = PrintJob.StateWord.queued.rawValue

    private static let openStates = Set(
        [PrintJob.StateWord.queued, .held, .sending, .sent, .failed, .unknown].map(\.rawValue))

    private let node: Node
    private let packs: InstalledPacks
    private let target: any PrintTarget
    private let printer: ZPL.Printer
    /// Jobs that this process has taken up, while they are open.
    private var runs: [RowID: PrintRun] = [:]
    /// Jobs whose record the storage refused; left alone until the next start.
    private var parked: Set<RowID> = []
    private let ledger: PrintLedger
    private let alarm: @Sendable (String) -> Void
    private var isWorking = false
    private var isAskedAgain = false

    /// - Parameters:
    ///   - target: the one printer of this box for now.
    ///   - printer: what the encoder must know of it.
    ///   - alarm: takes a sentence for people about a job that cannot go on.
    public init(
        _ node: Node, _ packs: InstalledPacks, target: any PrintTarget, printer: ZPL.Printer,
        alarm: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            node, packs, target: target, printer: printer, alarm: alarm,
            ledger: { deed in try await node.replica.commit(deed: deed) })
    }

    init(
        _ node: Node, _ packs: InstalledPacks, target: any PrintTarget, printer: ZPL.Printer,
        alarm: @escaping @Sendable (String) -> Void = { _ in }, ledger: @escaping PrintLedger
    ) {
        self.ledger = ledger
        self.alarm = alarm
        self.node = node
        self.packs = packs
        self.target = target
        self.printer = printer
    }

    /// Prints what comes, until cancelled.
    ///
    /// - Throws: when the storage fails; the process is to restart then.
    public func run() async throws {
        for await _ in node.replica.feed.follow() { try await work() }
    }

    /// Looks whether a failed job is due again. To be called about once a second, by whoever has a
    /// clock to sleep on.
    ///
    /// - Throws: when the storage failed, whoever noticed it first; the process is to restart then.
    public func tick() async throws {
        try await node.replica.checkDisk()
        try await work()
    }

    /// One pass at a time: a second caller only asks the first to look again, so that no job is
    /// ever served twice at once.
    ///
    /// A full disk or a held file ends the pass and nothing else: records are still read and jobs
    /// wait, until a later pass gets through. What a job did before is on disk, and it is taken up
    /// from there. A job whose record is refused, for want of rights perhaps, is parked.
    private func work() async throws {
        isAskedAgain = true
        if isWorking { return }
        isWorking = true
        defer { isWorking = false }
        while isAskedAgain {
            isAskedAgain = false
            for effect in try owed() where !parked.contains(effect.row) {
                if try await !serve(effect) { return }
            }
        }
    }

    /// - Returns: false where nothing can be stored for now.
    private func serve(_ effect: StoredEffect) async throws -> Bool {
        do {
            try await attempt(effect)
            return true
        } catch let error as StorageError {
            switch error.code {
            case .diskFull, .busy:
                runs[effect.row] = nil
                return false
            case .refused:
                park(effect.row, error)
                return true
            case .inputOutput, .corrupt, .schemaChanged, .internalFault: throw error
            }
        }
    }

    private func park(_ job: RowID, _ error: StorageError) {
        runs[job] = nil
        parked.insert(job)
        alarm(
            """
            Print job \(RowName.text(job)) cannot be recorded and waits for the next start: \
            \(error.message)
            """)
    }

    private func owed() throws -> [StoredEffect] {
        try node.read { reader throws(StorageError) in
            try reader.effects(of: Self.effectKind, in: Self.openStates)
        }
    }

    /// Takes one job as far as it goes without waiting.
    private func attempt(_ effect: StoredEffect) async throws {
        guard let order = try PrintOrder(of: effect.row, node, packs) else { return }
        var (run, queue) = await takeUp(effect)
        while let input = queue.popFirst() {
            for step in run.handle(input) {
                switch step {
                case .store(let record):
                    try await run.keep(record, in: ledger)
                    queue.append(.stored(record))
                case .send(let attempt):
                    queue.append(contentsOf: try await send(order, effect.row, attempt))
                case .ask, .wake, .refuse: break
                }
            }
        }
        runs[effect.row] = run.isOver ? nil : run
    }

    /// The job's machine and what it is to be told first. One found on disk was cut off by a
    /// restart: paper may exist, and the target is asked.
    private func takeUp(_ effect: StoredEffect) async -> (PrintRun, ArraySlice<PrintJob.Input>) {
        if let known = runs[effect.row] { return (known, [.timerFired, .ready]) }
        let run = PrintRun(job: effect.row, node: node, kept: effect)
        guard run.attempt > 0 else { return (run, [.ready]) }
        guard let evidence = await target.evidence(of: effect.row, attempt: run.attempt) else {
            return (run, [.restarted, .ready])
        }
        return (run, [.restarted, .confirmed(evidence), .ready])
    }

    private func send(
        _ order: PrintOrder, _ job: RowID, _ attempt: Int
    ) async throws -> [PrintJob.Input] {
        do {
            let label = try ZPL.encode(order.document, copies: order.copies, for: printer)
            let evidence = try await target.deliver(label.bytes, job: job, attempt: attempt)
            return [.acceptedAll, .confirmed(evidence)]
        } catch let cancelled as CancellationError {
            // Nobody knows what left; the next start finds `sending` on disk and looks.
            throw cancelled
        } catch let doubt as PrintInDoubt {
            return [.interrupted(acceptedBytes: max(1, doubt.acceptedBytes))]
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
