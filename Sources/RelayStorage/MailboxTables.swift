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

    /// Writes back what appending and trimming change.
    func keep(_ row: Row) throws(RelayFileError) {
        try file.run(
            """
            UPDATE mailbox SET number = ?2, chain = ?3, floor = ?4, floor_chain = ?5, bytes = ?6
            WHERE key = ?1
            """, .integer(row.key), RelayBindable(row.head.number), RelayBindable(row.head.chain),
            RelayBindable(row.floor.number), RelayBindable(row.floor.chain),
            RelayBindable(row.bytes))
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
