import CRDT
import SyncProtocol

/// SplitMix64: the same seed, the same bad day.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return mixed(state)
    }
}

func mixed(_ number: UInt64) -> UInt64 {
    var word = number
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
}

/// A hash that is good enough to tell toys apart.
struct ToyHasher: ContentHasher {
    func hash(_ bytes: [UInt8]) -> ContentHash {
        var words: [UInt64] = [1, 2, 3, 4]
        for byte in bytes {
            words[0] = mixed(words[0] ^ UInt64(byte))
            words[1] = words[1] &* 31 &+ words[0]
            words[2] ^= words[1] &* 7
            words[3] = words[3] &+ words[2]
        }
        return ContentHash(words[0], words[1], words[2], words[3])
    }
}

func toyWriter(_ number: Int) -> WriterID {
    WriterID(device: DeviceID(UInt128(number)), incarnation: 1)
}

func toyHash(_ number: UInt64) -> ContentHash { ContentHash(mixed(number), number, 7, 9) }

/// A frame that anyone can read: its place and its chain hashes, then filling.
struct ToyFrame: Hashable {
    let writer: WriterID
    let low: UInt64
    let previous: UInt64
    let chains: [UInt64]
    let filling: Int

    var span: FrameSpan {
        FrameSpan(
            writer: writer, low: low, high: low + UInt64(chains.count) - 1, previous: previous,
            chain: chains[chains.count - 1])
    }

    var bytes: [UInt8] {
        var out = ByteWriter()
        out.write(writer: writer)
        out.write(varint: low)
        out.write(fixed: previous)
        out.write(count: chains.count)
        for chain in chains { out.write(fixed: chain) }
        out.write(bytes: [UInt8](repeating: 0, count: filling))
        return out.bytes
    }

    init(writer: WriterID, low: UInt64, previous: UInt64, chains: [UInt64], filling: Int = 0) {
        self.writer = writer
        self.low = low
        self.previous = previous
        self.chains = chains
        self.filling = filling
    }

    init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        writer = try reader.writer()
        low = try reader.varint()
        previous = try reader.fixed(UInt64.self)
        let count = try reader.count(upTo: 10_000, leastBytes: 8, of: "chains")
        var chains: [UInt64] = []
        for _ in 0..<count { chains.append(try reader.fixed(UInt64.self)) }
        self.chains = chains
        filling = reader.remaining
    }
}

/// A replica without records: histories of chain hashes, frames, and a control lane of names.
final class ToyReplica {
    /// Whole histories by writer, one a branch.
    private(set) var histories: [WriterID: [[UInt64]]] = [:] { didSet { known = nil } }
    private(set) var frames: [WriterID: [ToyFrame]] = [:]
    private var pending: [ToyFrame] = []
    private(set) var control: [ContentHash] = [] { didSet { known = nil } }
    /// Writers whose frames this replica cannot open yet.
    var lockedWriters: Set<WriterID> = []
    var schema: UInt32 = 1 { didSet { known = nil } }
    var spoiledRows: UInt64 = 0 { didSet { known = nil } }
    private var known: LocalState?
    let writer: WriterID
    var transactionsPerFrame = 8
    var filling = 0

    init(_ writer: WriterID) { self.writer = writer }

    var vector: VersionVector {
        VersionVector(
            histories.flatMap { writer, branches in
                branches.filter { !$0.isEmpty }.map {
                    ContextEntry(
                        writer: writer, sequence: UInt64($0.count), chain: $0[$0.count - 1])
                }
            })
    }

    var state: LocalState {
        if let known { return known }
        let state = computed
        known = state
        return state
    }

    private var computed: LocalState {
        var digest = ContentDigest()
        var seen: Set<UInt64> = []
        for branches in histories.values {
            for chain in branches.joined() where seen.insert(chain).inserted {
                digest.insert(toyHash(chain))
            }
        }
        if spoiledRows > 0 { digest.insert(toyHash(spoiledRows)) }
        let vector = vector
        let roster = control.sorted().flatMap(\.bytes)
        return LocalState(
            vector: vector,
            summary: Summary(
                generation: 1, schema: schema, rosterHead: ToyHasher().hash(roster),
                vectorHash: vector.hash(ToyHasher()), digest: digest, floor: toyHash(0)),
            controlHeads: Array(control.suffix(SyncLimits.controlHeadsMax)),
            controlNumber: UInt64(control.count))
    }

    func holds(_ entry: ContextEntry) -> Bool {
        (histories[entry.writer] ?? []).contains { Self.lies(entry, on: $0) }
    }

    // MARK: - Writing

    func commit(_ random: UInt64) { append(to: writer, chain: random) }

    func append(to writer: WriterID, chain: UInt64) {
        var branches = histories[writer] ?? [[]]
        branches[0].append(chain)
        histories[writer] = branches
    }

