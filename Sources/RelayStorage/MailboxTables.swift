internal import CRDT
internal import CSQLite
internal import SyncProtocol

/// The tables of a relay and each law about them, within a transaction of the caller's.
struct MailboxTables {
    /// What one mailbox's row says, its bytes and items aside.
    struct Row {
        let key: Int64
        let admin: [UInt8]
        let invite: ContentHash
        var head: MailboxCursor
        var floor: MailboxCursor
        var bytes: UInt64
    }

    let file: RelayFile
    let hasher: any ContentHasher
    let quota: MailboxQuota

    /// "WRNL": tells the file from any other SQLite file.
    private static let applicationID = 0x5752_4E4C
    private static let version = 1
    /// Items that one transaction trims: bounds how long others wait.
    static let trimItemsMax: UInt64 = 4_096

    /// Makes the tables in an empty file; refuses a file that is not of this version.
    func install(relay: UInt128) throws(RelayFileError) {
        guard try file.answer("PRAGMA user_version") == "0" else {
            guard try file.answer("PRAGMA application_id") == "\(Self.applicationID)",
                try file.answer("PRAGMA user_version") == "\(Self.version)"
            else {
                throw RelayFileError(
                    SQLITE_NOTADB, "the file is no relay's, or a newer relay's; update this one")
            }
            return
        }
        for statement in Self.schema { try file.execute(statement) }
        try file.run("INSERT INTO relay (one, id) VALUES (1, ?1)", .blob(RelayID(relay).bytes))
        try file.execute("PRAGMA application_id = \(Self.applicationID)")
        try file.execute("PRAGMA user_version = \(Self.version)")
    }

    func relay() throws(RelayFileError) -> RelayID {
        guard let row = try file.row("SELECT id FROM relay"), let id = ID(row.bytes(0)) else {
            throw RelayFileError(SQLITE_CORRUPT, "the relay has no id")
        }
        return RelayID(id.value)
    }

    private static let schema = [
        "CREATE TABLE relay (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL) STRICT",
        """
        CREATE TABLE mailbox (
          key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, admin BLOB NOT NULL,
          invite BLOB NOT NULL, generation INTEGER NOT NULL, number INTEGER NOT NULL,
          chain BLOB NOT NULL, floor INTEGER NOT NULL, floor_chain BLOB NOT NULL,
          bytes INTEGER NOT NULL) STRICT
        """,
        """
        CREATE TABLE device (mailbox INTEGER NOT NULL, key BLOB NOT NULL,
          PRIMARY KEY (mailbox, key)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE item (
          key INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, number INTEGER NOT NULL,
          hash BLOB NOT NULL, chain BLOB NOT NULL, bytes BLOB NOT NULL,
          UNIQUE (mailbox, number), UNIQUE (mailbox, hash)) STRICT
        """,
        """
        CREATE TABLE invite (hash BLOB PRIMARY KEY, expires INTEGER NOT NULL)
          STRICT, WITHOUT ROWID
        """,
    ]

    func standing(_ row: Row) -> MailboxStanding {
        MailboxStanding(
            head: row.head, floor: row.floor, bytes: row.bytes, bytesMax: quota.bytesMax,
            itemsMax: quota.itemsMax)
    }

    // MARK: Who may

    func mailbox(_ id: MailboxID) throws(RelayFileError) -> Row? {
        guard
            let found = try file.row(
                """
                SELECT key, admin, invite, generation, number, chain, floor, floor_chain, bytes
                FROM mailbox WHERE id = ?1
                """, .blob(id.bytes))
        else { return nil }
        defer { found.reset() }
        let generation = found.unsigned(3)
        return Row(
            key: found.integer(0), admin: found.bytes(1), invite: try found.hash(2),
            head: MailboxCursor(
                generation: generation, number: found.unsigned(4), chain: try found.hash(5)),
            floor: MailboxCursor(
                generation: generation, number: found.unsigned(6), chain: try found.hash(7)),
            bytes: found.unsigned(8))
    }

    /// The mailbox that a pass opens.
    func open(_ pass: RelayPass) throws(RelayFileError) -> Result<Row, MailboxRefusal> {
        guard let row = try mailbox(pass.mailbox) else { return .failure(.unknownMailbox) }
        switch pass.role {
        case .admin:
            return row.admin == pass.key.bytes ? .success(row) : .failure(.unknownKey)
        case .device:
            let known = try file.row(
                "SELECT 1 FROM device WHERE mailbox = ?1 AND key = ?2",
                .integer(row.key), .blob(pass.key.bytes))
            known?.reset()
            return known == nil ? .failure(.unknownKey) : .success(row)
        }
    }

