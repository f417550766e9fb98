extension Roster.Refusal: CustomStringConvertible {
    /// Why the entry is not taken, as the rest of a sentence.
    public var description: String {
        switch self {
        case .foreignTenant: "it is of another business"
        case .notGenesis: "it does not begin with the founding entry"
        case .unknownAuthor: "nobody let its author in"
        case .badSignature: "its signature is not its author's"
        case .tooManyWaiting: "too many entries wait for what comes before them"
        case .full: "the roster has as many entries as it may have"
        }
    }
}
