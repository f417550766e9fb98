internal import Foundation

/// A small JSON body: one object of texts and whole numbers, read for commands only.
struct RequestObject {
    private let members: [String: Any]
    /// A code, an id or a person's name; nobody types more of them.
    private static let textBytesMax = 1_024
    private static let textsMax = 100

    /// - Parameter known: every name that may stand there; another one is refused.
    init(_ bytes: [UInt8], known: Set<String>) throws(Problem) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { throw .badRequest("the body is not a JSON object") }
        try self.init(object, known: known)
    }

    private init(_ object: [String: Any], known: Set<String>) throws(Problem) {
        let unknown = Set(object.keys).subtracting(known).sorted()
        guard unknown.isEmpty else {
            throw .badRequest(
                "unknown fields: \(unknown.joined(separator: ", ").prefix(256)); known ones: "
                    + known.sorted().joined(separator: ", "))
        }
        members = object
    }

    /// `nil` where it is not said.
    func text(_ name: String) throws(Problem) -> String? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let text = value as? String else { throw .badRequest("“\(name)” must be a text") }
        guard text.utf8.count <= Self.textBytesMax else {
            throw .badRequest("“\(name)” may have \(Self.textBytesMax) bytes; say less")
        }
        return text
    }

    /// A list of texts; `nil` where it is not said.
    func texts(_ name: String) throws(Problem) -> [String]? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let texts = value as? [String], texts.count <= Self.textsMax,
            texts.allSatisfy({ $0.utf8.count <= Self.textBytesMax })
        else { throw .badRequest("“\(name)” must be a list of at most \(Self.textsMax) texts") }
        return texts
    }

    /// An object within; `nil` where it is not said.
    func object(_ name: String, known: Set<String>) throws(Problem) -> RequestObject? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let object = value as? [String: Any] else {
            throw .badRequest("“\(name)” must be an object")
        }
        return try RequestObject(object, known: known)
    }
}
