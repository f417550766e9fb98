import CRDT
import Sealing
import Signing

/// A device that is no box of the fleet. It wrote for a while; then somebody copied its key, and
/// both went on. An admin's cut names one transaction of its own history: what leads there counts
/// on every box, and nothing else of it does on any.
struct SimulatedThief: Sendable {
    /// A frame of one history, and the proofs in it that are within the cut or are not.
    struct Frame: Sendable {
        let sealed: [UInt8]
        let within: [RowID]
        let beyond: [RowID]
    }

    let identity: DeviceIdentity
    let writer: WriterID
    /// What an admin decides: all at an end, or less rights.
    let deed: RosterDeed
    /// Its own history first, then branches of the copy, each from its first frame of its own.
    private(set) var histories: [[Frame]] = []

    var within: Set<RowID> { Set(histories.joined().flatMap(\.within)) }
    var beyond: Set<RowID> { Set(histories.joined().flatMap(\.beyond)) }

    private let tenant: SimulatedTenant
    private let animal = RowID(prefix: 1, counter: 1)
    private var proofs: UInt64 = 0

    init(_ identity: DeviceIdentity, of tenant: SimulatedTenant, _ dice: inout Dice) throws {
        self.identity = identity
        self.tenant = tenant
        writer = WriterID(device: identity.device, incarnation: 1)
        let length = 4 + dice.below(10)
        let cut = 2 + dice.below(length - 2)
        let start = chainStart(tenant: tenant.tenant, writer: writer, BLAKE2bHasher())
        var own = History(chains: [start])
        var pieces: [Piece] = []
        for _ in 0..<length {
            pieces.append(Self.write(&own, tenant, animal, &proofs, isBirth: pieces.isEmpty))
        }
        let pin = Cut(incarnation: 1, sequence: UInt64(cut), chain: own.chains[cut])
        deed =
            dice.chance(500)
            ? .revoke(identity.device, cuts: [pin])
            : .reduce(
                identity.device,
                to: Rights(isAdmin: false, collections: .only([SimulatedPack.animal])),
                cuts: [pin])
        histories = [try frames(pieces, after: 0, own.chains, through: cut, &dice)]
        for _ in 0...dice.below(2) {
            let fork = dice.below(cut)
            var branch = History(chains: Array(own.chains[...fork]))
            var stolen: [Piece] = []
            for _ in 0...dice.below(length - fork) {
                stolen.append(
                    Self.write(&branch, tenant, animal, &proofs, isBirth: fork == 0))
            }
            histories.append(
                try frames(stolen, after: fork, branch.chains, through: fork, &dice))
        }
    }

    private struct Piece {
        let bytes: [UInt8]
        let proof: RowID
    }

    /// The chain hashes of a history, from before its first transaction.
    private struct History { var chains: [ContentHash] }

    /// One deed: a count on the device's own animal, and its proof in the ledger.
    private static func write(
        _ history: inout History, _ tenant: SimulatedTenant, _ animal: RowID,
        _ proofs: inout UInt64, isBirth: Bool
    ) -> Piece {
        let sequence = history.chains.count
        proofs += 1
        let proof = RowID(prefix: 2, counter: proofs)
        // A branch from the very beginning has an animal of its own.
        let row = isBirth && proofs > 1 ? RowID(prefix: 1, counter: proofs) : animal
        let isFirst = sequence == 1
        var cells = [CellOperation(field: 8, action: .increment(1))]
        if isFirst { cells.insert(CellOperation(field: 1, action: .assign(.text("T"))), at: 0) }
        cells.insert(
            CellOperation(field: 2, action: .assign(.text("thief \(proofs)"))),
            at: isFirst ? 1 : 0)
        let transaction = Transaction(
            stamp: Stamp(milliseconds: 1_790_000_000_000 + Int64(proofs) * 7_000),
            rosterHead: isFirst ? tenant.roster.head : nil,
            rows: [
                RowOperation(
                    collection: SimulatedPack.animal, row: row,
                    kind: isFirst ? .insert : .update, cells: cells),
                RowOperation(
                    collection: SimulatedPack.ledger, row: proof, kind: .insert,
                    cells: [
                        CellOperation(field: 1, action: .assign(.reference(row))),
                        CellOperation(field: 2, action: .assign(.integer(1))),
                    ]),
            ])
        let encoded = transaction.encoded()
        let before = history.chains[sequence - 1]
        history.chains.append(encoded.chainHash(after: before, BLAKE2bHasher()))
        return Piece(bytes: encoded.bytes, proof: proof)
    }

    /// Runs of one to four transactions, signed and sealed as the device would.
    private func frames(
        _ pieces: [Piece], after fork: Int, _ chains: [ContentHash], through cut: Int,
        _ dice: inout Dice
    ) throws -> [Frame] {
        let sealer = tenant.sealer
        var frames: [Frame] = []
        var next = 0
        while next < pieces.count {
            let run = next..<min(pieces.count, next + 1 + dice.below(4))
            let (low, high) = (fork + run.lowerBound + 1, fork + run.upperBound)
            let head = ChainHead(
                tenant: tenant.tenant, writer: writer, sequence: UInt64(high),
                chain: chains[high])
            let content = FrameContent(
                writer: writer, low: UInt64(low), previous: chains[low - 1].prefix,
                signature: head.signed(by: identity),
                transactions: pieces[run].map(\.bytes))
            guard let nonce = Nonce(bytes: dice.bytes(Nonce.count)) else { break }
            let split = max(run.lowerBound, min(run.upperBound, cut - fork))
            frames.append(
                Frame(
                    sealed: try sealer.seal(content, nonce: nonce),
                    within: pieces[run.lowerBound..<split].map(\.proof),
                    beyond: pieces[split..<run.upperBound].map(\.proof)))
            next = run.upperBound
        }
        return frames
    }
}
