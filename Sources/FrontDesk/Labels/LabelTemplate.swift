public import Peripherals

/// A label's design as data: places in millimetres, texts with holes like `{animal}`.
public struct LabelTemplate: Decodable, Sendable, Hashable {
    public let name: String
    /// A printed job names the version it was made with.
    public let version: Int
    /// Which printer of a site it wants: `collar`, `card`, `label`.
    public let role: String
    public let width: Millimetres
    public let height: Millimetres
    public let feed: TemplateFeed
    public let elements: [TemplateElement]
}

/// How the page lies on the strip.
public enum TemplateFeed: String, Decodable, Sendable, CaseIterable {
    case upright, sideways

    var feed: TagDocument.Feed {
        switch self {
        case .upright: .upright
        case .sideways: .sideways
        }
    }
}

/// One thing on a label. Exactly one of `text`, `code` and `rule` says what it is.
public struct TemplateElement: Decodable, Sendable, Hashable {
    public enum Alignment: String, Decodable, Sendable, CaseIterable {
        case leading, centred, trailing
    }

    /// x, y, width, height in millimetres.
    public let at: [Millimetres]
    public let text: String?
    public let code: String?
    /// The weight of a box's line; 0 fills it.
    public let rule: Millimetres?
    /// For texts: the smallest height; absent, the line's.
    public let least: Millimetres?
    /// For texts: wraps into lines of this height; absent, it is one line as high as its frame.
    public let line: Millimetres?
    /// Drawn only if this hole has words.
    public let when: String?
    /// Drawn only if this hole has none.
    public let unless: String?
    public let align: Alignment?
    public let reversed: Bool?
}

extension LabelTemplate {
    /// - Parameter values: by the names of the holes; a hole without a value stays empty.
    public func document(filledWith values: [String: String]) -> TagDocument {
        TagDocument(
            width: width, height: height, feed: feed.feed,
            elements: elements.filter { $0.isWanted(values) }.compactMap { $0.element(values) })
    }

    /// What is wrong with the design itself, whatever is filled in.
    var problems: [String] {
        elements.enumerated().compactMap { index, element in
            let kinds = [element.text != nil, element.code != nil, element.rule != nil]
            if kinds.filter({ $0 }).count != 1 {
                return "Element \(index) of template \(name) is not one of text, code and rule."
            }
            if let line = element.line, element.text == nil || !(line > 0) {
                return "Element \(index) of template \(name) has a line height and no text."
            }
            guard let frame = element.frame, frame.x >= 0, frame.y >= 0, frame.width > 0,
                frame.height > 0, frame.x + frame.width <= width,
                frame.y + frame.height <= height
            else { return "Element \(index) of template \(name) does not lie on its page." }
            return nil
        }
    }
}

extension TemplateElement {
    var frame: Frame? {
        guard at.count == 4 else { return nil }
        return Frame(x: at[0], y: at[1], width: at[2], height: at[3])
    }

    fileprivate func isWanted(_ values: [String: String]) -> Bool {
        func hasWords(_ hole: String) -> Bool { !(values[hole] ?? "").isEmpty }
        return (when.map(hasWords) ?? true) && !(unless.map(hasWords) ?? false)
    }

    fileprivate func element(_ values: [String: String]) -> TagDocument.Element? {
        guard let frame else { return nil }
        let alignment: TextLine.Alignment =
            switch align ?? .leading {
            case .leading: .leading
            case .centred: .centred
            case .trailing: .trailing
            }
        if let text, let line {
            return .paragraph(
                Paragraph(
                    Self.fill(text, values), in: frame, lineHeight: line, least: least ?? line,
                    alignment: alignment, isReversed: reversed ?? false))
        }
        if let text {
            return .text(
                TextLine(
                    Self.fill(text, values), in: frame, least: least ?? frame.height,
                    alignment: alignment, isReversed: reversed ?? false))
        }
        if let code {
            return .code(QRCode(Self.fill(code, values), in: frame, correction: .high))
        }
        return rule.map { .rule(Rule(frame, weight: $0 > 0 ? $0 : nil)) }
    }

    /// Replaces `{name}` once: a value that looks like a hole stays as it is.
    private static func fill(_ pattern: String, _ values: [String: String]) -> String {
        var filled = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{"),
            let close = rest[open...].firstIndex(of: "}")
        {
            filled += rest[..<open]
            filled += values[String(rest[rest.index(after: open)..<close])] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
