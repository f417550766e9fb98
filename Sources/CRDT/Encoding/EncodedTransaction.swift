/// A transaction with the bytes it was written or received as. The bytes are stored and forwarded
/// unchanged; the chain hash covers them with every section reduced to its salted hash.
public struct EncodedTransaction: Sendable, Hashable {
    public let transaction: Transaction
    public let bytes: [UInt8]
    /// Where the public part ends and the section count begins.
    let sectionsStart: Int

    init(transaction: Transaction, bytes: [UInt8], sectionsStart: Int) {
        self.transaction = transaction
        self.bytes = bytes
        self.sectionsStart = sectionsStart
    }

    /// Encodes what a writer is about to commit, and reads it back as every peer will.
    ///
    /// - Throws: where peers would refuse the bytes; committing them would end the writer's chain.
    public init(encoding transaction: Transaction) throws(DecodingError) {
        self = try EncodedTransaction(decoding: transaction.encoded().bytes)
    }

    /// The next chain hash: domain, previous hash, public part, section hashes.
    public func chainHash(after previous: ContentHash, _ hasher: any ContentHasher)
        -> ContentHash
    {
        var writer = ByteWriter(domain: .transaction, capacity: bytes.count + 64)
        writer.write(hash: previous)
        writer.write(bytes: bytes[..<sectionsStart])
        writer.write(count: transaction.sections.count)
        for section in transaction.sections {
            writer.write(id: section.subject.value)
            writer.write(hash: section.hash(base: transaction.stamp, hasher))
        }
        return hasher.hash(writer.bytes)
    }
}

/// Where a writer's chain begins: bound to tenant, device and incarnation.
public func chainStart(
    tenant: TenantID, writer: WriterID, _ hasher: any ContentHasher
) -> ContentHash {
    var preimage = ByteWriter(domain: .chain)
    preimage.write(id: tenant.value)
    preimage.write(id: writer.device.value)
    preimage.write(fixed: writer.incarnation)
    return hasher.hash(preimage.bytes)
}
