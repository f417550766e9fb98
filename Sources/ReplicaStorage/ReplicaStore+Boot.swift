internal import CRDT

extension ReplicaStore {
    func openReplica() throws(StorageError) {
        let installer = SchemaInstaller(schema: configuration.schema)
        let isNew = try !hasTable("warren_replica")
        let anchorBytes = try anchor.read()
        let record = anchorBytes.flatMap(AnchorRecord.init(decoding:))
        if isNew {
            try durably { () throws(StorageError) in
                try installer.create(connection)
                try setFact("tenant", .blob(RowID(configuration.tenant.value).bytes))
                try setFact("generation", .integer(Int64(bitPattern: configuration.generation)))
                try setFact("schema", Bindable(configuration.schema.version))
                try setFact("clock", .integer(0))
            }
        } else {
            try upgrade(installer)
            try installer.verify(connection)
        }
        try loadState()
        try decideIncarnation(record, isDamaged: anchorBytes != nil && record == nil)
    }

    private func upgrade(_ installer: SchemaInstaller) throws(StorageError) {
        guard let stored = try integerFact("schema") else {
            throw StorageError(.corrupt, "the file does not say which schema it has")
        }
        guard stored <= Int64(configuration.schema.version) else {
            throw StorageError(
                .schemaChanged,
                """
                this file was written by schema \(stored), newer than this program's \
                \(configuration.schema.version): install the newer program again
                """)
        }
        guard stored < Int64(configuration.schema.version) else { return }
        try loadState()
        try durably { () throws(StorageError) in
            let added = try installer.extend(connection)
            try rows.adopt(added, &state)
            try settleHeld(Set(added.keys))
            try setFact("schema", Bindable(configuration.schema.version))
        }
    }

    private func loadState() throws(StorageError) {
        guard try blobFact("tenant") == RowID(configuration.tenant.value).bytes else {
            throw StorageError(.refused, "this file belongs to another tenant")
        }
        state = EngineState()
        let clock = UInt64(bitPattern: try integerFact("clock") ?? 0)
        // Each process counts on from a place of its own. Else two copies of a box whose wall clock
        // stands still would write the very same bytes, which nobody could tell for two deeds.
        let apart = Stamp(clock &+ configuration.generation & 0xFFFF)
        state.clock = HybridLogicalClock(last: apart ?? Stamp(clock) ?? .zero)
        state.crowdedSince = try integerFact("crowded")
        try loadAhead()
        try loadWriters()
        let digests = try connection.statement("SELECT collection, rows, sum FROM warren_digest")
        while try digests.step() {
            var reader = ByteReader(digests.bytes(2))
            var words: [UInt64] = []
            for _ in 0..<4 {
                guard let word = try? reader.bigEndian(8) else {
                    throw StorageError(.corrupt, "a digest has not 32 bytes")
                }
                words.append(UInt64(word))
            }
            state.digests[UInt32(truncatingIfNeeded: digests.integer(0))] = ContentDigest(
                words: words, rows: digests.integer(1))
        }
        digests.reset()
        try loadHeldRows()
        let hidden = try connection.statement("SELECT count(*) FROM warren_hidden")
        if try hidden.step() { state.hiddenRows = Int(hidden.integer(0)) }
        hidden.reset()
        try loadControl()
    }

