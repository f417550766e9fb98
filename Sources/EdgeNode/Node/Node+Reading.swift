public import CRDT
internal import Foundation
package import ReplicaStorage

/// One row as readers see it: values in the order of the collection's fields.
public struct ShownRow: Sendable, Hashable {
    public let id: RowID
    /// A set shows as the JSON text of its elements.
    public let values: [Value]
}

/// How a list is narrowed.
public enum RowCondition: Sendable, Hashable {
    case equals(field: String, Value)
    /// Text that begins so, whatever the case of its ASCII letters.
    case begins(field: String, String)
}

/// A page of rows in this box's own order.
public struct RowPage: Sendable, Hashable {
    public let rows: [ShownRow]
    /// What to ask after for the next page; `nil` on the last.
    public let next: Int64?
    /// All rows of the collection, if they were to be counted; those of an import that has not
    /// ended count too.
    public let total: Int?
    /// The file's generation, on which `next` depends.
    public let generation: UInt64
}

/// How a node stands.
public struct NodeStatus: Sendable, Hashable {
    /// One writer's head as the vector has it.
    public struct Head: Sendable, Hashable {
        public let writer: String
        public let sequence: UInt64
        /// The first 8 bytes of the chain hash there.
        public let chain: String
    }

    public let writer: String
    public let sequence: UInt64
    public let vector: [Head]
    /// 64 hexadecimal digits; equal vectors must have equal digests.
    public let digest: String
    public let rows: Int64
    public let peers: [PeerBoard.Standing]
    /// `nil` for a box without a relay.
    public let relay: RelayBoard.Standing?
    /// Transactions known here that the relay is not known to hold; 0 without a relay.
    public let missingAtRelay: UInt64
    /// What people must know, as sentences: this box lost some of its own history, a box was copied
    /// and both copies wrote, a clock ran ahead, there are too many histories, the log outgrew its
    /// bound, or another site deleted the record of a guest who is in house here.
    public let alarms: [String]
    public let health: NodeHealth
}

extension Node {
    /// A page after a place in this box's own order.
    public func page(
        of collection: RowCollection, where conditions: [RowCondition] = [], after key: Int64 = 0,
        limit: Int, counting: Bool = false
    ) throws(NodeFault) -> RowPage {
        let filters = conditions.map { condition in
            switch condition {
            case .equals(let field, let value): Filter.equals(field: field, value)
            case .begins(let field, let prefix): Filter.begins(field: field, prefix)
            }
        }
        return try read { reader throws(StorageError) in
            let records = try reader.records(
                collection, matching: filters, after: key, limit: limit + 1)
            var batches = BatchVisibility(reader, replica.schema)
            var rows: [ShownRow] = []
            for record in records.prefix(limit)
            where try batches.isVisible(record.values, of: collection) {
                rows.append(ShownRow(id: record.id, values: record.values))
            }
            return RowPage(
                rows: rows,
                next: records.count > limit ? records[limit - 1].key : nil,
                total: counting ? try reader.count(collection) : nil,
                generation: try reader.generation())
        }
    }

    /// One row; `nil` where there is none or it was deleted.
    public func row(_ id: RowID, of collection: RowCollection) throws(NodeFault) -> ShownRow? {
        try read { reader throws(StorageError) in
            var batches = BatchVisibility(reader, replica.schema)
            guard let record = try reader.record(collection, id),
                try batches.isVisible(record.values, of: collection)
            else { return nil }
            return ShownRow(id: record.id, values: record.values)
        }
    }

    /// Why `row` found nothing: the row was deleted, or may not have synced yet.
    public func absence(
        of id: RowID, in collection: RowCollection
    ) throws(NodeFault) -> String {
        try read { reader throws(StorageError) in try reader.absence(of: id, in: collection) }
    }

    /// How this node stands now.
    public func status() async -> NodeStatus {
        let status = await replica.status()
        let disk = DiskNotice(
            replica.disk.standing, room: environment.roomBytes(directory.root.path))
        let alarms =
            disk.sentences + directory.looseFiles + outsideAlarms
            + (await alarms(status))
        return NodeStatus(
            writer: status.writer.description, sequence: status.sequence,
            vector: status.vector.entries.map {
                NodeStatus.Head(
                    writer: $0.writer.description, sequence: $0.sequence,
                    chain: RowName.text($0.chain))
            },
            digest: Self.hex(status.digest), rows: status.digest.rows, peers: board.all,
            relay: relayBoard.standing, missingAtRelay: await missingAtRelay(), alarms: alarms,
            health: disk.isFailing ? .failing : alarms.isEmpty ? .ok : .degraded)
    }

    private func missingAtRelay() async -> UInt64 {
        guard let name = membership?.name else { return 0 }
        // A disk that does not answer raises an alarm of its own.
        return (try? await replica.transactionsMissing(in: name)) ?? 0
    }

