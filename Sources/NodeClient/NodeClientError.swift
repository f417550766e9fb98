/// Why a node could not be asked, in words for the person at the terminal.
public enum NodeClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nothing listens there, or it may not be reached.
    case nobodyAnswers(NodeClient.Place)
    /// The connection ended before the answer did.
    case hungUp(NodeClient.Place)
    /// The head of the answer did not come in time.
    case noAnswerInTime(NodeClient.Place)
    /// The system takes no socket with so long a path.
    case pathTooLong(String)
    /// What answers is no node.
    case lineTooLong
    /// The answer has more bytes than are taken.
    case answerTooLarge(NodeClient.Place)

    public var description: String {
        switch self {
        case .nobodyAnswers(.socket(let path)):
            """
            the node runs and does not answer at \(path). Run this as the account that the node \
            runs under, or stop the node first.
            """
        case .nobodyAnswers(let place): "nobody answers at \(place)"
        case .hungUp(let place): "the node at \(place) hung up before it had answered; try again"
        case .noAnswerInTime(let place):
            "the node at \(place) does not answer; its log says what it is busy with"
        case .pathTooLong(let path):
            "\(path) is too long for a socket; stop the node and run this again"
        case .answerTooLarge(let place):
            "the answer of the node at \(place) is larger than is taken; ask for less at a time"
        case .lineTooLong: "what answers is not a node: it sends a line without end"
        }
    }
}

extension NodeClient.Place: CustomStringConvertible {
    public var description: String {
        switch self {
        case .loopback(let port): "127.0.0.1:\(port)"
        case .socket(let path): path
        }
    }
}