    /// Goes on with the branch that was this replica's before the fork was known: its first one.
    func extendOwnBranch(of writer: WriterID, by chain: UInt64) { append(to: writer, chain: chain) }

    func addControl(_ id: ContentHash) {
        if !control.contains(id) { control.append(id) }
    }

    /// The frame's place where it opened.
    func merge(_ bytes: [UInt8]) -> FrameSpan? {
        guard let frame = try? ToyFrame(bytes), !lockedWriters.contains(frame.writer) else {
            return nil
        }
        if !(frames[frame.writer] ?? []).contains(frame) {
            pending.append(frame)
            while let ready = pending.firstIndex(where: apply) { pending.remove(at: ready) }
        }
        return frame.span
    }

    /// False when what comes before the frame is not here.
    private func apply(_ frame: ToyFrame) -> Bool {
        var branches = histories[frame.writer] ?? [[]]
        let before = Int(frame.low) - 1
        guard
            let base = branches.first(where: {
                before == 0 || $0.count >= before && $0[before - 1] == frame.previous
            })
        else { return false }
        let whole = Array(base.prefix(before)) + frame.chains
        if let longer = branches.firstIndex(where: { whole.starts(with: $0) }) {
            branches[longer] = whole
        } else if !branches.contains(where: { $0.starts(with: whole) }) {
            branches.append(whole)
        }
        histories[frame.writer] = branches
        frames[frame.writer, default: []].append(frame)
        return true
    }

    // MARK: - Answering

    /// Cuts what was written here and not yet framed.
    func seal(_ writer: WriterID) {
        for branch in histories[writer] ?? [] {
            var framed = 0
            for frame in frames[writer] ?? [] where Self.lies(frame.span.through, on: branch) {
                framed = max(framed, Int(frame.span.high))
            }
            while framed < branch.count {
                let end = min(branch.count, framed + transactionsPerFrame)
                let frame = ToyFrame(
                    writer: writer, low: UInt64(framed) + 1,
                    previous: framed == 0 ? 0 : branch[framed - 1],
                    chains: Array(branch[framed..<end]), filling: filling)
                frames[writer, default: []].append(frame)
                framed = end
            }
        }
    }

    func answer(_ request: FrameRequest) -> FrameAnswer {
        var found: [OutgoingFrame] = []
        var nothing: [WriterID] = []
        var diverged: [ContextEntry] = []
        var bytes = 0
        for gap in request.gaps {
            seal(gap.writer)
            let branches = histories[gap.writer] ?? []
            let asked = branches.filter { branch in
                gap.held.contains { Self.lies($0, on: branch) }
            }
            let most = branches.map(\.count).max() ?? 0
            let strange = gap.peerHolds.filter { entry in
                entry.sequence <= most && !branches.contains { Self.lies(entry, on: $0) }
            }
            if !gap.isForked, let strange = strange.first {
                diverged.append(strange)
                continue
            }
            let wanted = (frames[gap.writer] ?? []).filter { frame in
                asked.contains { Self.lies(frame.span.through, on: $0) }
                    && !branches.contains { branch in
                        Self.lies(frame.span.through, on: branch)
                            && gap.peerHolds.contains {
                                Self.lies($0, on: branch) && $0.sequence >= frame.span.high
                            }
                    }
            }.sorted { ($0.span.high, $0.span.chain) < ($1.span.high, $1.span.chain) }
            if wanted.isEmpty { nothing.append(gap.writer) }
            var share = 0
            for frame in wanted where share < request.bytesPerWriter || found.isEmpty {
                let size = frame.bytes.count
                guard found.isEmpty || bytes + size <= request.bytesMax else { break }
                found.append(OutgoingFrame(span: frame.span, bytes: frame.bytes))
                bytes += size
                share += size
            }
        }
        return FrameAnswer(
            number: request.number, frames: found, nothing: nothing, diverged: diverged)
    }

    func answer(_ request: ControlRequest) -> ControlAnswer {
        let held = Set(request.peerHolds)
        let looked = control.dropFirst(Int(request.after)).prefix(request.itemsMax)
        return ControlAnswer(
            number: request.number,
            items: looked.filter { !held.contains($0) }.map {
                OutgoingControl(id: $0, bytes: $0.bytes)
            },
            through: request.after + UInt64(looked.count))
    }

    func pins(of writer: WriterID) -> [ContextEntry] {
        (histories[writer] ?? []).flatMap { branch in
            var entries: [ContextEntry] = []
            var distance = 0
            while distance < branch.count {
                let place = branch.count - 1 - distance
                entries.append(
                    ContextEntry(
                        writer: writer, sequence: UInt64(place) + 1, chain: branch[place]))
                distance = distance == 0 ? 1 : distance * 2
            }
            return entries
        }
    }

    static func lies(_ entry: ContextEntry, on branch: [UInt64]) -> Bool {
        entry.sequence <= branch.count && branch[Int(entry.sequence) - 1] == entry.chain
    }
}
