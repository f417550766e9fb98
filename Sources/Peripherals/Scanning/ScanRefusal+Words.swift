extension ScanRefusal: CustomStringConvertible {
    /// What is wrong with it and how much came; never what.
    public var description: String { "\(reason), after \(count) characters" }
}

extension ScanRefusal.Reason: CustomStringConvertible {
    /// Why it is no scan, as a sentence without its end.
    public var description: String {
        switch self {
        case .unknownKey(let usage, _): "the key \(usage) is not on the scanner's layout"
        case .severalKeysAtOnce(let count): "\(count) keys went down at once"
        case .keyboardFault: "the scanner reports a fault of its keyboard"
        case .unfinished: "the code stopped without its end"
        case .typing: "it came as slowly as from fingers"
        case .tooShort: "the code is too short"
        case .tooLong: "the code is too long"
        case .withoutPrefix: "the code lacks the scanner's prefix"
        case .withoutSuffix: "the code lacks the scanner's suffix"
        case .withoutAIM: "the code lacks its AIM identifier"
        case .oddReport(let bytes): "a report of \(bytes) bytes is none of this scanner's"
        case .lengthBeyondReport(let length): "a report of \(length) says more than it holds"
        case .brokenContinuation: "a part of the code is missing"
        case .unplugged: "the scanner was unplugged in the middle of a code"
        }
    }
}
