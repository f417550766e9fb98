extension PackProblems: CustomStringConvertible {
    public var description: String { sentences.joined(separator: " ") }
}

extension RecordFault: CustomStringConvertible {
    public var description: String { sentence }
}

extension ImportProblem: CustomStringConvertible {
    public var description: String { sentence }
}

extension CSVReader.Problem: CustomStringConvertible {
    public var description: String { sentence }
}

extension RefusalReason: CustomStringConvertible {
    public var description: String { sentence }
}

extension ScanPayload.Problem: CustomStringConvertible {
    /// Why the scan is none of our codes, as a sentence without its end.
    public var description: String {
        switch self {
        case .foreign: "this code is not one of ours; scan the collar tag"
        case .newerForm: "this code needs a newer program; update this box"
        case .wrongLength, .unknownKind, .badCharacter, .wrongCheck, .outOfRange:
            "the code was misread; scan it again"
        }
    }
}
