internal import CRDT
internal import FrontDesk
public import Peripherals
internal import ReplicaStorage

/// Prints what this box owes: jobs whose row names this box and whose effect stands in
/// `warren_effect`, which the command that made the job wrote with it.
///
/// A job that only came by merge has no effect here and is never printed, so that neither a rebuild
/// nor another box's job makes paper. A box that others know asks them first what became of jobs
/// that an earlier start left open (`PrintService+Past.swift`). What happens is taken one thing
/// after the other (`PrintService+Turns.swift`); nobody who checks a guest in waits for any of it.
public actor PrintService {
    static let effectKind = "print"
    static let queuedState = PrintJob.StateWord.queued.rawValue
    /// Jobs in these states are not over.
    public static let openStates: Set<PrintJob.StateWord> = [
        .queued, .held, .sending, .sent, .failed, .unknown,
    ]

    let node: Node
    let packs: InstalledPacks
    let ledger: PrintLedger
    let raster: (any TextRaster)?
    let alarm: @Sendable (String) -> Void
    /// Roles of the printers that somebody set up, by id.
    let expected: [String: Set<String>]
    /// The printers, by id; one that was ever here stays, plugged in or not.
    var slots: [String: PrinterSlot] = [:]
    /// By id, the printers that were here at the same time as it.
    var companions: [String: Set<String>] = [:]
    /// The job that each printer has before it or in it.
    var current: [String: RowID] = [:]
    /// Jobs that this process has taken up, while they are open.
    var runs: [RowID: PrintRun] = [:]
    /// Jobs whose record the storage refused; left alone until the next start.
    var parked: Set<RowID> = []
    /// When this service began, on the steady clock.
    let begun: Int64
    /// Whether what others know of jobs from before this start was looked up.
    var hasLearnt = false
    /// Until where in the feed their word was looked through.
    var learnt: ChangeFeed.Place?
    /// The disk takes nothing for now; the next tick tries again.
    var isDiskStuck = false
    private var turns: [Turn] = []
    private var isWorking = false
    private var failure: (any Error)?

    enum Turn {
        /// There may be new jobs.
        case look
        case tick
        case report(PrintReport)
        case slot(PrinterSlot)
        case scanned(String)
        case command(PrintCommand, PrintReply)
        /// A test label of this name for this printer.
        case test(String, RowID, PrintReply)

        var reply: PrintReply? {
            switch self {
            case .command(_, let reply), .test(_, _, let reply): reply
            case .look, .tick, .report, .slot, .scanned: nil
            }
        }
    }

    /// - Parameters:
    ///   - settings: which printer serves what, where somebody said.
    ///   - raster: draws what the printers' own fonts cannot set.
    ///   - alarm: takes a sentence for people about a job that cannot go on.
    public init(
        _ node: Node, _ packs: InstalledPacks, settings: DeviceSettings = DeviceSettings(),
        raster: (any TextRaster)? = nil,
        alarm: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            node, packs, settings: settings, raster: raster, alarm: alarm,
            ledger: { deed in try await node.replica.commit(deed: deed) })
    }

    init(
        _ node: Node, _ packs: InstalledPacks, settings: DeviceSettings = DeviceSettings(),
        raster: (any TextRaster)? = nil, alarm: @escaping @Sendable (String) -> Void = { _ in },
        ledger: @escaping PrintLedger
    ) {
        self.ledger = ledger
        self.raster = raster
        self.alarm = alarm
        expected = (settings.printers ?? [:]).compactMapValues(\.roles)
        self.node = node
        self.packs = packs
        begun = node.environment.steadyMilliseconds()
    }

    /// Prints what comes, until cancelled.
    ///
    /// - Throws: when the storage fails; the process is to restart then.
    public func run() async throws {
        let (feed, jobs) = (node.replica.feed, packs.schema.collection(named: "print_job")?.id)
        var seen: ChangeFeed.Place?
        for await _ in feed.follow() {
            let news = seen.map { feed.changes(after: $0) }
            seen = news?.place ?? feed.place
            // Most changes make no job. What frees one otherwise is seen by the next tick, but for
            // the word of others that jobs from before this start wait for.
            let isAlone = !node.before.hasOthers && !node.hasHeardOthers
            let hasNothingToLearn = hasLearnt || isAlone || node.before.printJobs.isEmpty
            if hasNothingToLearn, let rows = news?.rows, let jobs, !rows.isEmpty,
                !rows.collections.contains(jobs)
            {
                continue
            }
            try await take(.look)
        }
    }

    /// Looks at what is due: failed jobs, waits that are over, records that the disk did not take,
    /// what other boxes said of jobs.
    /// To be called about once a second, by whoever has a clock to sleep on.
    ///
    /// - Throws: when the storage failed, whoever noticed it first; the process is to restart then.
    public func tick() async throws {
        if let failure { throw failure }
        try await node.replica.checkDisk()
        try await take(.tick)
    }

    /// A printer is here, or is another one than it was.
    public func register(_ slot: PrinterSlot) async { await takeQuietly(.slot(slot)) }

    /// What a printer says by itself.
    public func report(_ report: PrintReport) async { await takeQuietly(.report(report)) }

    /// A code was scanned: a label that shows it is there, if just one is in doubt.
    public func scanned(_ code: String) async { await takeQuietly(.scanned(code)) }

    /// What a person at the desk wants of a job. Durable before it returns.
    ///
    /// - Throws: `DeskRefusal` or `NodeFault`.
    public func perform(_ command: PrintCommand) async throws -> PrintAnswer {
        let reply = PrintReply()
        turns.append(.command(command, reply))
        await workQuietly()
        return try await reply.value()
    }

    /// Prints a label that only shows that the printer prints. It is no record and is forgotten by
    /// a restart.
    ///
    /// - Throws: `DeskRefusal` for a printer that nobody knows or that has a job.
    public func test(_ slot: String) async throws -> PrintAnswer {
        let reply = PrintReply()
        turns.append(.test(slot, await node.replica.drawRowIDs(1)[0], reply))
        await workQuietly()
        return try await reply.value()
    }

    private func takeQuietly(_ turn: Turn) async {
        turns.append(turn)
        await workQuietly()
    }

    private func workQuietly() async {
        // The next tick throws it to whoever can end the process.
        do { try await work() } catch { failure = failure ?? error }
    }

    private func take(_ turn: Turn) async throws {
        turns.append(turn)
        try await work()
    }

    /// One turn at a time: a second caller leaves its turn to the first, so that no job is ever
    /// served twice at once.
    private func work() async throws {
        if isWorking { return }
        isWorking = true
        defer { isWorking = false }
        while !turns.isEmpty {
            let turn = turns.removeFirst()
            do {
                try await perform(turn)
            } catch {
                // Whoever waits for an answer is told; the rest is found on disk by the next start.
                for left in [turn] + turns { left.reply?.answer(.failure(error)) }
                turns = []
                throw error
            }
        }
    }
}
