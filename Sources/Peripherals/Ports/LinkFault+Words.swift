extension LinkFault: CustomStringConvertible {
    /// What happened, and where it is known what to do.
    public var description: String {
        advice.map { "\(reason): \($0)" } ?? "\(reason)"
    }
}

extension LinkFault.Reason: CustomStringConvertible {
    /// Why the transfer did not go through, as a sentence without its end.
    public var description: String {
        switch self {
        case .unplugged: "the device was unplugged"
        case .stalled: "the device refused"
        case .cancelled: "the transfer was cancelled"
        case .busy: "another program holds the device"
        case .noAccess: "this program may not open the device"
        case .overflow: "the device said more than there was room for"
        case .closed: "the device was let go"
        case .crowded: "too much is under way to the device"
        case .unsupported: "the device does not take this"
        case .failed(let word): "the bus failed (\(word))"
        }
    }
}
