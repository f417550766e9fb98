import CRDT

extension DecodingError {
    /// The name of the case and what it speaks of, as vectors write it.
    var refusal: String {
        switch self {
        case .truncated: "truncated"
        case .trailing(let count): "trailing \(count)"
        case .varintNotMinimal: "varintNotMinimal"
        case .beyondLimit(let what): "beyondLimit \(what)"
        case .unknownVersion(let version): "unknownVersion \(version)"
        case .unknownCode(let what, let code): "unknownCode \(what) \(code)"
        case .notUTF8: "notUTF8"
        case .notCanonical(let what): "notCanonical \(what)"
        case .stampOutOfRange: "stampOutOfRange"
        }
    }
}
