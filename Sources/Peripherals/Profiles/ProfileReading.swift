/// Reads the fields of one object of a profile, and notes each one that is missing, odd or unknown.
/// It reads on after a problem, so that a person sees all of them at once.
struct ProfileReading {
    let document: String
    private(set) var problems: [ProfileProblem] = []

    init(_ document: String) { self.document = document }

    /// An object at its place.
    struct Node {
        let fields: [String: ProfileValue]
        let path: ProfilePath
    }

    mutating func note(_ path: ProfilePath, _ sentence: String) {
        problems.append(ProfileProblem(document: document, path: path, sentence: sentence))
    }

    mutating func node(
        _ value: ProfileValue, _ path: ProfilePath, keys: Set<String>
    ) -> Node? {
        guard case .object(let fields) = value else {
            note(path, "This is no object.")
            return nil
        }
        for key in fields.keys.sorted() where !keys.contains(key) {
            note(path.appending(key), "Nobody reads this key.")
        }
        return Node(fields: fields, path: path)
    }

    mutating func node(_ parent: Node, _ key: String, keys: Set<String>) -> Node? {
        parent.fields[key].flatMap { node($0, parent.path.appending(key), keys: keys) }
    }

    mutating func text(_ node: Node, _ key: String, required: Bool = false) -> String? {
        guard let value = present(node, key, required) else { return nil }
        guard case .text(let text) = value, !text.isEmpty else {
            note(node.path.appending(key), "This is no text, or an empty one.")
            return nil
        }
        return text
    }

    mutating func flag(_ node: Node, _ key: String) -> Bool? {
        guard let value = present(node, key, false) else { return nil }
        guard case .flag(let flag) = value else {
            note(node.path.appending(key), "This is neither true nor false.")
            return nil
        }
        return flag
    }

    mutating func whole(
        _ node: Node, _ key: String, _ range: ClosedRange<Int>, required: Bool = false
    ) -> Int? {
        guard let value = present(node, key, required) else { return nil }
        return whole(value, node.path.appending(key), range)
    }

    mutating func whole(
        _ value: ProfileValue, _ path: ProfilePath, _ range: ClosedRange<Int>
    ) -> Int? {
        guard case .number(let number) = value, let whole = Int(exactly: number) else {
            note(path, "This is no whole number.")
            return nil
        }
        guard range.contains(whole) else {
            note(path, "\(whole) is not within \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return whole
    }

    mutating func choice<Word: RawRepresentable & CaseIterable>(
        _ node: Node, _ key: String, _ type: Word.Type, required: Bool = false
    ) -> Word? where Word.RawValue == String {
        guard let text = text(node, key, required: required) else { return nil }
        return word(text, node.path.appending(key), type)
    }

    mutating func choices<Word: RawRepresentable & CaseIterable>(
        _ node: Node, _ key: String, _ type: Word.Type
    ) -> [Word]? where Word.RawValue == String {
        let path = node.path.appending(key)
        return texts(node, key)?.enumerated().compactMap { index, text in
            word(text, path.appending(String(index)), type)
        }
    }

    mutating func texts(_ node: Node, _ key: String, required: Bool = false) -> [String]? {
        items(node, key, required: required)?.compactMap { path, value in
            if case .text(let text) = value, !text.isEmpty { return text }
            note(path, "This is no text, or an empty one.")
            return nil
        }
    }

    mutating func items(
        _ node: Node, _ key: String, required: Bool = false
    ) -> [(ProfilePath, ProfileValue)]? {
        guard let value = present(node, key, required) else { return nil }
        let path = node.path.appending(key)
        guard case .array(let items) = value else {
            note(path, "This is no list.")
            return nil
        }
        return items.enumerated().map { (path.appending(String($0.offset)), $0.element) }
    }

    /// Digits of base 16, exactly so many.
    mutating func hexadecimal(_ text: String, digits: Int, _ path: ProfilePath) -> UInt16? {
        guard text.utf8.count == digits, text.allSatisfy(\.isHexDigit) else {
            note(path, "\(text) is not \(digits) hexadecimal digits.")
            return nil
        }
        return UInt16(text, radix: 16)
    }

    private mutating func word<Word: RawRepresentable & CaseIterable>(
        _ text: String, _ path: ProfilePath, _ type: Word.Type
    ) -> Word? where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            note(path, "\(text) is none of \(known).")
            return nil
        }
        return word
    }

    private mutating func present(
        _ node: Node, _ key: String, _ required: Bool
    ) -> ProfileValue? {
        if let value = node.fields[key], value != .null { return value }
        if required { note(node.path.appending(key), "This is missing.") }
        return nil
    }
}