    // MARK: Making a mailbox

    func admit(invite: ContentHash, expires: Int64) throws(RelayFileError) {
        try file.run(
            "INSERT OR REPLACE INTO invite (hash, expires) VALUES (?1, ?2)",
            RelayBindable(invite), .integer(expires))
    }

    func create(
        _ id: MailboxID, admin: RelayKey, invite: ContentHash, generation: UInt64, now: Int64
    ) throws(RelayFileError) -> Result<MailboxStanding, MailboxRefusal> {
        if let row = try mailbox(id) {
            let isSame = row.admin == admin.bytes && row.invite == invite
            return isSame ? .success(standing(row)) : .failure(.mailboxTaken)
        }
        try file.run("DELETE FROM invite WHERE expires <= ?1", .integer(now))
        try file.run("DELETE FROM invite WHERE hash = ?1", RelayBindable(invite))
        guard file.changes == 1 else { return .failure(.inviteRefused) }
        let start = MailboxCursor.start(generation: generation)
        try file.run(
            """
            INSERT INTO mailbox
              (id, admin, invite, generation, number, chain, floor, floor_chain, bytes)
            VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, ?5, 0)
            """, .blob(id.bytes), .blob(admin.bytes), RelayBindable(invite),
            RelayBindable(generation), RelayBindable(start.chain))
        guard let row = try mailbox(id) else { return .failure(.failed) }
        return .success(standing(row))
    }

    private func keep(_ row: Row) throws(RelayFileError) {
        try file.run(
            """
            UPDATE mailbox SET number = ?2, chain = ?3, floor = ?4, floor_chain = ?5, bytes = ?6
            WHERE key = ?1
            """, .integer(row.key), RelayBindable(row.head.number), RelayBindable(row.head.chain),
            RelayBindable(row.floor.number), RelayBindable(row.floor.chain),
            RelayBindable(row.bytes))
    }
}

/// How much one mailbox may hold.
public struct MailboxQuota: Sendable, Hashable {
    /// Bytes of all its items.
    public let bytesMax: UInt64
    /// How many items.
    public let itemsMax: UInt64

    /// The defaults hold years of a tenant's work: a busy site makes some 10 MB a day, sealed.
    public init(bytesMax: UInt64 = 4 << 30, itemsMax: UInt64 = 1_000_000) {
        self.bytesMax = bytesMax
        self.itemsMax = itemsMax
    }
}

extension MailboxTables {
    /// Appends in order; quotas are looked at item by item.
    func append(
        _ items: [(bytes: [UInt8], hash: ContentHash)], _ pass: RelayPass
    ) throws(RelayFileError) -> [Result<MailboxReceipt, MailboxRefusal>] {
        var row: Row
        switch try open(pass) {
        case .success(let found): row = found
        case .failure(let refusal): return items.map { _ in .failure(refusal) }
        }
        var answers: [Result<MailboxReceipt, MailboxRefusal>] = []
        for item in items { answers.append(try append(item.bytes, item.hash, to: &row)) }
        try keep(row)
        return answers
    }

    private func append(
        _ bytes: [UInt8], _ hash: ContentHash, to row: inout Row
    ) throws(RelayFileError) -> Result<MailboxReceipt, MailboxRefusal> {
        if let known = try file.row(
            "SELECT number FROM item WHERE mailbox = ?1 AND hash = ?2", .integer(row.key),
            RelayBindable(hash))
        {
            defer { known.reset() }
            return .success(MailboxReceipt(number: known.unsigned(0), hash: hash))
        }
        guard row.bytes + UInt64(bytes.count) <= quota.bytesMax else {
            return .failure(.quotaBytes)
        }
        guard row.head.number - row.floor.number < quota.itemsMax,
            row.head.number < RelayLimits.numberMax
        else { return .failure(.quotaItems) }
        row.head = row.head.advanced(over: hash, hasher)
        row.bytes += UInt64(bytes.count)
        try file.run(
            "INSERT INTO item (mailbox, number, hash, chain, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            .integer(row.key), RelayBindable(row.head.number), RelayBindable(hash),
            RelayBindable(row.head.chain), .blob(bytes))
        return .success(MailboxReceipt(number: row.head.number, hash: hash))
    }

