internal import HTTPTypes

/// Names a list and how it is narrowed, so that a cursor of one is not taken for one of another:
/// the rows that it skips would be missed in silence. A misuse is found, a forgery is not: whoever
/// may read a list may begin anywhere in it.
struct ListMark: Equatable {
    /// 8 hexadecimal digits.
    let text: String

    /// - Parameter filters: values by name, as the query says them; their order says nothing.
    init(_ list: String, _ filters: [String: String] = [:]) {
        // FNV-1a of 32 bits (RFC 9923).
        var hash: UInt32 = 0x811C_9DC5
        func add(_ word: String) {
            for byte in Array(word.utf8) + [0] { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        }
        add(list)
        for (name, value) in filters.sorted(by: { $0.key < $1.key }) {
            add(name)
            add(value)
        }
        let digits = String(hash, radix: 16)
        text = String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The two parts of a place, and the mark, with dots between.
    func cursor(_ first: some StringProtocol, _ second: some StringProtocol) -> String {
        "\(first).\(second).\(text)"
    }

    /// The two parts of a place in this list.
    func place(in cursor: String) throws(Problem) -> (Substring, Substring) {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Self.foreign }
        guard parts[2] == text else {
            throw .badRequest(
                "the cursor is of another list: it goes on with the list and the filters that it "
                    + "came from; read this one from the start, without a cursor")
        }
        return (parts[0], parts[1])
    }

    static let foreign = Problem.badRequest(
        "the cursor is not one of ours; use `next` of the page before")
}

/// A place in a list of one file. Another file answers `reset`.
struct PageCursor {
    let list: ListMark
    /// Nil at the start of a list.
    let generation: UInt64?
    let key: Int64

    /// The start of a list.
    init(startOf list: ListMark) { (self.list, generation, key) = (list, nil, 0) }

    private init(_ list: ListMark, generation: UInt64, key: Int64) {
        (self.list, self.generation, self.key) = (list, generation, key)
    }

    /// Hexadecimal generation, decimal key, and the list's mark, with dots between.
    init(_ text: String, in list: ListMark) throws(Problem) {
        let (first, second) = try list.place(in: text)
        guard let generation = UInt64(first, radix: 16), let key = Int64(second), key >= 0 else {
            throw ListMark.foreign
        }
        self.init(list, generation: generation, key: key)
    }

    /// What a page says as `next`; nil on the last.
    func next(_ key: Int64?, of generation: UInt64) -> String? {
        key.map { list.cursor(String(generation, radix: 16), String($0)) }
    }

    func check(_ current: UInt64) throws(Problem) {
        guard let generation, generation != current else { return }
        throw Problem(
            .gone, "reset", "This cursor is of another file",
            "the database was replaced since; read the list from the start, without a cursor")
    }
}
