import CRDT
import Signing

@testable import Sealing

/// The trust under which all is sealed here: stand-ins, so that any change can be made whole.
enum FuzzTrust {
    static let tenant = TenantID(0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10)
    static let scheme = StandInSignatures()
    static let cipher = StandInCipher()
    static let key = SecretBytes(copying: [UInt8](repeating: 0x11, count: 32))
    static let epoch = Epoch(key: key)
    static let control = ControlSealer(tenant: tenant, key: key, cipher: cipher)

    static func identity(_ number: UInt8) -> DeviceIdentity {
        DeviceIdentity(
            seed: SecretBytes(copying: [UInt8](repeating: number, count: 32)), scheme: scheme)
    }

    static func nonce(_ source: inout RandomTransactions) -> Nonce {
        var bytes: [UInt8] = []
        for _ in 0..<Nonce.count { bytes.append(UInt8(source.random.below(256))) }
        guard let nonce = Nonce(bytes: bytes) else { preconditionFailure("a nonce has 24 bytes") }
        return nonce
    }
}

/// One sealer for all inputs of the one thread: zstd's contexts are costly to make.
// Unsafe because the type is not `Sendable`; this program has one thread.
nonisolated(unsafe) private let sealer = FrameSealer(
    tenant: FuzzTrust.tenant, epoch: FuzzTrust.epoch, cipher: FuzzTrust.cipher)
nonisolated(unsafe) private let packing = Packing(isCompressing: true)

extension Decoder {
    /// Sealed frames: header, tag, padding, packing, and the run of transactions inside.
    static let frame = Decoder(
        name: "frame",
        vectors: GoodTransactions.all(FoldingHasher()).prefix(12).map {
            run([$0.transaction.encoded().bytes], low: 1, previous: 7).encodedRun
        },
        draw: drawRun, enclose: sealed, check: checkFrame)
}

private func run(_ transactions: [[UInt8]], low: UInt64, previous: UInt64) -> FrameContent {
    let identity = FuzzTrust.identity(1)
    let writer = WriterID(device: identity.device, incarnation: 1)
    let head = ChainHead(
        tenant: FuzzTrust.tenant, writer: writer, sequence: low,
        chain: ContentHash(previous, 0, 0, 1))
    return FrameContent(
        writer: writer, low: low, previous: previous, signature: head.signed(by: identity),
        transactions: transactions)
}

@Sendable
private func drawRun(_ source: inout RandomTransactions) -> [UInt8] {
    var transactions: [[UInt8]] = []
    for _ in 0..<source.random.pick([1, 1, 1, 2, 3, 0, 40]) {
        transactions.append(source.transaction().encoded().bytes)
    }
    let any = source.sequence()
    let low: UInt64 = source.random.pick([0, 1, 15_000, (1 << 62) - 2, any])
    return run(transactions, low: low, previous: source.random.next()).encodedRun
}

/// Packs, pads and tags as an author does, with a fault in one layer now and then.
@Sendable
private func sealed(_ run: [UInt8], _ source: inout RandomTransactions) -> [UInt8] {
    var packed = source.random.chance(1, in: 3) ? [0] + run : packing.pack(run)
    if source.random.chance(1, in: 8) { packed = mutated(packed, with: run, &source.random) }
    var plain = [UInt8](repeating: 7, count: 64)
    Padding.pad(packed, into: &plain)
    if source.random.chance(1, in: 8) { plain = mutated(plain, with: run, &source.random) }
    var header = ByteWriter()
    header.write(byte: FrameSealer.formatVersion)
    header.write(byte: FuzzTrust.cipher.suite)
    header.write(bigEndian: UInt128(FuzzTrust.epoch.tag), count: 8)
    var binding = ByteWriter(domain: .frame)
    binding.write(id: FuzzTrust.tenant.value)
    binding.write(bytes: header.bytes)
    let nonce = FuzzTrust.nonce(&source)
    return header.bytes + nonce.bytes
        + FuzzTrust.cipher.seal(
            plain, nonce: nonce, binding: binding.bytes, key: FuzzTrust.epoch.frameKey)
}

@Sendable
private func checkFrame(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let content: FrameContent
    do {
        content = try sealer.open(bytes)
    } catch {
        return .refused(error.name)
    }
    guard bytes.count <= SealingLimits.sealedBytesMax,
        content.encodedRun.count <= SealingLimits.openBytesMax
    else { throw BrokenLaw(text: "a limit was passed") }
    let again: FrameContent
    do {
        again = try sealer.open(try sealer.seal(content, nonce: Nonce(bytes: bytes[10..<34])!))
    } catch {
        throw BrokenLaw(text: "what was accepted cannot be sealed again: \(error)")
    }
    guard again == content else { throw BrokenLaw(text: "sealed again it says something else") }
    // What a replica does next with every transaction, whatever it holds.
    for transaction in content.transactions { _ = try? EncodedTransaction(decoding: transaction) }
    return .accepted
}

extension SealingError {
    /// The case's name, with what the decoder inside said.
    var name: String {
        switch self {
        case .truncated: "truncated"
        case .tooLarge: "tooLarge"
        case .unknownVersion: "unknownVersion"
        case .unknownSuite: "unknownSuite"
        case .unknownEpoch: "unknownEpoch"
        case .notAuthentic: "notAuthentic"
        case .malformedPadding: "malformedPadding"
        case .malformedPacking: "malformedPacking"
        case .malformedContent(let error): "content:" + error.refusal
        }
    }
}
