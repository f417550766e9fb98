internal import Hummingbird

/// What a query says: each name once, every name a known one, nothing longer than a line. A
/// misspelled name is refused, so that it is not lost.
struct QueryTexts {
    static let textBytesMax = 1_024
    private var texts: [String: String] = [:]

    init(_ request: Request, known: Set<String>) throws(Problem) {
        for (key, value) in request.uri.queryParameters {
            let (name, text) = (String(key), String(value))
            guard known.contains(name) else {
                throw .badRequest(
                    "“\(name.prefix(64))” is unknown here; known are "
                        + known.sorted().joined(separator: ", "))
            }
            guard texts[name] == nil else {
                throw .badRequest("“\(name)” is said twice; say it once")
            }
            guard text.utf8.count <= Self.textBytesMax else {
                throw .badRequest("“\(name)” may have \(Self.textBytesMax) bytes; say less")
            }
            texts[name] = text
        }
    }

    subscript(_ name: String) -> String? { texts[name] }

    func limit(upTo most: Int, otherwise usual: Int? = nil) throws(Problem) -> Int {
        guard let text = texts["limit"] else { return usual ?? most }
        guard let number = Int(text), (1...most).contains(number) else {
            throw .badRequest("limit is a number from 1 to \(most)")
        }
        return number
    }

    func cursor() throws(Problem) -> PageCursor {
        guard let text = texts["cursor"] else { return PageCursor(generation: nil, key: 0) }
        guard let cursor = PageCursor(text) else {
            throw .badRequest("the cursor is not one of ours; use `next` of the page before")
        }
        return cursor
    }
}

/// A place in a list of one file. Another file answers `reset`.
struct PageCursor {
    /// Nil at the start of a list.
    let generation: UInt64?
    let key: Int64

    init(generation: UInt64?, key: Int64) {
        self.generation = generation
        self.key = key
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let generation = UInt64(parts[0], radix: 16),
            let key = Int64(parts[1]), key >= 0
        else { return nil }
        self.init(generation: generation, key: key)
    }

    /// Hexadecimal generation, a dot, decimal key.
    var text: String { "\(String(generation ?? 0, radix: 16)).\(key)" }

    func check(_ current: UInt64) throws(Problem) {
        guard let generation, generation != current else { return }
        throw Problem(
            .gone, "reset", "This cursor is of another file",
            "the database was replaced since; read the list from the start, without a cursor")
    }
}
