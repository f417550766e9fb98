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

    /// Where a list goes on.
    func cursor(in list: ListMark) throws(Problem) -> PageCursor {
        guard let text = texts["cursor"] else { return PageCursor(startOf: list) }
        return try PageCursor(text, in: list)
    }
}
