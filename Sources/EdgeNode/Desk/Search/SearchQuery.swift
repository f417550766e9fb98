/// What somebody typed into the search field.
struct SearchQuery {
    /// Folded; see `SearchText`.
    let text: [UInt8]
    let words: [ArraySlice<UInt8>]
    /// What is looked for first: the longest word, for it has the fewest hits.
    let needle: [UInt8]
    /// The digits, where it may be a part of a phone number.
    let phone: [UInt8]?

    private static let wordsMax = 8
    /// Fewer digits stand in every third number.
    private static let phoneDigitsMin = 3

    /// - Returns: `nil` where there is nothing to look for.
    init?(_ typed: String) {
        let folded = SearchText.fold(String(typed.prefix(SearchText.bytesMax)))
        guard !folded.isEmpty else { return nil }
        text = folded
        words = Array(folded.split(separator: SearchText.space).prefix(Self.wordsMax))
        needle = Array(words.max { $0.count < $1.count } ?? folded[...])
        let digits = SearchText.phoneDigits(typed)
        phone =
            digits.count >= Self.phoneDigitsMin && !SearchText.hasLetter(typed) ? digits : nil
    }

    /// How well a name, a number or a code fits; `nil` if it does not.
    func rank(ofText candidate: ArraySlice<UInt8>) -> SearchRank? {
        if candidate.starts(with: text) {
            return candidate.count == text.count ? .exact : .prefix
        }
        if words.allSatisfy({ Self.begins(aWordOf: candidate, with: $0) }) { return .wordPrefix }
        // One letter stands in nearly every name; see `SearchIndex.matches`.
        guard text.count > 1, Self.contains(candidate, text) else { return nil }
        return .contains
    }

    /// How well a phone number's digits fit. People say the last digits, and write a number with
    /// or without what dials its country.
    func rank(ofPhone candidate: ArraySlice<UInt8>) -> SearchRank? {
        guard let phone else { return nil }
        if candidate.elementsEqual(phone) { return .exact }
        if Self.ends(candidate, with: phone)
            || candidate.count >= Self.phoneTail && Self.ends(phone[...], with: Array(candidate))
        {
            return .prefix
        }
        return Self.contains(candidate, phone) ? .contains : nil
    }

    /// What the digits of both spellings share.
    var phoneNeedle: [UInt8]? { phone.map { Array($0.suffix(Self.phoneTail)) } }

    /// A number of so many digits is taken to be whole but for its country's code.
    private static let phoneTail = 7

    private static func ends(_ text: ArraySlice<UInt8>, with end: [UInt8]) -> Bool {
        text.suffix(end.count).elementsEqual(end)
    }

    private static func begins(
        aWordOf text: ArraySlice<UInt8>, with word: ArraySlice<UInt8>
    ) -> Bool {
        var rest = text
        while true {
            if rest.starts(with: word) { return true }
            guard let space = rest.firstIndex(of: SearchText.space) else { return false }
            rest = rest[(space + 1)...]
        }
    }

    private static func contains(_ text: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        guard text.count >= part.count, let first = part.first else { return false }
        for start in text.startIndex...(text.endIndex - part.count)
        where text[start] == first && text[start...].starts(with: part) {
            return true
        }
        return false
    }
}

/// How well something fits what was typed; the first is the best.
public enum SearchRank: Int, Sendable, Comparable, CaseIterable {
    case exact, prefix, wordPrefix, contains

    /// As programs read it.
    public var word: String {
        switch self {
        case .exact: "exact"
        case .prefix: "prefix"
        case .wordPrefix: "word_prefix"
        case .contains: "contains"
        }
    }

    public static func < (left: SearchRank, right: SearchRank) -> Bool {
        left.rawValue < right.rawValue
    }
}
