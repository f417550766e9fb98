import CFaultVFS
import CRDT
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// The power goes in every call to the disk once: what was acknowledged is there, and what is
/// there is whole.
@Suite struct MailboxCrashTests {
    @Test(arguments: [FVFS_DROP, FVFS_KEEP, FVFS_TEAR, FVFS_TRASH].map(\.rawValue))
    func `an acknowledged item survives a power cut in any call`(mode: UInt32) async throws {
        let probe = CrashBench(seed: 1)
        var store = try probe.open()
        _ = try await store.settle()
        let first = probe.calls
        _ = await probe.work(store)
        let last = probe.calls
        await store.close()
        #expect(last > first + 20)
        for call in stride(from: first + 1, through: last, by: 1) {
            let bench = CrashBench(seed: call)
            store = try bench.open()
            let made = try await store.settle()
            // The calls of the set-up may differ by one or two between runs of one kind.
            let shift = bench.calls
            bench.cutPower(at: shift + (call - first))
            let acknowledged = await bench.work(store)
            await store.close()
            bench.crash(mode)
            store = try bench.open()
            let standing = try await store.standing(Sample.pass())
            #expect(standing.head.generation == made)
            let all = try await store.readAll(after: standing.floor)
            #expect(all.end == standing.head, "call \(call)")
            #expect(standing.bytes == UInt64(all.items.joined().count), "call \(call)")
            let trimmed = Int(standing.floor.number)
            for (number, item) in acknowledged.items where number > trimmed {
                #expect(all.items[number - 1 - trimmed] == item, "call \(call)")
            }
            #expect(trimmed >= acknowledged.trimmed, "call \(call)")
            // It works on.
            let next = await store.append([[255]], Sample.pass())
            #expect(try next[0].get().number == standing.head.number + 1)
            await store.close()
        }
    }

    @Test(arguments: [Int64(1), 2_048, 5_000, 40_000])
    func `a relay that finds no room at its start says to free some`(bytes: Int64) throws {
        let bench = CrashBench(seed: 5)
        bench.limit(bytes: bytes)
        let fault = #expect(throws: RelayStorageError.self) { _ = try bench.open() }
        #expect(fault?.message.contains("is full. Free some space there") == true)
    }

    @Test func `a disk without room refuses and loses nothing, and goes on with room`()
        async throws
    {
        let bench = CrashBench(seed: 3)
        let store = try bench.open()
        let start = MailboxCursor.start(generation: try await store.settle())
        _ = await store.append([[1]], Sample.pass())
        bench.limit(bytes: 150_000)
        var refused = 0
        for number in 0..<40 {
            let item = [UInt8](repeating: UInt8(number), count: 9_000)
            if await store.append([item], Sample.pass()) == [.failure(.busy)] { refused += 1 }
        }
        #expect(refused > 0)
        bench.limit(bytes: 0)
        let before = try await store.standing(Sample.pass()).head.number
        #expect(before == UInt64(41 - refused))
        let next = await store.append([[2]], Sample.pass())
        #expect(try next[0].get().number == before + 1)
        #expect(try await store.readAll(after: start).items.count == Int(before) + 1)
        await store.close()
    }

    @Test func `after a failure of the disk nothing is acknowledged any more`() async throws {
        let bench = CrashBench(seed: 4)
        let store = try bench.open()
        _ = try await store.settle()
        bench.failSyncs()
        #expect(await store.append([[1]], Sample.pass()) == [.failure(.failed)])
        bench.mend()
        #expect(await store.append([[2]], Sample.pass()) == [.failure(.failed)])
        #expect(await store.failure != nil)
        await #expect(throws: MailboxRefusal.failed) { try await store.standing(Sample.pass()) }
        await store.close()
    }
}

/// A simulated disk with a relay's file on it.
final class CrashBench {
    private let disk: OpaquePointer

    init(seed: UInt64) { disk = fvfs_create(seed, 512) }

    deinit { fvfs_destroy(disk) }

    var calls: UInt64 { fvfs_calls(disk, FVFS_ANY) }

    func open() throws -> SQLiteMailboxStore {
        var options = SQLiteMailboxStore.Options()
        options.vfs = String(cString: fvfs_name(disk))
        return try SQLiteMailboxStore(
            path: "relay.db", hasher: BLAKE2bHasher(), options: options)
    }

    func cutPower(at call: UInt64) {
        #expect(fvfs_fail_at(disk, FVFS_ANY, call, FVFS_POWER_CUT, false, nil))
    }

    func failSyncs() { #expect(fvfs_fail_at(disk, FVFS_SYNC, 1, FVFS_IOERR, true, nil)) }

    func limit(bytes: Int64) { fvfs_set_capacity(disk, bytes) }

    func mend() { fvfs_clear_faults(disk) }

    func crash(_ mode: UInt32) {
        fvfs_crash(disk, 7, fvfs_crash_mode(rawValue: mode))
        fvfs_clear_faults(disk)
    }

    /// Items by number as acknowledged, and how far a trim was.
    struct Acknowledged {
        var items: [Int: [UInt8]] = [:]
        var trimmed = 0
    }

    /// A short day: appends of several sizes, a trim, more appends.
    func work(_ store: SQLiteMailboxStore) async -> Acknowledged {
        var acknowledged = Acknowledged()
        for turn in 0..<6 {
            if turn == 4 {
                let answer = await store.perform(.trim(through: 3), Sample.adminPass())
                if answer == .done { acknowledged.trimmed = 3 }
            }
            let items = [1, 700, 5_000].map { [UInt8](repeating: UInt8(turn + 1), count: $0) }
            for (item, answer) in zip(items, await store.append(items, Sample.pass())) {
                if case .success(let receipt) = answer {
                    acknowledged.items[Int(receipt.number)] = item
                }
            }
        }
        return acknowledged
    }
}
