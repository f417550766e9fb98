public import CRDT
public import Signing

/// What a frame says to those who may read it: a run of one writer's transactions and the signature
/// that covers them (`Frame-Format.md`, Content).
public struct FrameContent: Hashable, Sendable {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    /// Who wrote.
    public let writer: WriterID
    /// The first sequence, 1 or more.
    public let low: UInt64
    /// The first 8 bytes, big-endian, of the chain hash at `low - 1` (of the chain's start for 1):
    /// a receiver sees at once whether this run continues what it holds.
    public let previous: UInt64
    /// The writer's signature of its head at `high`; see `ChainHead`.
    public let signature: Signature
    /// Encoded transactions `low...high`, as written.
    public let transactions: [[UInt8]]

    /// Joins a run and its signature; `FrameSealer.seal` checks the bounds.
    public init(
        writer: WriterID, low: UInt64, previous: UInt64, signature: Signature,
        transactions: [[UInt8]]
    ) {
        self.writer = writer
        self.low = low
        self.previous = previous
        self.signature = signature
        self.transactions = transactions
    }

    /// The last sequence. Meaningful for at least one transaction.
    public var high: UInt64 { low &+ UInt64(transactions.count) &- 1 }

    /// Everything but the signature, which does not compress and travels beside it.
    var encodedRun: [UInt8] {
        let size = transactions.reduce(48) { $0 + $1.count + 3 }
        var writer = ByteWriter(capacity: size)
        writer.write(byte: Self.formatVersion)
        writer.write(writer: self.writer)
        writer.write(varint: low)
        writer.write(count: transactions.count)
        writer.write(bigEndian: UInt128(previous), count: 8)
        for transaction in transactions { writer.write(block: transaction) }
        return writer.bytes
    }

    init(signature: Signature, run: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(run)
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        writer = try reader.writer()
        low = try reader.varint()
        let count = try reader.count(
            upTo: SealingLimits.transactionsMax, leastBytes: 2, of: "transactions")
        try Self.check(low: low, count: count)
        previous = UInt64(try reader.bigEndian(8))
        var transactions: [[UInt8]] = []
        transactions.reserveCapacity(count)
        for _ in 0..<count {
            let bytes = try reader.block(upTo: Limits.transactionBytesMax, of: "transaction bytes")
            guard !bytes.isEmpty else { throw .notCanonical("empty transaction") }
            transactions.append(Array(bytes))
        }
        try reader.finish()
        self.transactions = transactions
        self.signature = signature
    }

    /// Holds an author to what a reader accepts.
    func checkBounds() throws(DecodingError) {
        guard transactions.count <= SealingLimits.transactionsMax else {
            throw .beyondLimit("transactions")
        }
        try Self.check(low: low, count: transactions.count)
        for transaction in transactions {
            if transaction.isEmpty { throw .notCanonical("empty transaction") }
            if transaction.count > Limits.transactionBytesMax {
                throw .beyondLimit("transaction bytes")
            }
        }
    }

    private static func check(low: UInt64, count: Int) throws(DecodingError) {
        guard count > 0 else { throw .notCanonical("empty frame") }
        guard low > 0, low < (1 << 62) - UInt64(count) else { throw .beyondLimit("sequence") }
    }
}
