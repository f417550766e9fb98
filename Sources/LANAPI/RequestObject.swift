internal import CRDT
internal import EdgeNode
internal import Foundation

/// A small JSON body: one object of texts and whole numbers, read for commands only.
struct RequestObject {
    private let members: [String: Any]
    /// A code, an id or a person's name; nobody types more of them.
    private static let textBytesMax = 1_024
    private static let textsMax = 100

    /// - Parameter known: every name that may stand there; another one is refused.
    init(_ bytes: [UInt8], known: Set<String>) throws(Problem) {
        try self.init(try Self.parsed(bytes), known: known)
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

    /// Every member's name.
    var names: [String] { members.keys.sorted() }

    /// Reads a body whose names are judged one by one.
    init(anyOf bytes: [UInt8]) throws(Problem) {
        members = try Self.parsed(bytes)
    }

    /// A member as JSON says it; `nil` where it is not said.
    subscript(_ name: String) -> Any? { members[name] }

    /// A name said twice means two things to two readers, so it means nothing here.
    private static func parsed(_ bytes: [UInt8]) throws(Problem) -> [String: Any] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { throw .badRequest("the body is not a JSON object") }
        var names = JSONNames(bytes)
        if let fault = names.fault() { throw .badRequest(fault) }
        return object
    }
}

extension RequestObject {
    /// What an idempotency key belongs to: the object in one order and without its secrets, for
    /// its hash is kept and a PIN could be guessed from it.
    func fingerprint(without secret: String) -> [UInt8] {
        let open = Self.open(members, without: secret)
        let data = try? JSONSerialization.data(withJSONObject: open, options: [.sortedKeys])
        return data.map { [UInt8]($0) } ?? []
    }

    private static func open(_ value: Any, without secret: String) -> Any {
        guard let object = value as? [String: Any] else { return value }
        return object.filter { $0.key != secret }.mapValues { open($0, without: secret) }
    }
}
