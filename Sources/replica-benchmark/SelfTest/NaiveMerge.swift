/// The merge rules in their shortest form, on the workload's own JSON: a field's winner is the
/// latest (time, site), increments add up, a tag stays while one add of it was not seen by a
/// removal, a delete takes the row. Uses nothing of the engine.
struct NaiveMerge {
    private struct Cell: Hashable {
        let table: String
        let id: String
        let field: String
    }

    private struct Tag: Hashable {
        let pet: String
        let tag: String
    }

    private var rowsByTable: [String: [String: [(name: String, value: JSON)]]] = [:]
    private var winners: [Cell: (time: Int64, site: String, value: JSON)] = [:]
    private var sitesByCell: [Cell: Set<String>] = [:]
    private var stock: [String: Int64] = [:]
    private var deleted: Set<String> = []
    private var edited: Set<String> = []
    /// Adds are numbered through the whole run; a removal takes those that its site had seen.
    private var adds: [Tag: Set<Int>] = [:]
    private var loaded: [Tag: Set<Int>] = [:]
    private var removed: Set<Int> = []
    private var count = 0

    mutating func take(load: [JSON]) {
        var nothing: [Tag: Set<Int>] = [:]
        for op in load { take(op, "", 0, &nothing) }
        loaded = adds
    }

    mutating func take(site: String, _ ops: [JSON]) {
        var seen = loaded
        for op in ops { take(op, site, op["ts"]?.integer ?? 0, &seen) }
    }

    private mutating func take(
        _ op: JSON, _ site: String, _ time: Int64, _ seen: inout [Tag: Set<Int>]
    ) {
        let table = op["t"]?.text ?? ""
        let id = op["id"]?.text ?? ""
        let tag = Tag(pet: id, tag: op["v"]?.text ?? "")
        switch op["op"]?.text {
        case "create", "append": rowsByTable[table, default: [:]][id] = op["v"]?.members
        case "inc": stock[id, default: 0] += op["n"]?.integer ?? 0
        case "del": deleted.insert(id)
        case "tagadd":
            count += 1
            adds[tag, default: []].insert(count)
            seen[tag, default: []].insert(count)
        case "tagrem": removed.formUnion(seen[tag] ?? [])
        case "set":
            edited.insert(id)
            for (field, value) in op["f"]?.members ?? [] {
                let cell = Cell(table: table, id: id, field: field)
                sitesByCell[cell, default: []].insert(site)
                if let best = winners[cell], (best.time, best.site) >= (time, site) { continue }
                winners[cell] = (time, site, value)
            }
        default: break
        }
    }

    /// In the form of `expected.json`. A row that was deleted and also edited is ambiguous.
    func expectation() -> JSON {
        let ambiguous = deleted.intersection(edited)
        var lines: [UInt8] = []
        var total: Int64 = 0
        for (table, rows) in rowsByTable.sorted(by: { $0.key < $1.key }) {
            for (id, members) in rows.sorted(by: { $0.key < $1.key }) {
                let shown = merged(table, id, members)
                if table == "products" { total += JSON.object(shown)["stock"]?.integer ?? 0 }
                if deleted.contains(id) { continue }
                lines += "\(table)\t\(id)\t".utf8
                JSON.object(shown).write(into: &lines, isSorting: true)
                lines.append(0x0A)
            }
        }
        let tags = adds.filter { !$0.value.subtracting(removed).isEmpty }.keys.sorted {
            ($0.pet, Array($0.tag.utf8)) < ($1.pet, Array($1.tag.utf8))
        }
        for tag in tags { lines += "tags\t\(tag.pet)\t\(tag.tag)\n".utf8 }
        var hash = SHA256()
        hash.update(lines)
        return .object([
            ("digest", .text(hash.finish())), ("stock_total", .integer(total)),
            ("ambiguous", .array(ambiguous.sorted().map(JSON.text))),
            ("conflicts", .array(conflicts)),
        ])
    }

    private func merged(
        _ table: String, _ id: String, _ members: [(name: String, value: JSON)]
    ) -> [(name: String, value: JSON)] {
        members.map { name, value in
            if let winner = winners[Cell(table: table, id: id, field: name)] {
                return (name, winner.value)
            }
            guard table == "products", name == "stock" else { return (name, value) }
            return (name, .integer((value.integer ?? 0) + (stock[id] ?? 0)))
        }
    }

    private var conflicts: [JSON] {
        sitesByCell.filter { $0.value.count > 1 && !deleted.contains($0.key.id) }.keys.map { cell in
            .array([
                .text(cell.table), .text(cell.id), .text(cell.field),
                winners[cell]?.value ?? .null,
            ])
        }
    }
}

/// Pairs of a text and bytes, by bytes.
private func < (left: (String, [UInt8]), right: (String, [UInt8])) -> Bool {
    left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
}
