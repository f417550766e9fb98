public import CRDT

/// What a field may hold beyond its type, for whoever writes a record by hand or from a file. What
/// another site wrote is merged whatever it says.
public struct FieldRule: Sendable, Hashable {
    public let type: ValueType
    public let format: FieldFormat?
    /// For numbers; nil where any will do.
    public let numbers: ClosedRange<Int64>?
    /// Whether a text may have several lines.
    public let hasLines: Bool
    /// The longest text, in Unicode scalars.
    public let longest: Int
    /// The only words that a text may be; nil where any will do.
    public let words: [String]?
    /// The collection that a reference names.
    public let target: String?
    /// A record must say it.
    public let isRequired: Bool
    /// No two records may look alike in it.
    public let isDistinct: Bool
    /// The box fills it; nobody else does.
    public let isByBox: Bool
    /// By word, those that it may follow by hand; none where only commands write it. A file may say
    /// any word: what it tells happened in another system.
    public let onlyAfter: [String: [String]]

    /// A line as people write it.
    static let lineLongest = 500
    /// A few pages.
    static let linesLongest = 10_000

    init(_ field: PackField, of pack: Pack) {
        type = field.type.valueType
        format = field.format
        let bounds = (field.least ?? .min, field.most ?? .max)
        let declared =
            (field.least == nil && field.most == nil) || bounds.0 > bounds.1
            ? nil : bounds.0...bounds.1
        numbers = declared ?? field.format?.numbers
        hasLines = field.lines ?? false
        longest =
            field.longest ?? (field.lines == true ? Self.linesLongest : Self.lineLongest)
        let ranked = field.ranks.flatMap { pack.ranks?[$0] }
        words =
            field.options
            ?? ranked.map { table in
                table.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            }
        target = field.to
        isRequired = field.required ?? false
        isDistinct = field.distinct ?? false
        isByBox = field.byBox ?? false
        onlyAfter = field.onlyAfter ?? [:]
    }

    /// What is wrong with a value, as the rest of a sentence; nil if it may be recorded. Whether a
    /// reference leads somewhere only the box can tell. An empty field is no value.
    public func fault(of value: Value) -> String? {
        switch value {
        case .null, .reference, .blob: return nil
        case .integer(let number):
            guard let numbers, !numbers.contains(number) else { return nil }
            if format == .moment {
                return "\(number) is no moment; expected milliseconds since 1970"
            }
            return "\(number) is out of range; expected \(Self.words(for: numbers))"
        case .real(let number):
            guard number.isFinite else { return "is no number" }
            guard let numbers else { return nil }
            let isWithin = (Double(numbers.lowerBound)...Double(numbers.upperBound))
                .contains(number)
            return isWithin
                ? nil : "\(number) is out of range; expected \(Self.words(for: numbers))"
        case .text(let text): return fault(of: text)
        }
    }

    /// Why a person may not write a word over what is held; nil if they may.
    func fault(of word: Value, over held: Value?) -> String? {
        guard case .text(let word) = word, let before = onlyAfter[word] else { return nil }
        if case .text(let known)? = held, before.contains(known) { return nil }
        if before.isEmpty {
            return "\(Quotation.of(word)) is not written by hand but by a command, as stays:checkin"
        }
        return "\(Quotation.of(word)) is written by hand only where it was "
            + before.joined(separator: " or ")
    }

    private func fault(of text: String) -> String? {
        if text.unicodeScalars.allSatisfy(PlainText.isInvisible) {
            return "is blank; leave it out, or say null to empty it"
        }
        if let fault = PlainText.fault(in: text, hasLines: hasLines) { return fault }
        let length = text.unicodeScalars.count
        guard length <= longest else {
            return "has \(length) characters; at most \(longest) can be recorded"
        }
        if let words, !words.contains(text) {
            return "\(Quotation.of(text)) cannot be recorded; expected one of "
                + words.joined(separator: ", ")
        }
        return format?.fault(of: text)
    }

    /// A range as people say it.
    private static func words(for numbers: ClosedRange<Int64>) -> String {
        if numbers.upperBound == .max { return "\(numbers.lowerBound) or more" }
        if numbers.lowerBound == .min { return "\(numbers.upperBound) or less" }
        if numbers == 0...1 { return "0 or 1" }
        return "\(numbers.lowerBound) to \(numbers.upperBound)"
    }
}