    private func loadWriters() throws(StorageError) {
        let statement = try connection.statement(
            """
            SELECT number, device, incarnation, parent, fork, head, chain, cited, roster
            FROM warren_writer ORDER BY number
            """)
        while try statement.step() {
            guard statement.integer(0) == Int64(state.writers.count),
                let device = statement.row(1)
            else { throw StorageError(.corrupt, "the writers are not numbered without gaps") }
            let parent = statement.integer(3)
            state.append(
                EngineState.WriterState(
                    id: WriterID(
                        device: DeviceID(device.value),
                        incarnation: UInt32(truncatingIfNeeded: statement.integer(2))),
                    parent: parent < 0 ? nil : (Int(parent), statement.unsigned(4)),
                    head: statement.unsigned(5), chain: try statement.hash(6),
                    framed: 0, cited: statement.unsigned(7), context: Context(),
                    rosterHead: statement.isNull(8) ? nil : try statement.hash(8)))
        }
        statement.reset()
        let framed = try connection.statement(
            "SELECT high FROM warren_frame WHERE writer = ? ORDER BY high DESC LIMIT 1")
        for number in state.writers.indices {
            framed.reset()
            framed.bind(Bindable(number), at: 1)
            state.writers[number].framed = try framed.step() ? framed.unsigned(0) : 0
            let writer = state.writers[number]
            guard writer.parent.map({ $0.number < number && $0.number >= 0 }) ?? true else {
                throw StorageError(.corrupt, "a branch has no history to branch from")
            }
            state.writers[number].context = try context(of: number, at: writer.head)
        }
        framed.reset()
    }

    /// Head at or past the anchor, on the same machine: the incarnation goes on. Anything else
    /// means that others may know more of us than we do, so a new one begins.
    private func decideIncarnation(
        _ record: AnchorRecord?, isDamaged: Bool
    ) throws(StorageError) {
        let own = try localWriter()
        let continuity =
            isDamaged ? .anchorDamaged : self.continuity(own.map { state.writers[$0].id }, record)
        var lost: (WriterID, ClosedRange<UInt64>)?
        if let record, continuity == .behindAnchor, head(of: record.writer) < record.sequence {
            lost = (record.writer, (head(of: record.writer) + 1)...record.sequence)
        }
        if let own, continuity == .continued {
            state.local = own
        } else {
            try durably { () throws(StorageError) in
                try beginIncarnation(after: record.map(\.writer))
                // In one transaction: once the anchor is written too, a start looks like any other.
                if continuity != .newReplica { try setFact(Self.olderFact, Bindable(1)) }
            }
        }
        let writer = state.writers[state.local]
        anchored = record
        if record?.writer != writer.id || record?.host != configuration.host {
            try writeAnchor(through: writer.head)
        }
        boot = BootReport(
            continuity: continuity, writer: writer.id, lost: lost,
            isOlder: try integerFact(Self.olderFact) == 1)
    }

    /// Set while the file may be older than what this device did with it.
    private static let olderFact = "older"

    /// Whoever opened the file has drawn what there is to draw from its being older.
    public func settleOlder() throws(StorageError) {
        try durably { () throws(StorageError) in try setFact(Self.olderFact, Bindable(0)) }
    }

    private func continuity(
        _ own: WriterID?, _ record: AnchorRecord?
    ) -> BootReport.Continuity {
        guard let record else { return own == nil ? .newReplica : .anchorMissing }
        let device = configuration.device
        if record.host != configuration.host || record.writer.device != device
            || own.map({ $0.device != device }) ?? false
        {
            return .otherHost
        }
        // An anchor of a later incarnation than the file's own: the file is the older.
        guard let own, record.writer <= own, head(of: record.writer) >= record.sequence else {
            return .behindAnchor
        }
        return .continued
    }

    private func head(of writer: WriterID) -> UInt64 {
        state.number(of: writer).map { state.writers[$0].head } ?? 0
    }

    /// The history this box writes. It is remembered by number, never guessed from the names:
    /// peers hand us older and cloned histories of our own device too.
    private func localWriter() throws(StorageError) -> WriterNumber? {
        guard let number = try integerFact("writer") else { return nil }
        guard let known = WriterNumber(exactly: number), state.writers.indices.contains(known)
        else { throw StorageError(.corrupt, "the file names a local writer that is not there") }
        return known
    }

