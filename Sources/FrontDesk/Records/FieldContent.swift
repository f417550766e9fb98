public import CRDT

/// What a field shall hold, or holds.
public enum FieldContent: Sendable, Hashable {
    /// Null is an empty field.
    case value(Value)
    /// Elements of a set.
    case elements([Value])

    /// Whether it says nothing.
    var isEmpty: Bool {
        switch self {
        case .value(let value): value.isNull
        case .elements(let values): values.isEmpty
        }
    }
}

/// What is wrong with one member of a record that somebody wants written.
public struct RecordFault: Error, Sendable, Hashable {
    /// Nil where it is the whole record.
    public let field: String?
    /// Which element of a set, from 0.
    public let element: Int?
    /// What is wrong and what was expected, as the rest of a sentence.
    public let reason: String

    public init(_ field: String?, element: Int? = nil, _ reason: String) {
        self.field = field
        self.element = element
        self.reason = reason
    }

    /// Where, what, and what was expected.
    public var sentence: String {
        guard let field else { return reason }
        return element.map { "\(field), element \($0 + 1): \(reason)" } ?? "\(field): \(reason)"
    }
}

/// A text that came from outside, as a sentence may repeat it.
enum Quotation {
    private static let charactersMax = 40

    static func of(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            shown.append(PlainText.mayStand(scalar, hasLines: false) ? scalar : "\u{FFFD}")
        }
        let isLong = text.unicodeScalars.count > charactersMax
        return "“\(String(shown))\(isLong ? "…" : "")”"
    }
}
