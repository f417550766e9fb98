public import CRDT
import Signing

/// Seals runs of transactions and opens what others sealed (`Frame-Format.md`).
///
/// One for each owner: it holds zstd contexts and is not `Sendable`. Keys are shared, so a second
/// sealer for another actor costs little.
public final class FrameSealer {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    /// What an operator or a test may choose.
    public struct Options: Hashable, Sendable {
        /// Off only for the counter-check, which looks for names in unpacked bytes.
        public var isCompressing: Bool
        /// Compression is on unless said otherwise.
        public init(isCompressing: Bool = true) { self.isCompressing = isCompressing }
    }

    private let tenant: TenantID
    private let cipher: any FrameCipher
    private let packing: Packing
    private var epochsByTag: [UInt64: Epoch] = [:]
    /// The epoch under which this box seals.
    public private(set) var sealingEpoch: Epoch

    /// - Parameters:
    ///   - epoch: seals, and opens.
    ///   - older: only open.
    public init(
        tenant: TenantID, epoch: Epoch, older: [Epoch] = [], cipher: any FrameCipher,
        options: Options = Options()
    ) {
        self.tenant = tenant
        self.cipher = cipher
        packing = Packing(isCompressing: options.isCompressing)
        sealingEpoch = epoch
        for known in older + [epoch] { epochsByTag[known.tag] = known }
    }

    /// Learns an epoch for opening, and from now on seals under it if `isForSealing`.
    public func adopt(_ epoch: Epoch, isForSealing: Bool) {
        epochsByTag[epoch.tag] = epoch
        if isForSealing { sealingEpoch = epoch }
    }

    /// Whether frames under this tag open here.
    public func knows(epoch tag: UInt64) -> Bool { epochsByTag[tag] != nil }

    /// Packs, pads and seals. About 4 µs for one edit.
    ///
    /// - Parameter nonce: 24 bytes drawn for this call and never used again.
    /// - Throws: `malformedContent` for content no reader would take, `tooLarge` when it does not
    ///   fit: send fewer transactions at once.
    public func seal(_ content: FrameContent, nonce: Nonce) throws(SealingError) -> [UInt8] {
        do { try content.checkBounds() } catch { throw .malformedContent(error) }
        let run = content.encodedRun
        guard run.count <= SealingLimits.openBytesMax else {
            throw .tooLarge(bytes: run.count, limit: SealingLimits.openBytesMax)
        }
        var plain = content.signature.bytes
        Padding.pad(packing.pack(run), into: &plain)
        let header = Header(suite: cipher.suite, epoch: sealingEpoch.tag)
        let size = Header.count + Nonce.count + plain.count + tagCount
        guard size <= SealingLimits.sealedBytesMax else {
            throw .tooLarge(bytes: size, limit: SealingLimits.sealedBytesMax)
        }
        var sealed = ByteWriter(capacity: size)
        sealed.write(bytes: header.bytes)
        sealed.write(bytes: nonce.bytes)
        sealed.write(
            bytes: cipher.seal(
                plain, nonce: nonce, binding: header.binding(tenant), key: sealingEpoch.frameKey))
        return sealed.bytes
    }

    /// Opens, unpads, unpacks and decodes. About 3 µs for one edit.
    ///
    /// Says nothing about the signature: the caller computes the chain hash at `high` and asks
    /// `ChainHead.isSigned`. Memory stays within `openBytesMax` and small multiples of the input.
    public func open(_ bytes: [UInt8]) throws(SealingError) -> FrameContent {
        let bodyStart = Header.count + Nonce.count
        guard bytes.count > bodyStart + tagCount + 64 else {
            throw .truncated(bytes: bytes.count)
        }
        guard bytes.count <= SealingLimits.sealedBytesMax else {
            throw .tooLarge(bytes: bytes.count, limit: SealingLimits.sealedBytesMax)
        }
        let header = try Header(of: bytes, suite: cipher.suite)
        guard let epoch = epochsByTag[header.epoch] else { throw .unknownEpoch(header.epoch) }
        guard let nonce = Nonce(bytes: bytes[Header.count..<bodyStart]),
            let plain = cipher.open(
                bytes[bodyStart...], nonce: nonce, binding: header.binding(tenant),
                key: epoch.frameKey),
            let signature = Signature(bytes: plain[..<64])
        else { throw .notAuthentic }
        let packed = try Padding.unpad(plain[64...])
        let run = try packing.unpack(packed, limit: SealingLimits.openBytesMax)
        do {
            return try FrameContent(signature: signature, run: run)
        } catch {
            throw .malformedContent(error)
        }
    }
}

extension FrameSealer {
    /// The ten bytes before the nonce; they are bound, not encrypted.
    private struct Header {
        static let count = 10
        let suite: UInt8
        let epoch: UInt64

        init(suite: UInt8, epoch: UInt64) {
            self.suite = suite
            self.epoch = epoch
        }

        /// - Parameter bytes: at least `count` of them.
        init(of bytes: [UInt8], suite expected: UInt8) throws(SealingError) {
            guard bytes[0] == FrameSealer.formatVersion else { throw .unknownVersion(bytes[0]) }
            guard bytes[1] == expected else { throw .unknownSuite(bytes[1]) }
            suite = expected
            epoch = bytes[2..<Self.count].reduce(0) { $0 << 8 | UInt64($1) }
        }

        var bytes: [UInt8] {
            var writer = ByteWriter(capacity: Self.count)
            writer.write(byte: FrameSealer.formatVersion)
            writer.write(byte: suite)
            writer.write(bigEndian: UInt128(epoch), count: 8)
            return writer.bytes
        }

        /// Domain, tenant, header: what a frame is bound to.
        func binding(_ tenant: TenantID) -> [UInt8] {
            var writer = ByteWriter(domain: .frame, capacity: 42)
            writer.write(id: tenant.value)
            writer.write(bytes: bytes)
            return writer.bytes
        }
    }
}
