internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// `GET /search?q=`: animals, customers and bookings by name, number or a part of a phone number.
struct SearchController: Sendable {
    let node: Node
    let desk: Desk
    let search: SearchDesk

    private static let limitMax = 50
    private static let limitUsual = 20

    func find(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.signedIn(for: .editRecords)
        let query = try QueryTexts(request, known: ["q", "kinds", "limit"])
        guard let typed = query["q"] else {
            throw Problem.badRequest("“q” is missing: what to look for")
        }
        let limit = try query.limit(upTo: Self.limitMax, otherwise: Self.limitUsual)
        let hits = try await search.find(
            typed, among: try kinds(query["kinds"]), today: desk.today?.isoText ?? "",
            limit: limit)
        var json = JSONWriter(capacity: 256 + hits.count * 512)
        json.object { json in
            json.key("items")
            json.array { json in for hit in hits { Self.write(hit, &json) } }
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    private func kinds(_ text: String?) throws(Problem) -> Set<SearchKind> {
        guard let text else { return Set(SearchKind.allCases) }
        let names = text.split(separator: ",")
        let kinds = Set(names.compactMap { SearchKind(rawValue: String($0)) })
        guard !kinds.isEmpty, kinds.count == names.count else {
            throw .badRequest(
                "“kinds” names some of "
                    + SearchKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return kinds
    }

    private static func write(_ hit: SearchHit, _ json: inout JSONWriter) {
        json.object { json in
            json.member("kind", hit.kind.rawValue)
            json.member("id", RowName.text(hit.id))
            json.member("rank", hit.rank.word)
            json.member("name", hit.name)
            json.member("is_expected", hit.isExpected)
            json.key("animal")
            json.animal(hit.animal)
            json.key("party")
            json.party(hit.party)
            json.key("animals")
            json.array { json in for animal in hit.animals { json.animal(animal) } }
            json.key("booking")
            json.booking(hit.booking)
            json.key("stay")
            json.stay(hit.stay)
        }
    }
}
