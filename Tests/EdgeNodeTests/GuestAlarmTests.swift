import CRDT
import ReplicaStorage
import Testing

@testable import EdgeNode

/// The alarm of guests without records, which everybody on the network may ask for.
@Suite struct GuestAlarmTests {
    @Test func `it is read again when something it is made of has changed, and only then`() throws {
        let schema = try InstalledPacks.shipped().schema
        let (alarm, feed) = (GuestAlarm(schema), ChangeFeed())
        var reads = 0
        func ask() throws -> String? {
            try alarm.sentence(feed) { () throws(NodeFault) in
                reads += 1
                return "read \(reads)"
            }
        }
        #expect(try ask() == "read 1")
        #expect(try ask() == "read 1")
        try change("print_job_event", schema, feed)
        #expect(try ask() == "read 1")
        for name in ["stay", "stay_event", "animal", "booking", "party", "resource"] {
            let before = reads
            try change(name, schema, feed)
            #expect(try ask() == "read \(before + 1)")
            #expect(try ask() == "read \(before + 1)")
        }
    }

    @Test func `it is read again when more has changed than the feed remembers`() throws {
        let schema = try InstalledPacks.shipped().schema
        let (alarm, feed) = (GuestAlarm(schema), ChangeFeed())
        var reads = 0
        func ask() throws {
            _ = try alarm.sentence(feed) { () throws(NodeFault) in
                reads += 1
                return nil
            }
        }
        try ask()
        for _ in 0...1_024 { try change("print_job_event", schema, feed) }
        try ask()
        #expect(reads == 2)
    }

    private func change(_ name: String, _ schema: Schema, _ feed: ChangeFeed) throws {
        let collection = try #require(schema.collection(named: name))
        var rows = ChangedRows()
        rows.insert(RowChange(collection: collection.id, row: RowID(1)))
        feed.signal(rows)
    }
}
