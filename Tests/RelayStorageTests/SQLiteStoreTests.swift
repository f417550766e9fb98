import CRDT
import CSQLite
import Foundation
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// What is particular to mailboxes in one SQLite file.
@Suite struct SQLiteStoreTests {
    @Test func `one process serves a file; another may note an invite beside it`() async throws {
        let house = try SQLiteHouse()
        let store = try house.open()
        #expect(throws: RelayStorageError(.busy, "")) {
            try SQLiteMailboxStore(path: house.path, hasher: BLAKE2bHasher())
        }
        let beside = try house.open(isServing: false)
        #expect(beside.relay == store.relay)
        try await beside.admit(invite: Sample.invite, expires: 10)
        _ = try await store.create(
            Sample.mailbox, admin: Sample.admin, invite: Sample.invite, now: 1)
    }

    @Test func `a wiped relay has another id, and a mailbox made anew another generation`()
        async throws
    {
        let house = try SQLiteHouse()
        let relay = try house.open().relay
        let generation = try await house.open().settle()
        _ = await (try house.open()).append([[1], [2]], Sample.pass())
        house.leave()
        for file in try FileManager.default.contentsOfDirectory(atPath: house.folder.path) {
            try FileManager.default.removeItem(at: house.folder.appending(path: file))
        }
        let store = try house.open()
        #expect(store.relay != relay)
        await #expect(throws: MailboxRefusal.unknownMailbox) {
            try await store.standing(Sample.pass())
        }
        let fresh = try await store.settle()
        #expect(fresh != generation)
        let old = Sample.cursor(generation, after: [[1], [2]])
        #expect(
            await store.page(after: old, items: 9, bytes: 9, Sample.pass())
                == .success(.reset(.generation, floor: .start(generation: fresh))))
    }

    @Test func `a copy put back is noticed by whoever read on`() async throws {
        let house = try SQLiteHouse()
        let generation = try await house.open().settle()
        _ = await (try house.open()).append([[1]], Sample.pass())
        house.leave()
        let copy = house.folder.appending(path: "copy")
        try FileManager.default.copyItem(at: URL(filePath: house.path), to: copy)
        _ = await (try house.open()).append([[2]], Sample.pass())
        house.leave()
        try FileManager.default.removeItem(atPath: house.path)
        try FileManager.default.moveItem(at: copy, to: URL(filePath: house.path))
        let store = try house.open()
        let read = Sample.cursor(generation, after: [[1], [2]])
        let floor = MailboxCursor.start(generation: generation)
        #expect(
            await store.page(after: read, items: 9, bytes: 9, Sample.pass())
                == .success(.reset(.beyond, floor: floor)))
        _ = await store.append([[3], [4]], Sample.pass())
        #expect(
            await store.page(after: read, items: 9, bytes: 9, Sample.pass())
                == .success(.reset(.chain, floor: floor)))
    }

    @Test func `a file that is no relay's is refused`() throws {
        let house = try SQLiteHouse()
        var handle: OpaquePointer?
        sqlite3_open(house.path, &handle)
        sqlite3_exec(handle, "CREATE TABLE a (b); PRAGMA user_version = 9", nil, nil, nil)
        sqlite3_close(handle)
        #expect(throws: RelayStorageError(.corrupt, "")) { try house.open() }
        try Data("no database at all, but long enough to be read as one".utf8)
            .write(to: URL(filePath: house.path))
        #expect(throws: RelayStorageError(.corrupt, "")) { try house.open() }
    }

    /// What the relay knows is this list; a new column is a decision.
    @Test func `the tables hold no time, no address and no key beside an item`() throws {
        let house = try SQLiteHouse()
        _ = try house.open()
        var handle: OpaquePointer?
        sqlite3_open(house.path, &handle)
        defer { sqlite3_close(handle) }
        var columns: [String] = []
        let query = """
            SELECT t.name || '.' || c.name, t."strict" FROM pragma_table_list t
            JOIN pragma_table_info(t.name) c
            WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid
            """
        var statement: OpaquePointer?
        sqlite3_prepare_v2(handle, query, -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        while sqlite3_step(statement) == SQLITE_ROW {
            columns.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
            #expect(sqlite3_column_int(statement, 1) == 1)
        }
        #expect(
            columns == [
                "device.mailbox", "device.key", "invite.hash", "invite.expires", "item.key",
                "item.mailbox", "item.number", "item.hash", "item.chain", "item.bytes",
                "mailbox.key", "mailbox.id", "mailbox.admin", "mailbox.invite",
                "mailbox.generation", "mailbox.number", "mailbox.chain", "mailbox.floor",
                "mailbox.floor_chain", "mailbox.bytes", "relay.one", "relay.id",
            ])
    }
}
