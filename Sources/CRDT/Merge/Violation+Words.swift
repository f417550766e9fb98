extension Violation: CustomStringConvertible {
    /// What the schema does not allow, as the rest of a sentence. Collections and fields are named
    /// by number: a transaction may come from a newer schema.
    public var description: String {
        switch self {
        case .wrongType(let collection, let field):
            "\(Self.place(collection, field)) gets a value of another type"
        case .wrongAction(let collection, let field):
            "\(Self.place(collection, field)) is not changed in this way"
        case .createOnly(let collection, let field):
            "\(Self.place(collection, field)) is written with its record and never changed"
        case .appendOnly(let collection):
            "records of collection \(collection) are written once and never changed"
        case .misplaced(let collection, let field):
            "\(Self.place(collection, field)) does not stand where personal fields belong"
        case .notANumber(let collection, let field):
            "\(Self.place(collection, field)) gets what is no number"
        case .nullAtBirth(let collection, let field):
            "\(Self.place(collection, field)) is emptied with its record's birth"
        }
    }

    private static func place(_ collection: UInt32, _ field: UInt32) -> String {
        "field \(field) of collection \(collection)"
    }
}
