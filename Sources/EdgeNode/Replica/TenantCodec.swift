public import CRDT
public import ReplicaStorage
public import Sealing
public import Signing

/// Seals runs under the tenant's epoch as this device, and opens frames of every rostered device.
public final class TenantCodec: FrameCodec {
    private let tenant: TenantID
    private let identity: DeviceIdentity
    private let scheme: any SignatureScheme
    private let sealer: FrameSealer
    private var signingKey: @Sendable (DeviceID) -> SigningKey?
    private let environment: NodeEnvironment

    /// - Parameter signingKey: a device's key by the roster; `nil` for strangers.
    public init(
        tenant: TenantID, identity: DeviceIdentity, scheme: any SignatureScheme,
        sealer: sending FrameSealer, environment: NodeEnvironment,
        signingKey: @escaping @Sendable (DeviceID) -> SigningKey?
    ) {
        self.tenant = tenant
        self.identity = identity
        self.scheme = scheme
        self.sealer = sealer
        self.environment = environment
        self.signingKey = signingKey
    }

    public func adopt(_ signingKey: @escaping @Sendable (DeviceID) -> SigningKey?) {
        self.signingKey = signingKey
    }

    public func seal(_ run: UnsealedRun) throws(StorageError) -> [UInt8] {
        guard let chain = run.chains.last,
            let nonce = Nonce(bytes: environment.randomBytes(Nonce.count))
        else { throw StorageError(.internalFault, "a run to seal is empty") }
        let head = ChainHead(
            tenant: tenant, writer: run.writer, sequence: run.high, chain: chain)
        let content = FrameContent(
            writer: run.writer, low: run.low, previous: run.previous,
            signature: head.signed(by: identity), transactions: run.transactions)
        do throws(SealingError) {
            return try sealer.seal(content, nonce: nonce)
        } catch {
            throw StorageError(.internalFault, "own transactions do not seal: \(error)")
        }
    }

    public func open(_ sealed: [UInt8]) -> Result<OpenedFrame, FrameRefusal> {
        let content: FrameContent
        do throws(SealingError) {
            content = try sealer.open(sealed)
        } catch {
            return .failure(FrameRefusal("\(error)", isFinal: !error.isCurable))
        }
        guard let key = signingKey(content.writer.device) else {
            return .failure(FrameRefusal("its device is not in the roster"))
        }
        let (tenant, scheme) = (tenant, scheme)
        return .success(
            OpenedFrame(
                frame: IncomingFrame(
                    writer: content.writer, low: content.low, previous: content.previous,
                    transactions: content.transactions, sealed: sealed)
            ) { chain in
                ChainHead(
                    tenant: tenant, writer: content.writer, sequence: content.high, chain: chain
                ).isSigned(content.signature, by: key, scheme)
            })
    }
}

extension SealingError {
    /// Whether a key that comes later may open the same bytes.
    fileprivate var isCurable: Bool {
        if case .unknownEpoch = self { true } else { false }
    }
}
