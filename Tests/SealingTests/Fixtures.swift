import CRDT
import Sealing
import Signing

/// A small seeded generator (SplitMix64), so that every run sees the same bytes.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    mutating func nonce() -> Nonce { Nonce(bytes: bytes(24)) ?? .zero }
}

extension Nonce {
    static let zero = Nonce(bytes: [UInt8](repeating: 0, count: 24))!
}

extension SecretBytes {
    /// 32 equal bytes.
    static func filled(_ byte: UInt8) -> SecretBytes {
        SecretBytes(copying: [UInt8](repeating: byte, count: 32))
    }
}

extension ContentHash {
    static func filled(_ byte: UInt8) -> ContentHash {
        ContentHash(bytes: [UInt8](repeating: byte, count: 32))!
    }
}

extension Signature {
    static func filled(_ byte: UInt8) -> Signature {
        Signature(bytes: [UInt8](repeating: byte, count: 64))!
    }
}

let tenant = TenantID(0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10)

/// One edit as a desk makes it: a status field of one row, seen after one other writer's work.
func edit(of text: String, random: inout Seeded) -> [UInt8] {
    let other = WriterID(
        device: DeviceID(UInt128(random.next()) << 64 | UInt128(random.next())), incarnation: 3)
    let row = RowID(
        prefix: UInt128(random.next()) << 16 | 0x1234, counter: 1_900)
    let cell = CellOperation(field: 7, action: .assign(.text(text)))
    let transaction = Transaction(
        stamp: Stamp(milliseconds: 1_790_000_000_000 + Int64(random.next() % 1_000)),
        context: [ContextEntry(writer: other, sequence: 15_000, chain: random.next())],
        rows: [RowOperation(collection: 12, row: row, kind: .update, cells: [cell])])
    return transaction.encoded().bytes
}

/// A run of edits by one writer.
func run(_ texts: [String], low: UInt64 = 15_000, seed: UInt64 = 1) -> FrameContent {
    var random = Seeded(seed)
    let device = DeviceID(UInt128(random.next()) << 64 | UInt128(random.next()))
    return FrameContent(
        writer: WriterID(device: device, incarnation: 2), low: low, previous: random.next(),
        signature: Signature(bytes: random.bytes(64))!,
        transactions: texts.map { edit(of: $0, random: &random) })
}

func sealer(
    key: UInt8 = 0x11, tenant: TenantID = tenant, cipher: any FrameCipher = XChaChaCipher(),
    isCompressing: Bool = true
) -> FrameSealer {
    FrameSealer(
        tenant: tenant, epoch: Epoch(key: .filled(key)), cipher: cipher,
        options: .init(isCompressing: isCompressing))
}

let suites: [any FrameCipher] = [XChaChaCipher(), StandInCipher()]

/// What an expression throws, as a value.
func refusal<Value>(_ body: () throws(SealingError) -> Value) -> SealingError? {
    do {
        _ = try body()
        return nil
    } catch { return error }
}
