import CRDT
import Signing
import Testing

/// The same set of entries gives the same roster, in whatever order it came.
@Suite struct RosterPermutationTests {
    private let fleet = Fleet()

    @Test func `all orders of a small graph agree`() {
        for seed in UInt64(0)..<6 {
            let entries = graph(seed: seed, count: 5)
            let expected = snapshot(entries)
            for order in permutations(entries) {
                let isSame = snapshot(order) == expected
                #expect(isSame)
            }
        }
    }

    @Test(arguments: 0..<30)
    func `many orders of a large graph agree`(seed: UInt64) {
        let entries = graph(seed: 1_000 + seed, count: 24)
        let expected = snapshot(entries)
        #expect(expected.count == entries.count + 1)
        var random = Seeded(seed)
        for _ in 0..<4 {
            let isSame = snapshot(entries.shuffled(using: &random)) == expected
            #expect(isSame)
        }
    }

    @Test func `the random graphs are worth it, they hold falls and forks`() {
        var revoked = 0
        var fallen = 0
        var forks = 0
        for seed in UInt64(0)..<60 {
            let entries = graph(seed: 1_000 + seed, count: 24)
            let state = snapshot(entries)
            revoked += state.members.values.filter(\.isRevoked).count
            fallen +=
                entries.filter { entry in
                    if case .add(let bundle) = entry.deed {
                        state.members[bundle.device] == nil
                    } else {
                        false
                    }
                }.count
            forks += state.speakers.filter { if case .fork = $0 { true } else { false } }.count
        }
        #expect(revoked > 30 && fallen > 30 && forks > 5)
    }

    private struct Snapshot: Equatable {
        let head: ContentHash
        let count: Int
        let members: [DeviceID: Member]
        let speakers: [Speaker]
        let cuts: [WriterCut?]
        let judgements: [Judgement]
    }

    private func snapshot(_ entries: [RosterEntry]) -> Snapshot {
        let roster = fleet.roster(entries)
        let everyone = fleet.devices.indices
        return Snapshot(
            head: roster.head, count: roster.entries.count, members: roster.current.members,
            speakers: (0..<3).map { roster.current.speaker(of: Fleet.site($0)) },
            cuts: everyone.map { roster.cut(of: fleet.writer($0)) },
            judgements: entries.sorted { $0.hash < $1.hash }
                .compactMap { roster.view(at: $0.hash) }
                .flatMap { view in
                    everyone.map {
                        roster.judge(fleet.name($0, 5), writing: 1, citing: view)
                    }
                })
    }

    /// Entries by random authors over random tips, also by those who have no right to them.
    private func graph(seed: UInt64, count: Int) -> [RosterEntry] {
        var random = Seeded(seed)
        var entries = [fleet.genesis]
        var roster = fleet.roster()
        var known = [0]
        while entries.count <= count {
            let parents = (0...Int.random(in: 0...2, using: &random)).map { _ in
                entries[Int.random(in: max(0, entries.count - 6)..<entries.count, using: &random)]
            }
            let author = known.randomElement(using: &random) ?? 0
            let deed = deed(by: author, &random)
            let entry = fleet.entry(deed, by: author, after: parents)
            // An author whom the parents do not know is refused; that is another test's subject.
            guard case .admitted = roster.admit(entry) else { continue }
            entries.append(entry)
            if case .add(let bundle) = deed,
                let index = fleet.devices.firstIndex(where: { $0.device == bundle.device })
            {
                known.append(index)
            }
        }
        return Array(entries.dropFirst())
    }

    private func deed(by author: Int, _ random: inout Seeded) -> RosterDeed {
        let target = Int.random(in: 0..<fleet.devices.count, using: &random)
        let site = UInt64.random(in: 0..<2, using: &random)
        let cuts = [
            Cut(
                incarnation: 1, sequence: .random(in: 1...9, using: &random),
                chain: .filled(UInt8.random(in: 0...1, using: &random)))
        ]
        let rights = [Rights.full, .full, .desk, .readOnly].randomElement(using: &random) ?? .desk
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return fleet.add(target, at: site, rights)
        case 4..<6: return fleet.speaker(author, .random(in: 1...3, using: &random), at: site)
        case 6: return fleet.speaker(target, 1, at: site)
        case 7: return fleet.reduce(target, to: rights.reduced(to: .desk), cuts)
        default: return fleet.revoke(target, cuts)
        }
    }

    private func permutations(_ entries: [RosterEntry]) -> [[RosterEntry]] {
        guard entries.count > 1 else { return [entries] }
        return entries.indices.flatMap { index in
            var rest = entries
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }
}