    /// Makes a fresh history the local one, inside an open transaction. Its context begins empty,
    /// so its first transaction cites everything anew.
    ///
    /// - Parameter apart: our first transaction that a clone does not have. The clone counts on
    ///   from the same incarnation; a step drawn from what differs keeps both from meeting again.
    func beginIncarnation(
        after other: WriterID? = nil, apartBy apart: ContentHash? = nil
    ) throws(StorageError) {
        var last: UInt32 = 0
        for id in state.writers.map(\.id) + (other.map { [$0] } ?? [])
        where id.device == configuration.device {
            last = max(last, id.incarnation)
        }
        let step = apart.map { UInt32(truncatingIfNeeded: $0.prefix & 0xFFFF) } ?? 0
        if last < UInt32.max - step { last += step }
        guard last < UInt32.max else {
            throw StorageError(.refused, "this device has used up its incarnations: pair it anew")
        }
        state.local = try admit(
            WriterID(device: configuration.device, incarnation: last + 1))
        for number in state.writers.indices
        where state.writers[number].cited > state.writers[number].fork {
            state.writers[number].cited = state.writers[number].fork
            state.changedWriters.insert(number)
        }
        try setFact("writer", Bindable(state.local))
    }

    /// The number of a writer, made on first sight.
    func admit(_ id: WriterID) throws(StorageError) -> WriterNumber {
        if let known = state.number(of: id) { return known }
        let number = state.writers.count
        state.append(
            EngineState.WriterState(
                id: id, parent: nil, head: 0,
                chain: chainStart(
                    tenant: configuration.tenant, writer: id, configuration.hasher),
                framed: 0, cited: 0, context: Context(), rosterHead: nil))
        state.changedWriters.insert(number)
        return number
    }

    func save(
        _ writer: EngineState.WriterState, _ number: WriterNumber
    ) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO warren_writer(number, device, incarnation, parent, fork, head, chain,
              cited, roster) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(number) DO UPDATE SET head = excluded.head, chain = excluded.chain,
              cited = excluded.cited, roster = excluded.roster
            """,
            Bindable(number), Bindable(RowID(writer.id.device.value)),
            Bindable(writer.id.incarnation), Bindable(writer.parent?.number ?? -1),
            Bindable(writer.parent?.fork ?? 0), Bindable(writer.head), Bindable(writer.chain),
            Bindable(writer.cited), writer.rosterHead.map(Bindable.init) ?? .null)
    }

    // MARK: Facts

    private func hasTable(_ name: String) throws(StorageError) -> Bool {
        let statement = try connection.statement(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
        statement.bind(text: name, at: 1)
        defer { statement.reset() }
        return try statement.step()
    }

    func setFact(_ name: String, _ value: Bindable) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO warren_replica(name, value) VALUES(?, ?)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """, .text(name), value)
    }

    func integerFact(_ name: String) throws(StorageError) -> Int64? {
        try fact(name) { $0.integer(0) }
    }

    func blobFact(_ name: String) throws(StorageError) -> [UInt8]? {
        try fact(name) { $0.bytes(0) }
    }

    private func fact<Fact>(
        _ name: String, _ read: (Statement) -> Fact
    ) throws(StorageError) -> Fact? {
        let statement = try connection.statement("SELECT value FROM warren_replica WHERE name = ?")
        statement.bind(text: name, at: 1)
        defer { statement.reset() }
        return try statement.step() ? read(statement) : nil
    }

    // MARK: Anchor

    /// Records that links may now be handed own transactions up to `sequence`, and syncs it. Call
    /// before the send. Does nothing when the anchor says so already.
    public func raiseAnchor(through sequence: UInt64) throws(StorageError) {
        if let anchored, anchored.writer == state.writers[state.local].id,
            sequence <= anchored.sequence
        {
            return
        }
        try writeAnchor(through: sequence)
    }

    private func writeAnchor(through sequence: UInt64) throws(StorageError) {
        let record = AnchorRecord(
            writer: state.writers[state.local].id, sequence: sequence, host: configuration.host)
        do throws(StorageError) {
            try anchor.write(record.encoded())
        } catch {
            configuration.watch.note(error.code)
            throw error
        }
        anchored = record
    }
}
