internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// `GET /{collection}` and `GET /{collection}/{id}`.
struct RecordsController: Sendable {
    let node: Node
    let paths: CollectionPaths

    private static let limitMax = 1_000
    /// Of one filter; SQLite takes no longer pattern than 50,000 bytes.
    private static let textBytesMax = QueryTexts.textBytesMax

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        return try await list(
            request, context, collection: try context.parameters.require("collection"))
    }

    /// For whoever was let in already.
    func list(
        _ request: Request, _ context: APIContext, collection path: String
    ) async throws -> Response {
        let collection = try paths.collection(path)
        let query = try Query(request, collection)
        let page = try node.page(
            of: collection, where: query.conditions, after: query.cursor.key, limit: query.limit,
            counting: query.isCounting)
        try query.cursor.check(page.generation)
        var json = JSONWriter(capacity: 256 + page.rows.count * 256)
        json.object { json in
            json.key("items")
            json.array { json in for row in page.rows { json.row(row, of: collection) } }
            if let total = page.total { json.member("total", total) }
            if let next = query.cursor.next(page.next, of: page.generation) {
                json.member("next", next)
            }
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    func one(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        let collection = try paths.collection(try context.parameters.require("collection"))
        let id = try Self.id(context)
        guard let row = try node.row(id, of: collection) else {
            throw Problem.notFound(try node.absence(of: id, in: collection))
        }
        var json = JSONWriter()
        json.row(row, of: collection)
        var response = Response.json(json.bytes)
        response.headers[.eTag] = "\"\(Desk.tag(of: row))\""
        return response
    }

    /// The id in a path.
    static func id(_ context: APIContext) throws -> RowID {
        let text = try context.parameters.require("id")
        guard let id = RowName.row(text) else {
            throw Problem.badRequest(
                "“\(text.prefix(64))” is no id; ids have 32 hexadecimal digits")
        }
        return id
    }

    /// What a list's query may say; anything else is refused, so that a misspelled filter is not
    /// lost.
    private struct Query {
        var limit = 100
        let cursor: PageCursor
        var isCounting = false
        var conditions: [RowCondition] = []

        init(_ request: Request, _ collection: RowCollection) throws(Problem) {
            var names: Set<String> = []
            var (cursor, filters): (String?, [String: String]) = (nil, [:])
            for (key, value) in request.uri.queryParameters {
                let (name, text) = (String(key), String(value))
                guard names.insert(name).inserted else {
                    throw .badRequest("“\(name.prefix(64))” is said twice; say it once")
                }
                guard text.utf8.count <= textBytesMax else {
                    throw .badRequest(
                        "“\(name.prefix(64))” may have \(textBytesMax) bytes; say less")
                }
                switch name {
                case "limit":
                    guard let number = Int(text), (1...limitMax).contains(number) else {
                        throw .badRequest("limit is a number from 1 to \(limitMax)")
                    }
                    limit = number
                case "cursor": cursor = text
                case "count":
                    guard let flag = Bool(text) else {
                        throw .badRequest("count is true or false")
                    }
                    isCounting = flag
                default:
                    conditions.append(try Self.condition(name, text, collection))
                    filters[name] = text
                }
            }
            let list = ListMark(collection.name, filters)
            self.cursor =
                try cursor.map { text throws(Problem) in try PageCursor(text, in: list) }
                ?? PageCursor(startOf: list)
        }

        private static func condition(
            _ name: String, _ text: String, _ collection: RowCollection
        ) throws(Problem) -> RowCondition {
            let isPrefix = name.hasSuffix(".begins")
            let base = isPrefix ? String(name.dropLast(".begins".count)) : name
            guard let field = collection.field(named: base) else {
                let known = collection.fields.map(\.name).joined(separator: ", ")
                throw .badRequest(
                    "“\(base.prefix(64))” is neither limit, cursor, count nor a field; "
                        + "fields: \(known)")
            }
            if isPrefix {
                guard field.type == .text else {
                    throw .badRequest("only text begins with something; “\(base)” is no text")
                }
                return .begins(field: base, text)
            }
            return .equals(field: base, try field.value(parsing: text))
        }
    }
}
