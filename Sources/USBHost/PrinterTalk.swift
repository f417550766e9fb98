internal import Peripherals

/// Between the printer's machine and its link: performs effects, and turns what the link says into
/// inputs. Nothing in it waits.
struct PrinterTalk<Job: Hashable & Sendable> {
    typealias Report = USBPrinter<Job>.Report

    enum Event: Sendable {
        case attach(any DeviceLink, ended: @Sendable (LinkFault) -> Void)
        case detach
        case order(ZPLPrinter<Job>.Input)
        case wrote(link: Int, LinkOutcome)
        case received(link: Int, LinkOutcome)
    }

    var machine: ZPLPrinter<Job>
    var link: (any DeviceLink)?
    /// Which link: what an earlier one says late counts no more.
    private var number = 0
    private var ended: (@Sendable (LinkFault) -> Void)?
    var writing: Writing?
    /// The job whose bytes are under way, and how many the printer took.
    var sending: (job: Job, accepted: Int)?
    var reports: [Report] = []
    private var wakeAt: ContinuousClock.Instant?
    /// When to read again after an empty answer.
    private var readAt: ContinuousClock.Instant?
    let inbox: Inbox<Event>

    /// A write under way.
    struct Writing {
        let bytes: [UInt8]
        let ticket: LinkTicket
        let kind: Kind
        /// When the machine is told that nothing moves; nil once that is done.
        var stallsAt: ContinuousClock.Instant?

        enum Kind { case question, firstPacket, rest }
    }

    /// The machine wants an answer to each write after about so long.
    static var stallsAfter: Duration { .seconds(1) }
    /// Some printers answer every read at once with nothing.
    private static var emptyReadPause: Duration { .milliseconds(100) }

    init(_ settings: ZPLPrinterSettings, _ inbox: Inbox<Event>) {
        machine = ZPLPrinter(settings)
        self.inbox = inbox
    }

    /// When `handle(nil)` is due.
    var due: ContinuousClock.Instant? {
        [wakeAt, writing?.stallsAt, readAt].compactMap { $0 }.min()
    }

    /// - Parameter event: nil when the time has come.
    mutating func handle(_ event: Event?, at now: ContinuousClock.Instant) -> [Report] {
        reports = []
        switch event {
        case .attach(let link, let ended): attach(link, ended, at: now)
        case .detach: drop(LinkFault(.closed), at: now)
        case .order(let input): order(input, at: now)
        case .wrote(number, let outcome): finishWrite(outcome, at: now)
        case .received(number, let outcome): receive(outcome, at: now)
        case .wrote, .received: break
        case nil: fire(at: now)
        }
        return reports
    }

    private mutating func attach(
        _ link: any DeviceLink, _ ended: @escaping @Sendable (LinkFault) -> Void,
        at now: ContinuousClock.Instant
    ) {
        drop(LinkFault(.closed), at: now)
        self.link = link
        self.ended = ended
        number += 1
        read()
        perform(machine.handle(.attached, at: now), at: now)
    }

    /// The link is of no use any more.
    mutating func drop(_ fault: LinkFault, at now: ContinuousClock.Instant) {
        guard let link else { return }
        self.link = nil
        writing = nil
        readAt = nil
        link.close()
        perform(machine.handle(.detached, at: now), at: now)
        ended?(fault)
        ended = nil
    }

    private mutating func order(_ input: ZPLPrinter<Job>.Input, at now: ContinuousClock.Instant) {
        if case .send(let job, _, _) = input, sending == nil { sending = (job, 0) }
        perform(machine.handle(input, at: now), at: now)
    }

    mutating func perform(_ effects: [ZPLPrinter<Job>.Effect], at now: ContinuousClock.Instant) {
        for effect in effects {
            switch effect {
            case .write(let bytes): write(bytes, at: now)
            case .tell(let job, let input):
                follow(job, input)
                reports.append(.tell(job, input))
            case .keep(let job, let labels): reports.append(.keep(job, labelsBefore: labels))
            case .observe(let seen): reports.append(.observe(seen))
            case .wake(let moment): wakeAt = moment
            }
        }
    }

    /// Keeps count of the job under way.
    private mutating func follow(_ job: Job, _ input: PrintJob.Input) {
        guard sending?.job == job else { return }
        switch input {
        case .accepted(let bytes): sending?.accepted = bytes
        case .acceptedAll, .interrupted: sending = nil
        default: break
        }
    }

    private mutating func receive(_ outcome: LinkOutcome, at now: ContinuousClock.Instant) {
        switch outcome {
        case .success(let bytes) where bytes.isEmpty:
            readAt = now.advanced(by: Self.emptyReadPause)
        case .success(let bytes):
            read()
            perform(machine.handle(.received(bytes), at: now), at: now)
        case .failure(let fault):
            drop(fault, at: now)
        }
    }

    private mutating func read() {
        readAt = nil
        guard let link, link.readBytes > 0 else { return }
        let number = self.number
        _ = link.start(.read(most: link.readBytes)) { [inbox] outcome in
            inbox.putAlways(.received(link: number, outcome))
        }
    }

    private mutating func fire(at now: ContinuousClock.Instant) {
        if let due = writing?.stallsAt, due <= now { stall(at: now) }
        if let due = readAt, due <= now { read() }
        if let due = wakeAt, due <= now {
            wakeAt = nil
            perform(machine.handle(.timerFired, at: now), at: now)
        }
    }

    mutating func begin(_ piece: [UInt8], _ kind: Writing.Kind, at now: ContinuousClock.Instant) {
        guard let link else { return }
        let number = self.number
        let ticket = link.start(.write(piece)) { [inbox] outcome in
            inbox.putAlways(.wrote(link: number, outcome))
        }
        writing = Writing(
            bytes: piece, ticket: ticket, kind: kind,
            stallsAt: now.advanced(by: Self.stallsAfter))
    }
}
