internal import CRDT

/// A few hundred rows and a day of three sites, all from one seed, crowded so that sites meet
/// often.
struct SmallWorkload {
    /// Four tables in the form of the workload's `schema.json`.
    static let schema = """
        {"tables":{\
        "owners":[["id","t"],["name","t"],["phone","t"],["credit","i"]],\
        "pets":[["id","t"],["owner_id","t"],["name","t"],["weight","i"]],\
        "products":[["id","t"],["label","t"],["stock","i"]],\
        "notes":[["id","t"],["parent","t"],["text","t"]]},\
        "indices":[["owners","phone"],["pets","owner_id"],["pets","name,weight"],\
        ["notes","parent"]],\
        "tags":"pet_tags(pet_id,tag)"}
        """

    private(set) var load: [JSON] = []
    private(set) var day: [JSON] = []
    private var random: SmallRandom
    private var milliseconds: Int64 = 1_600_000_000_000
    private var idsByTable: [String: [String]] = [:]

    init(seed: UInt64) { random = SmallRandom(seed: seed) }

    mutating func make() {
        for table in ["owners", "pets", "products"] {
            for _ in 0..<(table == "products" ? 5 : 40) { load.append(create(table)) }
        }
        for _ in 0..<30 { load.append(tag("tagadd")) }
        let common = idsByTable
        var ownByTable = [common, common, common]
        for turn in 0..<600 {
            let site = turn % 3
            milliseconds += random.number(1...900)
            idsByTable = ownByTable[site]
            let op = edit()
            ownByTable[site] = idsByTable
            guard case .object(let members) = op else { continue }
            day.append(
                .object(
                    [("ts", .integer(milliseconds)), ("site", .text(Fleet.sites[site]))] + members))
        }
    }

    private mutating func edit() -> JSON {
        switch random.number(0...99) {
        case ..<45:
            let table = random.element(["owners", "pets"])
            let all = values(table)
            let fields = all.filter { _ in random.number(0...1) == 0 }
            let chosen = fields.filter { $0.name != "owner_id" }
            return op(
                "set", table, id(of: table),
                [
                    ("f", .object(chosen.isEmpty ? [all[all.count - 1]] : chosen))
                ])
        case ..<60:
            return op(
                "inc", "products", id(of: "products"),
                [
                    ("f", .text("stock")), ("n", .integer(random.number(-5...9))),
                ])
        case ..<70: return tag("tagadd")
        case ..<80: return tag("tagrem")
        case ..<88: return create("notes", verb: "append")
        case ..<97: return create(random.element(["owners", "pets"]))
        default:
            return op("del", "owners", id(of: "owners"), [])
        }
    }

    private mutating func create(_ table: String, verb: String = "create") -> JSON {
        milliseconds += random.number(1...50)
        let row = RowID(
            UInt128(milliseconds) << 80 | UInt128(random.next()) << 16
                | UInt128(random.next() & 0xFFFF))
        let values = values(table)
        idsByTable[table, default: []].append(ULID.text(of: row))
        return op(verb, table, ULID.text(of: row), [("v", .object(values))])
    }

    private mutating func tag(_ verb: String) -> JSON {
        let tag = random.element(["calm", "señor", "no \"dogs\"", "tab\there"])
        return op(verb, "pets", id(of: "pets"), [("v", .text(tag))])
    }

    private func op(
        _ verb: String, _ table: String, _ id: String, _ more: [(name: String, value: JSON)]
    ) -> JSON {
        .object([("op", .text(verb)), ("t", .text(table)), ("id", .text(id))] + more)
    }

    private mutating func id(of table: String) -> String {
        random.element(idsByTable[table] ?? [])
    }

    private mutating func values(_ table: String) -> [(name: String, value: JSON)] {
        let number = JSON.integer(random.number(-1 << 40...1 << 40))
        switch table {
        case "owners": return [("name", text()), ("phone", text()), ("credit", number)]
        case "pets":
            return [
                ("owner_id", .text(id(of: "owners"))), ("name", text()), ("weight", number),
            ]
        case "products": return [("label", text()), ("stock", .integer(random.number(0...99)))]
        default: return [("parent", .text(id(of: "pets"))), ("text", text())]
        }
    }

    /// Also the texts that break writers of JSON.
    private mutating func text() -> JSON {
        let words = [
            "", "Zoë", "\u{1}\u{1F}", "a\\b", "\"", "é", "e\u{301}", "🐕", "line\nfeed", "7",
        ]
        return .text((0..<random.number(0...4)).map { _ in random.element(words) }.joined())
    }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SmallRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func element<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }
}
