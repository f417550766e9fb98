public import CRDT
public import Peripherals

/// One printer as the print service drives it. What it has to say at once it answers; what comes
/// later it reports to `PrintService.report`.
public protocol PrintTarget: Sendable {
    /// This job wants to be printed next; `ready` or `blocked` follows. A later wish replaces it.
    func prepare(_ job: RowID) async -> [PrintJob.Input]
    /// This job wants nothing any more.
    func withdraw(_ job: RowID) async
    /// The bytes of a job that was told `ready`, and the labels that they make.
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input]
    /// The job wants to know what became of an attempt.
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input]
    /// A job from before a restart, with the count of labels that was kept for it.
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async
}

/// What a printer says by itself.
public enum PrintReport: Sendable, Hashable {
    /// An input for the job's own machine.
    case tell(RowID, PrintJob.Input)
    /// To be stored with the job before its attempt is.
    case keep(RowID, labelsBefore: Int)
}

/// A printer that jobs may go to: what it is, what is in it, and the way to it.
public struct PrinterSlot: Sendable {
    /// The same for the same printer, plugged in or not.
    public let id: String
    public let printer: ZPL.Printer
    /// How long to wait for a confirmation; nil if it cannot confirm.
    public let confirmsWithin: Duration?
    /// The roles of templates that it serves (`collar`, `card`, `label`); nil where nobody said.
    public let roles: Set<String>?
    /// The labels in it, where that is known: a design of this size is chosen where there is one.
    public let paper: LabelPaper?
    /// Takes jobs only while no other printer is known.
    public let isStandIn: Bool
    public let target: any PrintTarget

    public init(
        id: String, printer: ZPL.Printer, confirmsWithin: Duration?, roles: Set<String>? = nil,
        paper: LabelPaper? = nil, isStandIn: Bool = false, target: any PrintTarget
    ) {
        self.id = id
        self.printer = printer
        self.confirmsWithin = confirmsWithin
        self.roles = roles
        self.paper = paper
        self.isStandIn = isStandIn
        self.target = target
    }
}

/// The size of the labels in a printer.
public struct LabelPaper: Sendable, Hashable, Codable {
    /// Across the head.
    public let widthMillimetres: Double
    /// Along the strip.
    public let lengthMillimetres: Double

    public init(widthMillimetres: Double, lengthMillimetres: Double) {
        self.widthMillimetres = widthMillimetres
        self.lengthMillimetres = lengthMillimetres
    }
}