    private func alarms(_ status: ReplicaStatus) async -> [String] {
        let notice = BootNotice(status.boot, now: status.vector).sentence
        let forks = (try? await replica.forks().map(Self.alarm)) ?? ["The disk does not answer."]
        let crowd = status.crowdedSince == nil ? [] : [Self.crowdAlarm]
        let log = Self.logAlarm(status.logPages, due: status.logPagesDue)
        let relay = relayBoard.standing.map { [$0.alarm, $0.heldBack].compactMap(\.self) } ?? []
        let clocks = ClockNotice(
            own: status.clock, other: status.ahead, now: environment.wallMilliseconds())
        // A disk that does not answer has said so above.
        let guests =
            (try? guestAlarm.sentence(replica.feed) { () throws(NodeFault) in
                try guestsWithoutRecords()
            }) ?? nil
        let copy = Self.copyAlarm(status.writer, status.vector)
        let history = [notice, copy].compactMap(\.self) + forks + clocks.sentences + crowd
        return history + [log, guests].compactMap(\.self) + relay
    }

    /// Whether somebody else goes on as this box: histories of this device that began after its own
    /// are not its doing.
    static func copyAlarm(_ own: WriterID, _ vector: VersionVector) -> String? {
        let others = vector.entries.map(\.writer).filter {
            $0.device == own.device && $0.incarnation > own.incarnation
        }
        guard let newest = others.max() else { return nil }
        return """
            A copy of this box's folder is or was at work (it writes as \(newest)), or the folder \
            was put back from a backup more than once. Nothing is lost, but labels may have been \
            printed twice and guests entered twice: look for that. If there is a copy, switch it \
            off; after a backup there is none to be found.
            """
    }

    /// Whether the write-ahead log grew past four times its bound, and what to do.
    static func logAlarm(_ pages: Int, due: Int) -> String? {
        guard pages > 4 * due else { return nil }
        return """
            The write-ahead log beside the database has \(pages) pages and should have \(due). \
            Another program reads the database without an end, or the disk is full. End that \
            program, or free some space.
            """
    }

    private static let crowdAlarm = """
        A box was copied so often, or there are so many boxes, that this one takes no further \
        history: what the newest copies write does not come here. Find the copies, switch them \
        off, and pair those that are needed anew.
        """

    /// What a person must know and do about a fork.
    private static func alarm(_ fork: Fork) -> String {
        let branches = fork.branches.map { RowName.text($0.prefix) }.joined(separator: ", ")
        return """
            \(fork.writer) was copied, or its folder was put back from a backup: \
            \(fork.branches.count) machines or histories went on after its transaction \
            \(fork.shared) (\(branches)). All they wrote is kept. Find the copy and switch it off. \
            If it was a backup, there is no copy to be found: look whether labels or entries of \
            the time since the backup are there twice.
            """
    }

    /// Reads every row, recomputes the digest and compares: what is wrong, as sentences.
    public func verify() async throws(NodeFault) -> (digest: String, findings: [String]) {
        do throws(StorageError) {
            let report = try await replica.verify()
            let mismatches = report.mismatches.map { "collection \($0) has another digest" }
            return (Self.hex(report.digest), mismatches + report.integrity + report.log)
        } catch {
            throw NodeFault(error)
        }
    }

    func read<Result>(
        _ body: (Reader) throws(StorageError) -> Result
    ) throws(NodeFault) -> Result {
        do throws(StorageError) {
            return try replica.readers.read(body)
        } catch {
            throw NodeFault(error)
        }
    }

    private static func hex(_ digest: ContentDigest) -> String {
        digest.words.map { RowName.text($0) }.joined()
    }
}

/// Rows of an import count once its batch row is there: transactions are atomic, imports many of
/// them.
package struct BatchVisibility {
    private let reader: Reader
    private let batches: RowCollection?
    private var known: [RowID: Bool] = [:]
    /// Where rows of a collection name their batch; -1 for nowhere. Looked for once, not by row.
    private var places: [UInt32: Int] = [:]

    package init(_ reader: Reader, _ schema: Schema) {
        self.reader = reader
        batches = schema.collection(named: "import_batch")
    }

    package mutating func isVisible(
        _ values: [Value], of collection: RowCollection
    ) throws(StorageError) -> Bool {
        guard let batches else { return true }
        let place = place(in: collection)
        guard place >= 0, case .reference(let batch) = values[place] else { return true }
        if let answer = known[batch] { return answer }
        let answer = try reader.contains(batches, batch)
        known[batch] = answer
        return answer
    }

    private mutating func place(in collection: RowCollection) -> Int {
        if let known = places[collection.id] { return known }
        let place = collection.fields.firstIndex { $0.name == "import_batch" } ?? -1
        places[collection.id] = place
        return place
    }
}
