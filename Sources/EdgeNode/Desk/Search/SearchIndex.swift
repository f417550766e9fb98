internal import CRDT
internal import Foundation

/// The names, phone numbers and codes of a site as one text in memory.
///
/// Problem: letters from the middle of a word, in any script, within a few milliseconds, among some
/// ten thousand names that change all day. Idea: all folded names lie in one buffer, parted by line
/// feeds; one pass looks for the bytes that were typed, and only its hits are judged.
/// Half a megabyte holds 18,000 animals and 12,000 owners. Nothing is written for it: no row costs
/// more to store, nobody's name lies in a second place on the disk, an erased person is gone with
/// the row, and a restored file needs no repair. The price is one reading of all names at the
/// start.
struct SearchIndex {
    /// What a text says of its subject.
    enum Topic: UInt8 { case animalName, partyName, phone, identifier, bookingNumber }

    struct Match {
        let kind: SearchKind
        let subject: RowID
        let topic: Topic
        let rank: SearchRank
        /// Smaller texts are nearer to what was typed.
        let length: Int
    }

    private struct Entry {
        /// The row whose text it is.
        let source: RowID
        /// The animal, party or booking that is found by it.
        let subject: RowID
        let start: Int
        let count: Int
        let topic: Topic
        var isGone = false

        var range: Range<Int> { start..<(start + count) }
    }

    private static let lineFeed: UInt8 = 0x0A
    private var bytes: [UInt8] = [lineFeed]
    /// In the order of their texts.
    private var entries: [Entry] = []
    private var gone = 0

    var count: Int { entries.count - gone }

    mutating func reserve(_ texts: Int) {
        entries.reserveCapacity(texts)
        bytes.reserveCapacity(texts * 14)
    }

    /// Adds a folded text; an empty one is left out.
    mutating func add(_ text: [UInt8], _ topic: Topic, of subject: RowID, from source: RowID) {
        guard !text.isEmpty else { return }
        entries.append(
            Entry(
                source: source, subject: subject, start: bytes.count, count: text.count,
                topic: topic))
        bytes.append(contentsOf: text)
        bytes.append(Self.lineFeed)
    }

    /// Forgets everything that these rows said.
    mutating func forget(_ sources: Set<RowID>) {
        guard !sources.isEmpty else { return }
        for place in entries.indices where !entries[place].isGone {
            guard sources.contains(entries[place].source) else { continue }
            entries[place].isGone = true
            gone += 1
            // Overwritten at once: what was erased is not kept in memory either.
            for byte in entries[place].range { bytes[byte] = 0 }
        }
        if gone > 1_000, gone > entries.count / 4 { compact() }
    }

    private mutating func compact() {
        var fresh = SearchIndex()
        fresh.reserve(count)
        for entry in entries where !entry.isGone {
            fresh.add(
                Array(bytes[entry.range]), entry.topic, of: entry.subject, from: entry.source)
        }
        self = fresh
    }

    /// Everything that fits, each subject once with its best rank, in no order.
    func matches(_ query: SearchQuery, among kinds: Set<SearchKind>) -> [Match] {
        var best: [SearchSubject: Match] = [:]
        func take(_ entry: Entry, _ rank: SearchRank) {
            let subject = SearchSubject(kind: SearchKind(entry.topic), row: entry.subject)
            guard kinds.contains(subject.kind) else { return }
            if let known = best[subject], (known.rank, known.length) <= (rank, entry.count) {
                return
            }
            best[subject] = Match(
                kind: subject.kind, subject: entry.subject, topic: entry.topic, rank: rank,
                length: entry.count)
        }
        // One letter stands in nearly every name, so it is looked for at their beginnings only.
        let isLetter = query.text.count == 1
        visit(isLetter ? [Self.lineFeed] + query.needle : query.needle) { entry in
            guard entry.topic != .phone, let rank = query.rank(ofText: bytes[entry.range]) else {
                return
            }
            take(entry, rank)
        }
        if let needle = query.phoneNeedle {
            visit(needle) { entry in
                guard entry.topic == .phone, let rank = query.rank(ofPhone: bytes[entry.range])
                else { return }
                take(entry, rank)
            }
        }
        return Array(best.values)
    }

    /// Calls `body` once for each text that contains the needle.
    private func visit(_ needle: [UInt8], _ body: (Entry) -> Void) {
        guard let first = needle.first else { return }
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            var from = 0
            while from + needle.count <= all.count,
                let hit = memchr(base + from, Int32(first), all.count - from - needle.count + 1)
            {
                let start = UnsafeRawPointer(hit) - base
                guard memcmp(hit, needle, needle.count) == 0 else {
                    from = start + 1
                    continue
                }
                // A needle may begin with the line feed before the text.
                let entry = entries[place(of: start + needle.count - 1)]
                if !entry.isGone { body(entry) }
                from = entry.range.upperBound
            }
        }
    }

    /// The entry whose text holds a byte.
    private func place(of byte: Int) -> Int {
        var (low, high) = (0, entries.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if entries[middle].start <= byte { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

/// What search finds.
public enum SearchKind: String, Sendable, CaseIterable {
    case animal, party, booking

    init(_ topic: SearchIndex.Topic) {
        switch topic {
        case .animalName, .identifier: self = .animal
        case .partyName, .phone: self = .party
        case .bookingNumber: self = .booking
        }
    }
}

struct SearchSubject: Hashable {
    let kind: SearchKind
    let row: RowID
}
