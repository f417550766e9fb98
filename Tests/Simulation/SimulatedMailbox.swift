import CRDT
import Signing
import SyncProtocol

/// A relay's store in memory, which the world can wipe and set back. What it acknowledged it holds,
/// until then.
actor SimulatedMailbox: MailboxStore {
    private struct State {
        var generation: UInt64
        var items: [[UInt8]] = []
        var numbers: [ContentHash: UInt64] = [:]
        /// Behind each number, from 0.
        var ends: [MailboxCursor]

        init(generation: UInt64) {
            self.generation = generation
            ends = [.start(generation: generation)]
        }
    }

    static let number = MailboxID(0x5EED)

    nonisolated let relay: RelayID
    private let keys: Set<RelayKey>
    private let hasher = BLAKE2bHasher()
    private var state: State
    private var image: State?

    init(relay: RelayID, keys: Set<RelayKey>, generation: UInt64) {
        self.relay = relay
        self.keys = keys
        state = State(generation: generation)
        image = nil
    }

    /// The mailbox is made anew; its keys are let in again.
    func wipe(generation: UInt64) { state = State(generation: generation) }

    /// Keeps a copy of the disk.
    func takeImage() { image = state }

    /// Sets the disk back.
    ///
    /// - Returns: false without an image.
    func restoreImage() -> Bool {
        guard let image else { return false }
        state = image
        return true
    }

    var count: Int { state.items.count }

    // MARK: MailboxStore

    func admit(invite: ContentHash, expires: Int64) async throws(MailboxRefusal) {
        throw .failed
    }

    func create(
        _ mailbox: MailboxID, admin: RelayKey, invite: ContentHash, now: Int64
    ) async throws(MailboxRefusal) -> MailboxStanding { throw .inviteRefused }

    func standing(_ pass: RelayPass) async throws(MailboxRefusal) -> MailboxStanding {
        guard pass.mailbox == Self.number else { throw .unknownMailbox }
        guard keys.contains(pass.key), pass.role == .device else { throw .unknownKey }
        return MailboxStanding(
            head: state.ends[state.items.count], floor: state.ends[0], bytes: 0,
            bytesMax: 1 << 40, itemsMax: 1 << 40)
    }

    func append(
        _ items: [[UInt8]], _ pass: RelayPass
    ) async -> [Result<MailboxReceipt, MailboxRefusal>] {
        items.map { item in
            let hash = MailboxCursor.itemHash(item, hasher)
            if let number = state.numbers[hash] {
                return .success(MailboxReceipt(number: number, hash: hash))
            }
            state.items.append(item)
            state.ends.append(state.ends[state.items.count - 1].advanced(over: hash, hasher))
            let number = UInt64(state.items.count)
            state.numbers[hash] = number
            return .success(MailboxReceipt(number: number, hash: hash))
        }
    }

    func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) async -> Result<MailboxAnswer, MailboxRefusal> {
        let floor = state.ends[0]
        guard cursor.generation == state.generation else {
            return .success(.reset(.generation, floor: floor))
        }
        guard cursor.number <= UInt64(state.items.count) else {
            return .success(.reset(.beyond, floor: floor))
        }
        let start = Int(cursor.number)
        guard state.ends[start] == cursor else { return .success(.reset(.chain, floor: floor)) }
        var taken: [MailboxItem] = []
        var left = bytes
        for place in start..<state.items.count where taken.count < items {
            left -= state.items[place].count
            if left < 0, !taken.isEmpty { break }
            taken.append(MailboxItem(number: UInt64(place) + 1, bytes: state.items[place]))
        }
        return .success(
            .page(
                MailboxPage(
                    items: taken, end: state.ends[start + taken.count],
                    headNumber: UInt64(state.items.count))))
    }

    func perform(_ deed: MailboxDeed, _ pass: RelayPass) async -> MailboxDeedAnswer {
        .refused(.unknownKey)
    }
}
