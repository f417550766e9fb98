public import Peripherals

/// Runs the talk with one label printer (``ZPLPrinter``) over whatever link leads to it at present.
///
/// It outlives the cable: unplugged and plugged in again, the same printer goes on with what it
/// knew. `Job` is the caller's name for a job.
public final class USBPrinter<Job: Hashable & Sendable>: Sendable {
    /// What the caller of `run` is told, in order.
    public enum Report: Sendable, Hashable {
        /// An input for the job's own machine.
        case tell(Job, PrintJob.Input)
        /// To be stored with the job before its attempt is.
        case keep(Job, labelsBefore: Int)
        /// For a person's eyes.
        case observe(ZPLPrinter<Job>.Observation)
    }

    private let inbox = Inbox<PrinterTalk<Job>.Event>()
    private let settings: ZPLPrinterSettings
    private let clock: any DeviceClock

    /// - Parameter settings: from the printer's profile.
    public init(_ settings: ZPLPrinterSettings, clock: any DeviceClock = SteadyClock()) {
        self.settings = settings
        self.clock = clock
    }

    /// Talks until the task is cancelled. Once in a printer's life.
    ///
    /// - Parameter report: the talk goes on when it returns.
    public func run(_ report: @Sendable (Report) async -> Void) async {
        var talk = PrinterTalk<Job>(settings, inbox)
        while !Task.isCancelled {
            let event = await inbox.take(until: talk.due, clock)
            for told in talk.handle(event, at: clock.moment()) { await report(told) }
        }
        for told in talk.handle(.detach, at: clock.moment()) { await report(told) }
        for case .attach(let link, let ended) in inbox.close() {
            link.close()
            ended(LinkFault(.closed))
        }
    }

    /// Leads the talk over this link until the link ends; cancelling the task ends it.
    ///
    /// - Returns: why it ended. After `cancelled` the printer is there and its stream of bytes is
    ///   in doubt: open it anew.
    public func serve(_ link: any DeviceLink) async -> LinkFault {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isTaken = inbox.putAlways(
                    .attach(link, ended: { waiter.resume(returning: $0) }))
                if !isTaken {
                    link.close()
                    waiter.resume(returning: LinkFault(.closed))
                }
            }
        } onCancel: {
            inbox.putAlways(.detach)
        }
    }

    /// This job wants to be printed next.
    ///
    /// - Returns: false, here and below, where more is asked than is being worked off, or `run`
    ///   has ended.
    public func prepare(_ job: Job) -> Bool { inbox.put(.order(.prepare(job))) }

    /// This job wants nothing any more.
    public func withdraw(_ job: Job) -> Bool { inbox.put(.order(.withdraw(job))) }

    /// The bytes of the job that was told `ready`, and the labels that they make.
    public func send(_ job: Job, _ bytes: [UInt8], copies: Int) -> Bool {
        inbox.put(.order(.send(job, bytes, copies: copies)))
    }

    /// The job wants to know what became of it.
    public func ask(_ job: Job) -> Bool { inbox.put(.order(.ask(job))) }

    /// A job from before a restart, with the count that was kept for it.
    public func restore(_ job: Job, labelsBefore: Int?, copies: Int) -> Bool {
        inbox.put(.order(.restore(job, labelsBefore: labelsBefore, copies: copies)))
    }
}
