import CRDT
import Foundation
import ReplicaStorage
import Testing

/// What other tools may do with the file, and what the node notices.
struct GuardTests {
    private static let tables = [
        "guest", "stay", "entry", "key", "warren_replica", "warren_writer", "warren_context",
        "warren_transaction", "warren_frame", "warren_quarantine", "warren_hidden",
        "warren_digest",
    ]

    @Test func `a shell reads every table and writes none that replicas share`() throws {
        let box = try TemporaryBox()
        let store = try box.open()
        try store.fill()
        let digest = store.digest
        store.close()
        for table in Self.tables {
            #expect(try box.shell("SELECT * FROM \(table)").status == 0)
            let column = try box.shell(
                "SELECT name FROM pragma_table_info('\(table)') ORDER BY random() LIMIT 1"
            )
            .said.trimmingCharacters(in: .whitespacesAndNewlines)
            for verb in [
                "INSERT INTO \(table) DEFAULT VALUES",
                "INSERT OR REPLACE INTO \(table) DEFAULT VALUES",
                "UPDATE \(table) SET \(column)=\(column)", "DELETE FROM \(table)",
                "DELETE FROM \(table) WHERE \(column)=1",
            ] {
                let answer = try box.shell(verb)
                #expect(answer.status != 0, "\(verb)")
                #expect(answer.said.contains("warren_guard"), "\(verb): \(answer.said)")
            }
        }
        #expect(try box.shell("INSERT INTO warren_answer VALUES('k', x'00', x'00', 1)").status == 0)
        let again = try box.open()
        #expect(try again.verify().isClean)
        #expect(again.digest == digest)
    }

    @Test func `a shell checks and compacts the file although it may not write rows`() throws {
        let box = try TemporaryBox()
        let store = try box.open()
        try store.fill()
        let digest = store.digest
        store.close()
        for deed in ["PRAGMA integrity_check", "PRAGMA quick_check", "VACUUM"] {
            let answer = try box.shell(deed)
            #expect(answer.status == 0, "\(deed): \(answer.said)")
            if deed != "VACUUM" { #expect(answer.said == "ok\n") }
        }
        let copy = try box.shell("VACUUM INTO '\(box.directory)/copy.db'")
        #expect(copy.status == 0, "\(copy.said)")
        let again = try box.open()
        #expect(try again.verify().isClean)
        #expect(again.digest == digest)
    }

    @Test(arguments: [
        "DROP TRIGGER guest_guard_insert", "DROP TRIGGER guest_guard_update",
        "DROP TRIGGER guest_guard_delete", "DROP INDEX guest_by_note",
        "DROP TABLE warren_hidden",
        "CREATE TRIGGER own AFTER INSERT ON guest BEGIN SELECT 1; END",
        "CREATE UNIQUE INDEX once ON guest(note)", "DROP TABLE guest",
        "ALTER TABLE warren_answer RENAME COLUMN at TO moment",
    ])
    func `a schema that another tool changed stops the node and says what to do`(
        change: String
    ) throws {
        let box = try TemporaryBox()
        try box.open().fill()
        box.store?.close()
        let answer = try box.shell(change)
        try #require(answer.status == 0, "\(answer.said)")
        let error = #expect(throws: StorageError.self) { try box.attempt() }
        #expect(error?.code == .schemaChanged)
        #expect(error?.message.contains("Restore it from a backup") == true)
    }

    @Test func `a view or a plain index of another tool stops nobody`() throws {
        let box = try TemporaryBox()
        try box.open().fill()
        box.store?.close()
        let answer = try box.shell(
            "CREATE VIEW names AS SELECT name FROM guest; CREATE INDEX mine ON guest(phone)")
        try #require(answer.status == 0, "\(answer.said)")
        #expect(try box.open().verify().isClean)
    }

    @Test func `a second opening of the same file is refused as busy`() throws {
        let box = try TemporaryBox()
        let store = try box.open()
        let error = #expect(throws: StorageError.self) { try box.attempt() }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("stop it first") == true)
        let probe = try box.run("flock", ["-n", box.path + ".lock", "true"])
        #expect(probe.status != 0)
        store.close()
        #expect(try box.open().boot.continuity == .continued)
    }

    @Test(arguments: ["Ada Lovelace", "a note to flip", "frequent", "memorable"])
    func `a flipped bit in a row is found and its collection named`(text: String) throws {
        let box = try TemporaryBox()
        try box.open().fill()
        box.store?.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: box.path))
        let sealed = try box.shell("SELECT hex(bytes) FROM warren_frame").said
        try #require(!sealed.isEmpty)
        // The last one stands in the row's table; the frame's page comes later in the file.
        var flipped = 0
        var start = bytes.startIndex
        while let found = bytes.range(of: Data(text.utf8), in: start..<bytes.endIndex) {
            bytes[found.lowerBound + 2] ^= 1
            flipped += 1
            start = found.upperBound
        }
        try #require(flipped > 0)
        try bytes.write(to: URL(fileURLWithPath: box.path))
        let store = try box.open()
        let report = try store.verify()
        #expect(report.mismatches == [text == "memorable" ? ToyPack.entry : ToyPack.guest])
        #expect(!report.isClean)
        #expect(store.configuration.watch.standing.isDamaged)
    }

    /// A set stands twice: for SQL in its column, for merging in the clock blob.
    @Test func `a column that shows another set than its row holds is found`() throws {
        let box = try TemporaryBox()
        try box.open().fill()
        box.store?.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: box.path))
        let shown = try #require(bytes.range(of: Data("[\"frequent\"]".utf8)))
        bytes[shown.lowerBound + 4] ^= 1
        try bytes.write(to: URL(fileURLWithPath: box.path))
        #expect(try box.open().verify().mismatches == [ToyPack.guest])
    }

    @Test func `the anchor file is replaced whole and a torn one counts as none`() throws {
        let box = try TemporaryBox()
        let anchor = FileAnchor(path: box.directory + "/a")
        #expect(try anchor.read() == nil)
        try anchor.write([1, 2, 3])
        try anchor.write([4])
        #expect(try anchor.read() == [4])
        #expect(AnchorRecord(decoding: [4]) == nil)
        #expect(throws: StorageError(.inputOutput, "")) {
            try FileAnchor(path: box.directory + "/none/a").write([1])
        }
        #expect(throws: StorageError(.inputOutput, "")) {
            try FileAnchor(path: box.directory).read()
        }
    }
}
