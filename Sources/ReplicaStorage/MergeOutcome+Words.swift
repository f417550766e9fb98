extension MergeOutcome: CustomStringConvertible {
    /// What became of the frame, as the rest of a sentence.
    public var description: String {
        switch self {
        case .applied(let count): "\(count) of its transactions are in"
        case .duplicate: "all of it was here already"
        case .gap(let next): "transaction \(next) of its writer is not here yet"
        case .blocked(let count, _):
            "\(count) of its transactions are in, the rest waits for another writer's"
        case .fork(let sequence):
            "at transaction \(sequence) it goes on from a history whose beginning is not here"
        case .malformed(let sequence, let error):
            "transaction \(sequence) in it does not read: \(error)"
        case .unsigned: "its author did not sign it"
        case .crowded: "there are as many histories here as a box keeps"
        }
    }
}
