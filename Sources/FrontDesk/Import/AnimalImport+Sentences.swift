extension AnimalImport.Problem {
    /// What is wrong and what to do, for whoever imports.
    public var sentence: String {
        switch self {
        case .noHeader:
            "Its first line cannot be read as the names of columns; save it as CSV in UTF-8."
        case .columnMissing(let name):
            "It has no column “\(name)”; commas part columns, and the first line names them."
        case .columnTwice(let name):
            "It has the column “\(name)” twice; remove the one that is not meant."
        }
    }
}

extension AnimalImport.Skipped {
    /// Which row and why, without the row's words.
    public var sentence: String {
        switch self {
        case .unreadable(let problem): "record \(problem.record) \(problem.kind.words)"
        case .wrongWidth(let record, let fields, let expected):
            "record \(record) has \(fields) fields instead of \(expected)"
        }
    }
}

extension CSVReader.Problem.Kind {
    fileprivate var words: String {
        switch self {
        case .openQuote: "has a quote that never ends"
        case .strayQuote: "has a quote in the middle of a field"
        case .notUTF8: "is not UTF-8"
        case .tooManyFields: "has more than \(CSVReader.fieldsMax) fields"
        case .fieldTooLong: "has a field of more than \(CSVReader.fieldBytesMax) bytes"
        }
    }
}
