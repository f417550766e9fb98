import Peripherals

/// One job, one printer and the cable between them, under a clock that is turned by hand.
struct PrinterBench {
    var paper = PaperPrinter()
    private(set) var job: PrintJob
    private(set) var printer: ZPLPrinter<Int>
    private(set) var seen: [ZPLPrinter<Int>.Observation] = []
    private(set) var holds: [PrintJob.Hold] = []
    /// How often the job's bytes were begun.
    private(set) var sendings = 0
    private(set) var now = ContinuousClock.now
    /// The cable is pulled when the printer has got this many bytes in all.
    var pullAfterBytes: Int?
    /// What the link says of the transfer in which it was pulled: the truth, or 0.
    var countsPulledBytes = true
    /// The printer takes at most this many bytes at a time; 0 while it is jammed.
    var gulp = 1_000
    private(set) var isPlugged = false
    private let bytes: [UInt8]
    private let copies: Int
    private var gotBytes = 0
    private var wakes: [Timer: ContinuousClock.Instant] = [:]
    /// When the link gives up on a transfer of which nothing was taken.
    private var timedOut: ContinuousClock.Instant?
    private var tasks: [Deed] = []

    private enum Timer: Hashable { case job, printer }

    private enum Deed {
        case job(PrintJob.Input)
        case printer(ZPLPrinter<Int>.Input)
        case write([UInt8])
    }

    static let name = 7

    init(_ label: String, copies: Int = 1, counts: Bool = true, transferBytes: Int = 16) {
        bytes = Array(label.utf8)
        self.copies = copies
        job = PrintJob(for: .init(confirmsWithin: counts ? .seconds(20) : nil))
        printer = ZPLPrinter(.init(transferBytes: transferBytes, countsLabels: counts))
    }

    mutating func plug() {
        isPlugged = true
        tasks.append(.printer(.attached))
    }

    mutating func pull() {
        isPlugged = false
        timedOut = nil
        tasks.append(.printer(.detached))
    }

    mutating func tell(_ input: PrintJob.Input) { tasks.append(.job(input)) }

    mutating func want() { tasks.append(.printer(.prepare(Self.name))) }

    /// Lets time pass in steps of 50 ms; the printer prints a label in each fourth.
    mutating func run(_ duration: Duration) {
        let end = now.advanced(by: duration)
        var step = 0
        drain()
        while now < end {
            now = now.advanced(by: .milliseconds(50))
            step += 1
            if step % 4 == 0 { paper.work() }
            for (timer, due) in wakes where due <= now {
                wakes[timer] = nil
                tasks.append(timer == .job ? .job(.timerFired) : .printer(.timerFired))
            }
            if let due = timedOut, due <= now {
                timedOut = nil
                tasks.append(.printer(.wrote(bytes: 0)))
            }
            drain()
        }
    }

    private mutating func drain() {
        var rounds = 0
        while !tasks.isEmpty, rounds < 10_000 {
            rounds += 1
            switch tasks.removeFirst() {
            case .job(let input): perform(job.handle(input, at: now))
            case .printer(let input): perform(printer.handle(input, at: now))
            case .write(let bytes): write(bytes)
            }
        }
    }

    private mutating func perform(_ effects: [PrintJob.Effect]) {
        for effect in effects {
            switch effect {
            case .store(let record): tasks.append(.job(.stored(record)))
            case .send:
                sendings += 1
                tasks.append(.printer(.send(Self.name, bytes, copies: copies)))
            case .ask: tasks.append(.printer(.ask(Self.name)))
            case .wake(let due): wakes[.job] = due
            case .refuse: break
            }
        }
    }

    private mutating func perform(_ effects: [ZPLPrinter<Int>.Effect]) {
        for effect in effects {
            switch effect {
            case .write(let bytes): tasks.append(.write(bytes))
            case .tell(_, let input):
                if case .blocked(let hold) = input { holds.append(hold) }
                tasks.append(.job(input))
            case .observe(let observation): seen.append(observation)
            case .wake(let due): wakes[.printer] = due
            case .keep: break
            }
        }
    }

    private mutating func write(_ outgoing: [UInt8]) {
        guard isPlugged else { return }
        var taken = outgoing.prefix(gulp)
        if let limit = pullAfterBytes, gotBytes + taken.count >= limit {
            taken = taken.prefix(limit - gotBytes)
            gotBytes += taken.count
            _ = paper.take(taken)
            pullAfterBytes = nil
            isPlugged = false
            if countsPulledBytes { tasks.append(.printer(.wrote(bytes: taken.count))) }
            tasks.append(.printer(.detached))
            return
        }
        gotBytes += taken.count
        let answer = paper.take(taken)
        guard !taken.isEmpty else {
            timedOut = now.advanced(by: .seconds(1))
            return
        }
        tasks.append(.printer(.wrote(bytes: taken.count)))
        if !answer.isEmpty { tasks.append(.printer(.received(answer))) }
    }
}
