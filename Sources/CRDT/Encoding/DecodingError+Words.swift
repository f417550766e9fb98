extension DecodingError: CustomStringConvertible {
    /// What is wrong with the bytes, as the rest of a sentence.
    public var description: String {
        switch self {
        case .truncated: "it ends too early"
        case .trailing(let count): "\(count) bytes follow after its end"
        case .varintNotMinimal: "a number in it is written longer than it needs"
        case .beyondLimit(let what): "it has more of this than may be: \(what)"
        case .unknownVersion(let version):
            "it is of version \(version), which this program does not know: update this box"
        case .unknownCode(let what, let code): "the code \(code) is unknown here: \(what)"
        case .notUTF8: "a text in it is not UTF-8"
        case .notCanonical(let what): "it is put together as no writer does: \(what)"
        case .stampOutOfRange: "a stamp in it lies outside of all times"
        }
    }
}
