public import CRDT

/// Makes row ids from natural keys, so that the same row of the same source is the same record in
/// every file, at every site and in every run (Decisions/0011).
public struct ImportRowNames: Sendable {
    private let tenant: TenantID
    private let source: String
    private let hasher: any ContentHasher
    private var scopes: [Scope: UInt128] = [:]

    private struct Scope: Hashable {
        let kind: String
        let home: RowID?
    }

    public init(tenant: TenantID, source: String, hasher: any ContentHasher) {
        self.tenant = tenant
        self.source = source
        self.hasher = hasher
    }

    /// The id of a record.
    ///
    /// - Parameters:
    ///   - kind: tells records apart that have the same key.
    ///   - home: the site that owns the record, where one does: two sites that give out the same
    ///     number mean two records.
    public mutating func row(of kind: String, home: RowID?, key: [String]) -> RowID {
        let scope = Scope(kind: kind, home: home)
        let upper: UInt128
        if let known = scopes[scope] {
            upper = known
        } else {
            var preimage = ByteWriter(capacity: 96)
            preimage.write(block: "warren.import.scope.v1".utf8)
            preimage.write(id: tenant.value)
            preimage.write(text: source)
            preimage.write(text: kind)
            preimage.write(id: home?.value ?? 0)
            upper = UInt128(hasher.hash(preimage.bytes).prefix) << 64
            scopes[scope] = upper
        }
        var preimage = ByteWriter(capacity: 96)
        preimage.write(block: "warren.import.key.v1".utf8)
        preimage.write(id: upper)
        for part in key { preimage.write(text: part) }
        let hash = hasher.hash(preimage.bytes)
        // The first 8 bytes name the scope. The next byte widens the counter's 48 bits to 56, at
        // the price of at most 256 prefixes a scope and transaction.
        return RowID(upper | UInt128(hash.prefix >> 8))
    }
}
