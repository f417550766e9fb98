internal import CRDT
internal import EdgeNode
internal import ReplicaStorage
internal import Sealing
internal import Signing

/// The tenant's boxes: one that loads, the sites A, B and C, and a newcomer. Their keys follow from
/// their names, so that a phase in another process knows them.
struct Fleet {
    static let loader = "load"
    static let newcomer = "boot"
    static let sites = ["A", "B", "C"]

    let workFolder: String
    let schema: Schema
    let tenant: TenantID
    private let hasher = BLAKE2bHasher()
    private let scheme = Ed25519Signatures()

    init(workFolder: String, schema: Schema) throws {
        try Files.makeFolder(workFolder)
        self.workFolder = workFolder
        self.schema = schema
        tenant = TenantID(UInt128(hasher.hash(Array("tenant".utf8)).prefix))
    }

    func path(_ file: String) -> String { "\(workFolder)/\(file)" }

    func identity(of box: String) -> DeviceIdentity {
        let seed = SecretBytes(copying: hasher.hash(Array("box \(box)".utf8)).bytes)
        return DeviceIdentity(seed: seed, scheme: scheme)
    }

    /// A new sealer under the tenant's one epoch.
    func sealer() -> FrameSealer {
        let key = SecretBytes(copying: hasher.hash(Array("epoch".utf8)).bytes)
        return FrameSealer(tenant: tenant, epoch: Epoch(key: key), cipher: XChaChaCipher())
    }

    /// Seals as `box` and opens what any box of the tenant sealed.
    func codec(of box: String) -> TenantCodec {
        var keys: [DeviceID: SigningKey] = [:]
        for name in [Self.loader, Self.newcomer] + Self.sites {
            let other = identity(of: name)
            keys[other.device] = other.keys.signing
        }
        let known = keys
        return TenantCodec(
            tenant: tenant, identity: identity(of: box), scheme: scheme, sealer: sealer(),
            environment: NodeEnvironment(
                wallMilliseconds: { 0 }, steadyMilliseconds: { 0 }, sleep: { _ in },
                randomBytes: Self.randomBytes),
            signingKey: { known[$0] })
    }

    /// Opens the replica in `file`.db as `box`; a copy of another box's file begins a new writer.
    func open(_ file: String, as box: String) throws -> ReplicaStore {
        var configuration = ReplicaConfiguration(
            path: path(file + ".db"), schema: schema, tenant: tenant,
            device: identity(of: box).device, host: hasher.hash(Array("machine".utf8)),
            hasher: hasher, generation: 1)
        configuration.cacheKiB = Self.cacheKiB
        return try ReplicaStore(configuration, anchor: FileAnchor(path: path(file + ".anchor")))
    }

    /// The page cache that the peers are given too.
    static let cacheKiB = 65_536

    func remove(_ file: String) {
        for suffix in [".db", ".db-wal", ".db-shm", ".anchor"] { Files.remove(path(file + suffix)) }
    }

    /// A closed replica's file under another name.
    ///
    /// - Parameter withAnchor: the copy goes on as the same writer.
    func copy(_ file: String, to other: String, withAnchor: Bool) throws {
        remove(other)
        try Files.copy(path(file + ".db"), to: path(other + ".db"))
        if withAnchor { try Files.copy(path(file + ".anchor"), to: path(other + ".anchor")) }
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
