internal import CRDT
internal import SyncProtocol

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
