/// What may be wrong with a printer or worth knowing, in one word for all languages. Profiles name
/// the same words.
public enum PrinterCondition: String, Sendable, CaseIterable {
    case paperOut = "paper.out"
    case paperNear = "paper.near"
    case ribbonOut = "ribbon.out"
    case coverOpen = "cover.open"
    case headOpen = "head.open"
    case cutterError = "cutter.error"
    case offline
    case paused
    case headHot = "head.hot"
    case headCold = "head.cold"
    case motorHot = "motor.hot"
    case headFault = "head.fault"
    case bufferFull = "buffer.full"
    /// Half a label is in the printer's memory: another program's, or one that was cut off.
    case formatPartial = "format.partial"
    case memoryCorrupt = "memory.corrupt"
    case jam
    case markMissing = "mark.missing"
    /// In peel-off mode: a label hangs in front and waits to be taken.
    case labelWaiting = "label.waiting"
    case errorRecoverable = "error.recoverable"
    case errorFatal = "error.fatal"
    case drawerPin3High = "drawer.pin3High"

    /// What a job waits for while this holds; nil where a printer prints on.
    public var hold: PrintJob.Hold? {
        switch self {
        case .paperOut: .paperOut
        case .ribbonOut: .ribbonOut
        case .coverOpen, .headOpen: .headOpen
        case .paused: .paused
        case .bufferFull, .labelWaiting: .busy
        case .offline, .cutterError, .headHot, .motorHot, .headFault, .formatPartial,
            .memoryCorrupt, .jam, .markMissing, .errorRecoverable, .errorFatal:
            .fault
        case .paperNear, .headCold, .drawerPin3High: nil
        }
    }
}

extension PrintJob.Hold {
    /// The one of many reasons that a person should see first: what they must touch.
    public init?(_ conditions: some Sequence<PrinterCondition>) {
        let order: [PrintJob.Hold] = [
            .headOpen, .paperOut, .ribbonOut, .fault, .paused, .busy, .silent, .absent,
        ]
        let holds = Set(conditions.compactMap(\.hold))
        guard let first = order.first(where: holds.contains) else { return nil }
        self = first
    }
}
