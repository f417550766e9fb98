public import CRDT

/// What a command answered, kept with its deed so that a repeated request gets the same answer.
public struct StoredAnswer: Sendable, Hashable {
    /// The caller's idempotency key.
    public let key: String
    /// The hash of the request the key belongs to; another request under this key is refused.
    public let request: ContentHash
    /// The body that was sent.
    public let answer: [UInt8]
    /// When, in Unix milliseconds.
    public let wallMilliseconds: Int64

    /// Describes one answer.
    public init(key: String, request: ContentHash, answer: [UInt8], wallMilliseconds: Int64) {
        self.key = key
        self.request = request
        self.answer = answer
        self.wallMilliseconds = wallMilliseconds
    }
}

/// How far this box is with what a row asks of it: local, once a row, never replicated.
public struct StoredEffect: Sendable, Hashable {
    /// The row that asks, a print job for instance.
    public let row: RowID
    /// `print`, `message`.
    public let kind: String
    /// A word of the machine that drives the effect.
    public let state: String
    /// What that machine needs to go on after a crash.
    public let detail: [UInt8]
    /// When it last changed, in Unix milliseconds.
    public let wallMilliseconds: Int64

    /// Describes one effect.
    public init(
        row: RowID, kind: String, state: String, detail: [UInt8] = [], wallMilliseconds: Int64
    ) {
        self.row = row
        self.kind = kind
        self.state = state
        self.detail = detail
        self.wallMilliseconds = wallMilliseconds
    }
}

extension Reader {
    /// The file's generation: a cursor of another one means nothing here.
    public func generation() throws(StorageError) -> UInt64 {
        let statement = try connection.statement(
            "SELECT value FROM warren_replica WHERE name = 'generation'")
        defer { statement.reset() }
        return try statement.step() ? statement.unsigned(0) : 0
    }

    /// The answer kept under an idempotency key.
    public func answer(to key: String) throws(StorageError) -> StoredAnswer? {
        let statement = try connection.statement(
            "SELECT request, answer, at FROM warren_answer WHERE key = ?")
        statement.bind(text: key, at: 1)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return StoredAnswer(
            key: key, request: try statement.hash(0), answer: statement.bytes(1),
            wallMilliseconds: statement.integer(2))
    }

    /// How far this box is with a row; `nil` if it has not begun.
    public func effect(of row: RowID) throws(StorageError) -> StoredEffect? {
        let statement = try connection.statement(
            "SELECT kind, state, detail, at FROM warren_effect WHERE row = ?")
        statement.bind(row, at: 1)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return StoredEffect(
            row: row, kind: statement.text(0), state: statement.text(1),
            detail: statement.bytes(2), wallMilliseconds: statement.integer(3))
    }
}

extension Reader {
    /// Effects of a kind that stand in one of these states, in the order of their rows.
    public func effects(
        of kind: String, in states: Set<String>
    ) throws(StorageError) -> [StoredEffect] {
        // What is over stays for ever and is not even read; one text for each count of states.
        let marks = states.map { _ in "?" }.joined(separator: ", ")
        let statement = try connection.statement(
            """
            SELECT row, state, detail, at FROM warren_effect
              WHERE kind = ? AND state IN (\(marks)) ORDER BY row
            """)
        statement.bind(text: kind, at: 1)
        for (index, state) in states.sorted().enumerated() {
            statement.bind(text: state, at: index + 2)
        }
        defer { statement.reset() }
        var effects: [StoredEffect] = []
        while try statement.step() {
            guard let row = statement.row(0) else { continue }
            effects.append(
                StoredEffect(
                    row: row, kind: kind, state: statement.text(1), detail: statement.bytes(2),
                    wallMilliseconds: statement.integer(3)))
        }
        return effects
    }
}

extension ReplicaStore {
    /// Keeps an answer within an open `durably`: with its deed or not at all.
    public func keepInside(_ answer: StoredAnswer) throws(StorageError) {
        try connection.run(
            "INSERT INTO warren_answer(key, request, answer, at) VALUES(?, ?, ?, ?)",
            .text(answer.key), Bindable(answer.request), .blob(answer.answer),
            .integer(answer.wallMilliseconds))
    }

    /// Lets answers go that were given before a moment, within an open `durably`, but for the
    /// newest ones: a clock that is set right by years must not make old wishes new.
    public func forgetAnswersInside(
        before wallMilliseconds: Int64, keeping newest: Int
    ) throws(StorageError) {
        try connection.run(
            """
            DELETE FROM warren_answer WHERE at < ? AND key IN
              (SELECT key FROM warren_answer ORDER BY at DESC, key LIMIT -1 OFFSET ?)
            """, .integer(wallMilliseconds), .integer(Int64(newest)))
    }

    /// Records how far an effect is, within an open `durably`.
    public func keepInside(_ effect: StoredEffect) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO warren_effect(row, kind, state, detail, at) VALUES(?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = excluded.state, detail = excluded.detail,
              at = excluded.at
            """,
            Bindable(effect.row), .text(effect.kind), .text(effect.state), .blob(effect.detail),
            .integer(effect.wallMilliseconds))
    }
}
