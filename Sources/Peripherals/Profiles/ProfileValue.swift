/// A profile document as it was written, before anybody judged it. The caller decodes it from JSON:
/// there is no JSON reader on the ground floor.
public indirect enum ProfileValue: Sendable, Hashable, Decodable {
    case object([String: ProfileValue])
    case array([ProfileValue])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            // Each failed attempt is the answer "of another kind"; the last one throws.
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([ProfileValue].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: ProfileValue].self))
        }
    }

    /// This document over a more general one: objects are laid over each other key by key, all else
    /// replaces what lies below.
    func laid(over base: ProfileValue) -> ProfileValue {
        guard case .object(let upper) = self, case .object(let lower) = base else { return self }
        return .object(lower.merging(upper) { $1.laid(over: $0) })
    }

    /// The paths of all values that are no object and no array, in order.
    func leaves(_ path: ProfilePath = ProfilePath()) -> [ProfilePath] {
        switch self {
        case .object(let fields):
            fields.keys.sorted().flatMap { fields[$0]?.leaves(path.appending($0)) ?? [] }
        case .array(let items):
            items.enumerated().flatMap { $0.element.leaves(path.appending(String($0.offset))) }
        case .text, .number, .flag, .null: [path]
        }
    }

    func value(at path: ProfilePath) -> ProfileValue? {
        path.steps.reduce(Optional(self)) { value, step in
            switch value {
            case .object(let fields): fields[step]
            case .array(let items):
                Int(step).flatMap { items.indices.contains($0) ? items[$0] : nil }
            case .text, .number, .flag, .null, nil: nil
            }
        }
    }
}

/// A place in a profile document: `match[0].usb.pid[1]`.
public struct ProfilePath: Sendable, Hashable, CustomStringConvertible {
    let steps: [String]

    init(steps: [String] = []) { self.steps = steps }

    /// Reads `match[0].usb` and nothing odd: names between dots, indexes in brackets.
    init?(_ text: String) {
        var steps: [String] = []
        for name in text.split(separator: ".", omittingEmptySubsequences: false) {
            let parts = name.split(separator: "[", omittingEmptySubsequences: false)
            guard let first = parts.first, !first.isEmpty else { return nil }
            steps.append(String(first))
            for part in parts.dropFirst() {
                guard part.last == "]", let index = Int(part.dropLast()), index >= 0 else {
                    return nil
                }
                steps.append(String(index))
            }
        }
        self.steps = steps
    }

    func appending(_ step: String) -> ProfilePath { ProfilePath(steps: steps + [step]) }

    func covers(_ other: ProfilePath) -> Bool { other.steps.starts(with: steps) }

    public var description: String {
        steps.reduce("") { text, step in
            if Int(step) != nil { return text + "[\(step)]" }
            return text.isEmpty ? step : text + "." + step
        }
    }
}

/// What is wrong with a profile, and where.
public struct ProfileProblem: Sendable, Hashable {
    /// The file's name as the caller gave it.
    public let document: String
    public let path: ProfilePath
    public let sentence: String

    /// `zd410.json, usb.chunk: 0 is not within 1 to 65536.`
    public var text: String {
        path.steps.isEmpty ? "\(document): \(sentence)" : "\(document), \(path): \(sentence)"
    }
}

/// All that is wrong with a set of profiles.
public struct ProfileProblems: Error, Sendable, Hashable {
    public let problems: [ProfileProblem]
}
