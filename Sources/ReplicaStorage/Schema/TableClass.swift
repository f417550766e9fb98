/// What a table is, and so what image, backup, digest, erasure and guards do with it.
public enum TableClass: String, Sendable {
    /// Rows every replica shares: in the digest, in images, guarded.
    case replicated
    /// The history that makes them: guarded, in images above the floor only.
    case log
    /// This box's own state: in neither image nor digest, open to tools.
    case local
    /// Keys and verifiers: guarded, never in an image or backup.
    case secret

    /// Whether ordinary tools may write its rows.
    var isGuarded: Bool { self != .local }
}

/// A table of the storage itself, with the SQL that makes it.
struct SystemTable {
    let name: String
    let tableClass: TableClass
    let sql: String
    let indexes: [String]

    /// Tables and columns carry their meaning as SQL comments, so that a shell shows it.
    static let all: [SystemTable] = [
        SystemTable(
            name: "warren_replica", tableClass: .log,
            sql: """
                CREATE TABLE warren_replica( -- facts about this replica, one a row
                  name TEXT PRIMARY KEY NOT NULL, -- tenant, generation, schema, clock, writer
                  value BLOB NOT NULL
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_writer", tableClass: .log,
            sql: """
                CREATE TABLE warren_writer( -- every history known here; a fork has one row a branch
                  number INTEGER PRIMARY KEY, -- this replica's own small number, never sent
                  device BLOB NOT NULL, -- 16 bytes
                  incarnation INTEGER NOT NULL,
                  parent INTEGER NOT NULL DEFAULT -1, -- the trunk's number, -1 for a trunk
                  fork INTEGER NOT NULL DEFAULT 0, -- last sequence shared with the parent
                  head INTEGER NOT NULL, -- last sequence applied or quarantined
                  chain BLOB NOT NULL, -- 32-byte chain hash at head
                  cited INTEGER NOT NULL DEFAULT 0, -- last sequence our own context cites
                  roster BLOB -- roster head it cites, 32 bytes
                )
                """, indexes: []),
        SystemTable(
            name: "warren_context", tableClass: .log,
            sql: """
                CREATE TABLE warren_context( -- what each writer had seen, as it cites it
                  writer INTEGER NOT NULL,
                  seen INTEGER NOT NULL, -- number of the history it cites
                  at INTEGER NOT NULL, -- sequence of the transaction that cites it
                  sequence INTEGER NOT NULL, -- through which it had applied it
                  PRIMARY KEY(writer, seen, at DESC)
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_citation", tableClass: .log,
            sql: """
                CREATE TABLE warren_citation( -- roster heads each writer cites from here on
                  writer INTEGER NOT NULL,
                  at INTEGER NOT NULL, -- sequence of the transaction that cites it
                  roster BLOB NOT NULL, -- 32 bytes
                  PRIMARY KEY(writer, at)
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_transaction", tableClass: .log,
            sql: """
                CREATE TABLE warren_transaction( -- own transactions that no frame holds yet
                  writer INTEGER NOT NULL,
                  sequence INTEGER NOT NULL,
                  chain BLOB NOT NULL, -- 32 bytes, after this transaction
                  bytes BLOB NOT NULL, -- Transaction-Format.md
                  PRIMARY KEY(writer, sequence)
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_frame", tableClass: .log,
            sql: """
                CREATE TABLE warren_frame( -- sealed runs of transactions, sent as they stand
                  key INTEGER PRIMARY KEY,
                  writer INTEGER NOT NULL,
                  low INTEGER NOT NULL,
                  high INTEGER NOT NULL,
                  chains BLOB NOT NULL, -- 32-byte chain hash after each transaction
                  bytes BLOB NOT NULL -- Frame-Format.md
                )
                """,
            indexes: ["CREATE INDEX warren_frame_high ON warren_frame(writer, high)"]),
        SystemTable(
            name: "warren_quarantine", tableClass: .log,
            sql: """
                CREATE TABLE warren_quarantine( -- delivered, set aside; what followed on its rows
                  key INTEGER PRIMARY KEY, -- in order of delivery
                  writer INTEGER NOT NULL,
                  sequence INTEGER NOT NULL,
                  chain BLOB NOT NULL, -- 32 bytes
                  standing INTEGER NOT NULL, -- 0 pending, 1 final, 2 applied after a pending one
                  reason TEXT NOT NULL,
                  site BLOB, -- row id of the site it speaks for, once applied
                  roster BLOB, -- roster head it cites, 32 bytes
                  context BLOB NOT NULL, -- what its writer had seen, by writer number
                  bytes BLOB NOT NULL -- Transaction-Format.md
                )
                """, indexes: []),
        SystemTable(
            name: "warren_held", tableClass: .log,
            sql: """
                CREATE TABLE warren_held( -- rows as they stood before a pending transaction on them
                  collection INTEGER NOT NULL,
                  row BLOB NOT NULL, -- 16 bytes
                  since INTEGER NOT NULL, -- key in warren_quarantine of that transaction
                  packed BLOB NOT NULL, -- clocks and values
                  PRIMARY KEY(collection, row)
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_hidden", tableClass: .replicated,
            sql: """
                CREATE TABLE warren_hidden( -- rows no table shows: deleted, unborn, unknown here
                  collection INTEGER NOT NULL,
                  row BLOB NOT NULL, -- 16 bytes
                  packed BLOB NOT NULL, -- clocks and values
                  PRIMARY KEY(collection, row)
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_digest", tableClass: .log,
            sql: """
                CREATE TABLE warren_digest( -- per collection the sum of its rows' hashes
                  collection INTEGER PRIMARY KEY,
                  rows INTEGER NOT NULL,
                  sum BLOB NOT NULL -- 32 bytes, big-endian, modulo 2^256
                )
                """, indexes: []),
        SystemTable(
            name: "warren_conflict", tableClass: .local,
            sql: """
                CREATE TABLE warren_conflict( -- concurrent values that lost, for a person to see
                  key INTEGER PRIMARY KEY,
                  collection INTEGER NOT NULL,
                  row BLOB NOT NULL,
                  field INTEGER NOT NULL,
                  lost BLOB NOT NULL, -- encoded value
                  lost_stamp INTEGER NOT NULL,
                  kept_stamp INTEGER NOT NULL
                )
                """, indexes: []),
        SystemTable(
            name: "warren_fork", tableClass: .local,
            sql: """
                CREATE TABLE warren_fork( -- histories that parted under one name: an alarm
                  branch INTEGER PRIMARY KEY, -- number of the history found last
                  shared INTEGER NOT NULL, -- last sequence that both have
                  chain BLOB NOT NULL, -- 32-byte chain hash there
                  known BLOB NOT NULL, -- hash of the first differing transaction known before
                  found BLOB NOT NULL, -- and of the one found
                  at INTEGER NOT NULL -- Unix milliseconds
                )
                """, indexes: []),
        SystemTable(
            name: "warren_answer", tableClass: .local,
            sql: """
                CREATE TABLE warren_answer( -- answers by idempotency key, stored with their deed
                  key TEXT PRIMARY KEY NOT NULL,
                  request BLOB NOT NULL, -- hash of the request the key belongs to
                  answer BLOB NOT NULL,
                  at INTEGER NOT NULL -- Unix milliseconds
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_effect", tableClass: .local,
            sql: """
                CREATE TABLE warren_effect( -- what this box does for a row: once per row
                  row BLOB PRIMARY KEY NOT NULL, -- 16 bytes
                  kind TEXT NOT NULL, -- print, message
                  state TEXT NOT NULL,
                  detail BLOB NOT NULL,
                  at INTEGER NOT NULL -- Unix milliseconds of the last change
                ) WITHOUT ROWID
                """, indexes: []),
        SystemTable(
            name: "warren_control", tableClass: .local,
            sql: """
                CREATE TABLE warren_control( -- sealed items of the control lane, sent as they stand
                  number INTEGER PRIMARY KEY, -- this replica's running number, from 1
                  id BLOB NOT NULL UNIQUE, -- 32 bytes: the item's name on every replica
                  bytes BLOB NOT NULL -- Control-Lane.md
                )
                """, indexes: []),
    ]
}
