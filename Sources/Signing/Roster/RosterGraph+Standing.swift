import CRDT

// Which entries stand (`Roster.md`, What stands).
//
// Problem: admins act while cut off from each other; one may revoke another who at that moment
// revokes back, or admits a third. All replicas must agree, whatever arrived first.
//
// Idea: an entry depends on its attackers (reductions of its author that it has not seen and that
// have not seen it) and on its supporters (the introductions of its author in its past). It falls
// if an attacker stands or all supporters fell; it stands if all attackers fell and a supporter
// stands. What this leaves undecided are circles, which only mutual reductions close: all
// reductions of a circle that nothing undecided outside attacks stand, and the rest follows.
extension RosterGraph {
    private enum Standing { case undecided, stands, fell }

    /// The entries of `scope` (closed under ancestors) that have effect in it.
    func standing(in scope: EntrySet) -> EntrySet {
        let members = scope.positions
        var state = [Standing](repeating: .fell, count: entries.count)
        var undecided = members.filter { areAuthorised[$0] }
        for position in undecided { state[position] = .undecided }
        while !undecided.isEmpty {
            let before = undecided.count
            for position in undecided { state[position] = judge(position, scope, state) }
            undecided.removeAll { state[$0] != .undecided }
            if undecided.count == before {
                for position in circle(of: undecided, scope) { state[position] = .stands }
                undecided.removeAll { state[$0] != .undecided }
            }
        }
        var result = EntrySet()
        for position in members where state[position] == .stands { result.insert(position) }
        return result
    }

    private func judge(_ position: Int, _ scope: EntrySet, _ state: [Standing]) -> Standing {
        if case .genesis = entries[position].deed { return .stands }
        var isOpen = false
        for attacker in attackers(of: position, in: scope) {
            switch state[attacker] {
            case .stands: return .fell
            case .undecided: isOpen = true
            case .fell: break
            }
        }
        var support = Standing.fell
        for supporter in supporters(of: position) {
            switch state[supporter] {
            case .stands: support = .stands
            case .undecided: if support == .fell { support = .undecided }
            case .fell: break
            }
        }
        if support == .fell { return .fell }
        return isOpen ? .undecided : support
    }

    /// Authorised reductions of the author that are concurrent with the entry. A device that only
    /// stopped being an admin keeps what needs no admin.
    private func attackers(of position: Int, in scope: EntrySet) -> [Int] {
        let author = entries[position].author
        return (reductions[author] ?? []).filter { reduction in
            guard scope.contains(reduction), areAuthorised[reduction],
                areConcurrent(position, reduction)
            else { return false }
            switch entries[reduction].deed {
            case .revoke: return true
            case .reduce(_, let rights, _): return !rights.isAdmin && needsAdmin(position)
            case .genesis, .add, .speaker, .carried: return false
            }
        }
    }

    private func supporters(of position: Int) -> [Int] {
        (introductions[entries[position].author] ?? []).filter { pasts[position].contains($0) }
    }

    private func needsAdmin(_ position: Int) -> Bool {
        let entry = entries[position]
        switch entry.deed {
        case .add, .revoke, .reduce: return true
        case .speaker(_, let writer): return writer.device != entry.author
        case .genesis, .carried: return false
        }
    }

    private func isReduction(_ position: Int) -> Bool {
        switch entries[position].deed {
        case .revoke, .reduce: true
        case .genesis, .add, .speaker, .carried: false
        }
    }

    /// The reductions of every circle that depends on nothing undecided outside itself.
    private func circle(of undecided: [Int], _ scope: EntrySet) -> [Int] {
        let open = Set(undecided)
        var reach: [Int: EntrySet] = [:]
        for position in undecided {
            var needs = EntrySet()
            for other in attackers(of: position, in: scope) + supporters(of: position)
            where open.contains(other) { needs.insert(other) }
            reach[position] = needs
        }
        for middle in undecided {
            guard let onward = reach[middle] else { continue }
            for position in undecided where reach[position]?.contains(middle) == true {
                reach[position]?.formUnion(onward)
            }
        }
        return undecided.filter { position in
            guard isReduction(position), let needs = reach[position], needs.contains(position)
            else { return false }
            return needs.positions.allSatisfy { reach[$0]?.contains(position) == true }
        }
    }
}
