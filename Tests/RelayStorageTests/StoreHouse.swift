import CRDT
import Foundation
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// A place in which a store of some kind lives on while processes come and go.
protocol StoreHouse: AnyObject {
    /// What the place holds, as a process finds it that starts now. The one before is gone.
    func open(_ quota: MailboxQuota) throws -> any MailboxStore
}

/// Kinds of stores that the conformance suite holds to the port. A new kind is one line here.
struct StoreKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let build: @Sendable () throws -> any StoreHouse

    static let all = [StoreKind(testDescription: "SQLite") { try SQLiteHouse() }]
}

/// A folder with the SQLite file of a relay, which goes with this value.
final class SQLiteHouse: StoreHouse {
    let folder: URL
    var path: String { folder.appending(path: "relay.db").path }
    private var store: SQLiteMailboxStore?

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "warren-relay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: folder) }

    func open(_ quota: MailboxQuota) throws -> any MailboxStore { try open(quota: quota) }

    func open(
        quota: MailboxQuota = MailboxQuota(), isServing: Bool = true
    ) throws -> SQLiteMailboxStore {
        // Without this the lock of the one before is still held.
        if isServing { store = nil }
        var options = SQLiteMailboxStore.Options()
        options.quota = quota
        options.isServing = isServing
        let fresh = try SQLiteMailboxStore(path: path, hasher: BLAKE2bHasher(), options: options)
        if isServing { store = fresh }
        return fresh
    }

    func leave() { store = nil }
}

/// Keys, hashes and cursors of a mailbox under test.
enum Sample {
    static let mailbox = MailboxID(77)
    static let admin = key(200)
    static let device = key(1)
    static let invite = ContentHash(1, 2, 3, 4)

    static func key(_ byte: UInt8) -> RelayKey {
        guard let key = RelayKey(bytes: [UInt8](repeating: byte, count: 32)) else {
            preconditionFailure("32 bytes")
        }
        return key
    }

    static func pass(_ key: RelayKey = device, _ mailbox: MailboxID = mailbox) -> RelayPass {
        RelayPass(mailbox: mailbox, key: key, role: .device)
    }

    static func adminPass(_ key: RelayKey = admin, _ mailbox: MailboxID = mailbox) -> RelayPass {
        RelayPass(mailbox: mailbox, key: key, role: .admin)
    }

    static func hash(_ bytes: [UInt8]) -> ContentHash {
        MailboxCursor.itemHash(bytes, BLAKE2bHasher())
    }

    /// The cursor behind these items, computed as a reader does.
    static func cursor(_ generation: UInt64, after items: some Sequence<[UInt8]>) -> MailboxCursor {
        items.reduce(MailboxCursor.start(generation: generation)) {
            $0.advanced(over: hash($1), BLAKE2bHasher())
        }
    }
}

extension MailboxStore {
    /// Makes the sample mailbox with one device and answers its generation.
    func settle(_ mailbox: MailboxID = Sample.mailbox) async throws -> UInt64 {
        let invite = ContentHash(9, 9, 9, UInt64(truncatingIfNeeded: mailbox.value))
        try await admit(invite: invite, expires: 1_000)
        let standing = try await create(mailbox, admin: Sample.admin, invite: invite, now: 999)
        #expect(
            await perform(.addKey(Sample.device), Sample.adminPass(Sample.admin, mailbox)) == .done)
        return standing.head.generation
    }

    /// Every item after a cursor, page by page, with the chain computed along.
    func readAll(
        after start: MailboxCursor, items: Int = 256, bytes: Int = 1 << 20,
        _ pass: RelayPass = Sample.pass()
    ) async throws -> (items: [[UInt8]], end: MailboxCursor) {
        var (cursor, all) = (start, [[UInt8]]())
        while true {
            let answer = try await page(after: cursor, items: items, bytes: bytes, pass).get()
            guard case .page(let page) = answer else {
                Issue.record("\(answer)")
                return (all, cursor)
            }
            if page.items.isEmpty { return (all, cursor) }
            #expect(page.items.count <= items)
            for item in page.items {
                #expect(item.number == cursor.number + 1)
                cursor = cursor.advanced(over: Sample.hash(item.bytes), BLAKE2bHasher())
                all.append(item.bytes)
            }
            #expect(page.end == cursor)
        }
    }
}
