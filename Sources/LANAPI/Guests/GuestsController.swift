internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// `GET /arrivals`, `GET /in-house` and `GET /stays:checkin`.
struct GuestsController: Sendable {
    let node: Node
    let desk: Desk

    private static let limitMax = 200

    func arrivals(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.signedIn(for: .editRecords)
        let query = try QueryTexts(request, known: ["date", "limit", "cursor"])
        let day: LocalDate
        if let text = query["date"] {
            guard let date = LocalDate(text) else {
                throw Problem.badRequest("“date” is a day like 2026-11-21")
            }
            day = date
        } else {
            guard let today = desk.today else {
                throw Problem.badRequest("the clock of this box is wrong; say “date”")
            }
            day = today
        }
        let cursor = try query.cursor(in: ListMark("arrivals", ["date": day.isoText]))
        let page = try desk.arrivals(
            on: day, after: cursor.key, limit: try query.limit(upTo: Self.limitMax))
        return try answer(page, cursor, ["date": day.isoText]) { $0.arrival($1) }
    }

    func inHouse(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.signedIn(for: .editRecords)
        let query = try QueryTexts(request, known: ["limit", "cursor"])
        let cursor = try query.cursor(in: ListMark("in-house"))
        let page = try desk.lodgers(
            after: cursor.key, limit: try query.limit(upTo: Self.limitMax))
        return try answer(page, cursor, [:]) { $0.lodger($1) }
    }

    private func answer<Item>(
        _ page: GlancePage<Item>, _ cursor: PageCursor, _ more: [String: String],
        _ write: (inout JSONWriter, Item) -> Void
    ) throws -> Response {
        try cursor.check(page.generation)
        var json = JSONWriter(capacity: 256 + page.items.count * 512)
        json.object { json in
            json.key("items")
            json.array { json in for item in page.items { write(&json, item) } }
            for (name, text) in more { json.member(name, text) }
            json.member("next", cursor.next(page.next, of: page.generation))
            json.member("site", node.facts.name)
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    /// What `POST /stays:checkin` would say of a `booking` now; `animals` names those to be checked
    /// in, parted by commas.
    func sheet(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.signedIn(for: .checkIn)
        let query = try QueryTexts(request, known: ["booking", "animals"])
        guard let booking = query["booking"].flatMap({ RowName.row($0) }) else {
            throw Problem.badRequest("“booking” is the id of the booking to look at")
        }
        let animals = try query["animals"].map { text throws(Problem) in
            try text.split(separator: ",").prefix(Self.limitMax).map { name throws(Problem) in
                guard let row = RowName.row(name) else {
                    throw .badRequest("“animals” names ids, parted by commas")
                }
                return row
            }
        }
        let sheet = try desk.sheet(of: booking, animals: animals)
        var json = JSONWriter(capacity: 2_048)
        json.sheet(sheet)
        return .json(json.bytes)
    }
}

extension JSONWriter {
    fileprivate mutating func arrival(_ arrival: Arrival) {
        object { json in
            json.key("booking")
            json.booking(arrival.booking)
            json.key("owner")
            json.party(arrival.owner)
            json.key("animals")
            json.array { json in for animal in arrival.animals { json.arriving(animal) } }
            json.member("run", arrival.run)
            json.member("state", arrival.state.rawValue)
        }
    }

    fileprivate mutating func lodger(_ lodger: Lodger) {
        object { json in
            json.key("stay")
            json.stay(lodger.stay)
            json.key("animal")
            if let animal = lodger.animal { json.arriving(animal) } else { json.null() }
            json.key("owner")
            json.party(lodger.owner)
            json.key("booking")
            json.booking(lodger.booking)
            json.member("trouble", lodger.trouble)
        }
    }

    fileprivate mutating func sheet(_ sheet: CheckInSheet) {
        object { json in
            json.key("booking")
            json.booking(sheet.booking)
            json.key("owner")
            json.party(sheet.owner)
            json.key("run")
            json.run(sheet.run)
            json.key("animals")
            json.array { json in for guest in sheet.guests { json.guest(guest) } }
            json.key("refusal")
            if let refusal = sheet.refusal {
                json.object { json in
                    json.member("code", refusal.code)
                    json.member("sentence", refusal.sentence)
                    json.member("is_overridable", refusal.isOverridable)
                }
            } else {
                json.null()
            }
            json.key("remarks")
            json.array { json in
                for remark in sheet.remarks {
                    json.object { json in
                        json.member("code", remark.code)
                        json.member("sentence", remark.sentence)
                    }
                }
            }
        }
    }

    private mutating func run(_ run: CheckInView.Resource?) {
        guard let run else { return null() }
        object { json in
            json.member("id", RowName.text(run.id))
            json.member("code", run.code)
            json.member("animals_max", run.animalsMax.map(Int64.init))
            json.member("occupants", run.occupants)
            json.key("free")
            json.array { json in for code in run.free { json.value(code) } }
        }
    }

    private mutating func guest(_ guest: CheckInSheet.Guest) {
        let animal = guest.animal
        object { json in
            json.animal(animal.id, animal.name, animal.species, animal.breed, animal.sex)
            json.alerts(
                animal.alerts.sorted { ($1.severity, $0.kind) < ($0.severity, $1.kind) },
                animal.allergies.sorted {
                    ($1.severity, $0.substance) < ($0.severity, $1.substance)
                }, guest.gaps)
            json.key("vaccinations")
            json.array { json in
                for one in animal.vaccinations {
                    json.object { json in
                        json.member("vaccine", one.vaccine)
                        json.member("expires", one.expires?.isoText)
                    }
                }
            }
            json.key("care")
            json.array { json in
                for plan in animal.carePlans where !plan.cardLine.isEmpty {
                    json.object { json in
                        json.member("kind", plan.kind.rawValue)
                        json.member("text", plan.cardLine)
                    }
                }
            }
            json.member("is_wanted", guest.isWanted)
            json.key("stay")
            json.stay(guest.stay)
        }
    }
}