    func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) throws(RelayFileError) -> Result<MailboxAnswer, MailboxRefusal> {
        let row: Row
        switch try open(pass) {
        case .success(let found): row = found
        case .failure(let refusal): return .failure(refusal)
        }
        if let reason = try misfit(cursor, row) {
            return .success(.reset(reason, floor: row.floor))
        }
        let statement = try file.statement(
            """
            SELECT number, chain, bytes, length(bytes) FROM item
            WHERE mailbox = ?1 AND number > ?2 ORDER BY number LIMIT ?3
            """)
        defer { statement.reset() }
        statement.bind([
            .integer(row.key), RelayBindable(cursor.number), .integer(Int64(items)),
        ])
        var (page, end, sum) = ([MailboxItem](), cursor, 0)
        while try statement.step() {
            sum += Int(statement.integer(3))
            if !page.isEmpty, sum > bytes { break }
            page.append(MailboxItem(number: statement.unsigned(0), bytes: statement.bytes(2)))
            end = MailboxCursor(
                generation: cursor.generation, number: statement.unsigned(0),
                chain: try statement.hash(1))
        }
        return .success(
            .page(MailboxPage(items: page, end: end, headNumber: row.head.number)))
    }

    /// Why the cursor is not one of this mailbox as it stands.
    private func misfit(
        _ cursor: MailboxCursor, _ row: Row
    ) throws(RelayFileError) -> MailboxResetReason? {
        guard cursor.generation == row.head.generation else { return .generation }
        guard cursor.number <= row.head.number else { return .beyond }
        guard cursor.number >= row.floor.number else { return .trimmed }
        if cursor.number == row.floor.number {
            return cursor.chain == row.floor.chain ? nil : .chain
        }
        let found = try file.row(
            "SELECT chain FROM item WHERE mailbox = ?1 AND number = ?2", .integer(row.key),
            RelayBindable(cursor.number))
        defer { found?.reset() }
        return try found?.hash(0) == cursor.chain ? nil : .chain
    }

    /// Trims a slice. The answer is where the floor is now.
    func trim(
        through number: UInt64, _ pass: RelayPass
    ) throws(RelayFileError) -> Result<UInt64, MailboxRefusal> {
        var row: Row
        switch try open(pass) {
        case .success(let found): row = found
        case .failure(let refusal): return .failure(refusal)
        }
        guard number <= row.head.number else { return .failure(.beyondHead) }
        guard number > row.floor.number else { return .success(row.floor.number) }
        let last = min(number, row.floor.number + Self.trimItemsMax)
        let found = try file.row(
            """
            SELECT sum(length(bytes)),
              (SELECT chain FROM item WHERE mailbox = ?1 AND number = ?2)
            FROM item WHERE mailbox = ?1 AND number <= ?2
            """, .integer(row.key), RelayBindable(last))
        guard let found else { return .failure(.failed) }
        row.bytes -= min(row.bytes, found.unsigned(0))
        row.floor = MailboxCursor(
            generation: row.head.generation, number: last, chain: try found.hash(1))
        found.reset()
        try file.run(
            "DELETE FROM item WHERE mailbox = ?1 AND number <= ?2", .integer(row.key),
            RelayBindable(last))
        try keep(row)
        return .success(last)
    }

    /// Every deed but `trim`.
    func perform(_ deed: MailboxDeed, _ pass: RelayPass) throws(RelayFileError) -> MailboxDeedAnswer
    {
        let row: Row
        switch try open(pass) {
        case .success(let found): row = found
        case .failure(let refusal): return .refused(refusal)
        }
        switch deed {
        case .trim: return .refused(.failed)
        case .addKey(let key):
            let keys = try deviceKeys(row)
            guard keys.contains(key) || keys.count < RelayLimits.keysMax else {
                return .refused(.keysFull)
            }
            try file.run(
                "INSERT OR IGNORE INTO device (mailbox, key) VALUES (?1, ?2)",
                .integer(row.key), .blob(key.bytes))
        case .removeKey(let key):
            try file.run(
                "DELETE FROM device WHERE mailbox = ?1 AND key = ?2", .integer(row.key),
                .blob(key.bytes))
        case .replaceAdmin(let key):
            try file.run(
                "UPDATE mailbox SET admin = ?2 WHERE key = ?1", .integer(row.key),
                .blob(key.bytes))
        case .listKeys: return .keys(try deviceKeys(row))
        }
        return .done
    }

    private func deviceKeys(_ row: Row) throws(RelayFileError) -> [RelayKey] {
        let statement = try file.statement(
            "SELECT key FROM device WHERE mailbox = ?1 ORDER BY key")
        defer { statement.reset() }
        statement.bind([.integer(row.key)])
        var keys: [RelayKey] = []
        while try statement.step() {
            if let key = RelayKey(bytes: statement.bytes(0)) { keys.append(key) }
        }
        return keys
    }
}

/// 16 bytes, most significant first.
private struct ID {
    let value: UInt128

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}

extension RelayID {
    var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

extension MailboxID {
    var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
