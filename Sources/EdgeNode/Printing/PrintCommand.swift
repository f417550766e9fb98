public import CRDT
public import Peripherals
internal import Signing
internal import Synchronization

/// What a person says about a job.
public struct PrintCommand: Sendable {
    public enum Wish: String, Sendable {
        /// Print it, knowing that paper may exist already.
        case retry
        /// It is not wanted any more.
        case cancel
        /// The label is there: somebody looked.
        case confirm
    }

    public let job: RowID
    public let wish: Wish
    /// Who is signed in at the desk.
    public let staff: RowID
    /// The same for each try of one wish, and what it belongs to.
    public let key: String
    public let request: ContentHash
    /// The answer as it is kept and sent.
    let encode: @Sendable (PrintAnswer) -> [UInt8]

    public init(
        _ wish: Wish, _ job: RowID, by staff: RowID, key: String, request: [UInt8],
        encode: @escaping @Sendable (PrintAnswer) -> [UInt8]
    ) {
        self.job = job
        self.wish = wish
        self.staff = staff
        self.key = key
        self.request = BLAKE2bHasher().hash(request)
        self.encode = encode
    }

    var input: PrintJob.Input {
        switch wish {
        case .retry: .again
        case .cancel: .cancel
        case .confirm: .confirmed(.person)
        }
    }
}

/// How it stands with a job after a command.
public struct PrintAnswer: Sendable, Hashable {
    public let job: RowID
    public let state: PrintJob.StateWord

    init(_ job: RowID, _ state: PrintJob.StateWord) {
        self.job = job
        self.state = state
    }
}

/// One answer for one who waits.
final class PrintReply: Sendable {
    private typealias Waiter = CheckedContinuation<Result<PrintAnswer, any Error>, Never>

    private struct State {
        var outcome: Result<PrintAnswer, any Error>?
        var waiter: Waiter?
    }

    private let state = Mutex(State())

    /// The first answer counts.
    func answer(_ outcome: Result<PrintAnswer, any Error>) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            return state.waiter.take()
        }
        waiter?.resume(returning: outcome)
    }

    func value() async throws -> PrintAnswer {
        let outcome = await withCheckedContinuation { waiter in
            let known = state.withLock { state in
                if state.outcome == nil { state.waiter = waiter }
                return state.outcome
            }
            if let known { waiter.resume(returning: known) }
        }
        return try outcome.get()
    }
}

extension DeskRefusal {
    /// Why a job does not do what a person wants.
    static func printing(_ refusal: PrintJob.Refusal) -> DeskRefusal {
        switch refusal {
        case .atThePrinter:
            DeskRefusal(
                .conflict,
                "The printer has it already; only the printer can stop it. Look at the printer.")
        case .over:
            DeskRefusal(.conflict, "This job is over. Ask for a new label instead.")
        case .waiting:
            DeskRefusal(
                .conflict,
                "It waits for the printer already; see what the printer needs.")
        }
    }

    static let noSuchJob = DeskRefusal(
        .unknown, "This box has no such print job. Jobs are handled at the box that prints them.")

    static let nothingToConfirm = DeskRefusal(
        .conflict, "Nothing of it has left for the printer yet, so there is nothing to confirm.")
}
