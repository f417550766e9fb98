internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// The tag that a record must still have; nil where any will do, as `*` says.
    ///
    /// - Throws: `bad-request` for more than one tag and for a weak one, which match nothing here.
    func expectedTag() throws(Problem) -> String? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        let isQuoted = text.count >= 2 && text.first == "\"" && text.last == "\""
        let tag = isQuoted ? String(text.dropFirst().dropLast()) : text
        guard !tag.isEmpty, !text.hasPrefix("W/"), !tag.contains(where: { "\", ".contains($0) })
        else {
            throw .badRequest("If-Match is the one ETag that was read, or *")
        }
        return tag
    }
}
