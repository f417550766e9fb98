/// Why a label is not drawn. We draw what we write, and refuse the rest: a picture that leaves
/// something out would lie.
public enum ZPLRefusal: Error, Sendable, Hashable {
    /// Not one of the commands that our encoder writes.
    case unknownCommand(String)
    /// A command that we know, with something behind it that we never write.
    case oddParameters(String)
    /// A field without a place, a font or content.
    case incompleteField
    /// More than one command may have.
    case tooLong
    /// The page is wider than the head, longer than any strip, or has no size.
    case oddPage
    /// Bytes outside of a label that are no question.
    case strayBytes
    /// No label, or more than one, where one was expected.
    case notOneLabel(Int)

    /// For a person; holds no text of the label.
    public var sentence: String {
        switch self {
        case .unknownCommand(let name): "the command \(name) is not one that this program writes"
        case .oddParameters(let name): "the command \(name) has parameters that are not ours"
        case .incompleteField: "a field lacks its place, its font or its content"
        case .tooLong: "a command is too long"
        case .oddPage: "the page has no size, or one that the printer cannot reach"
        case .strayBytes: "there are bytes outside of the label"
        case .notOneLabel(let count): "there are \(count) labels where one was expected"
        }
    }
}
