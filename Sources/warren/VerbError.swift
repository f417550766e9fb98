internal import Foundation
internal import NodeClient

/// Why a verb could not do its work, in a sentence.
struct VerbError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension NodeAnswer {
    /// The body as a JSON object; empty for anything else.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }
}
