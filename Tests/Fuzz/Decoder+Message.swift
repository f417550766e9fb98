import CRDT
import SyncProtocol

extension Decoder {
    /// What two nodes say to each other, after the link's seal was opened.
    static let message = Decoder(
        name: "message", vectors: vectors(), draw: { source in anyMessage(&source).encoded() },
        check: checkMessage)

    private static func vectors() -> [[UInt8]] {
        var source = RandomTransactions(seed: 4)
        return (0..<60).map { _ in anyMessage(&source).encoded() }
    }
}

private func anyMessage(_ source: inout RandomTransactions) -> Message {
    let kinds = MessageKind.allCases
    switch source.random.pick(kinds) {
    case .hello:
        let least = UInt8(1 + source.random.below(9))
        return .hello(
            Hello(
                versions: least...(least + UInt8(source.random.below(9))),
                nonce: UInt128(source.random.next()) << 64 | UInt128(source.random.next()),
                summary: summary(&source)))
    case .vector: return .vector(VersionVector(entries(&source)))
    case .frame: return .frame(bytes(&source))
    case .acknowledge: return .acknowledge(VersionVector(entries(&source)).entries)
    case .credit: return .credit(UInt32(1 + source.random.below(SyncLimits.windowBytes)))
    case .control: return .control(bytes(&source))
    case .controlHeads:
        return .controlHeads((0..<source.random.below(5)).map { _ in source.hash() })
    case .pins: return .pins(VersionVector(entries(&source)).entries)
    case .status: return .status(summary(&source))
    case .close: return .close(source.random.pick(CloseReason.allCases))
    }
}

private func bytes(_ source: inout RandomTransactions) -> [UInt8] {
    (0..<(1 + source.random.below(80))).map { _ in UInt8(source.random.below(256)) }
}

private func entries(_ source: inout RandomTransactions) -> [ContextEntry] {
    var entries: [ContextEntry] = []
    for _ in 0..<source.random.pick([0, 1, 2, 5, 40]) {
        let writer = source.random.chance(1, in: 6) ? entries.last?.writer : nil
        entries.append(
            ContextEntry(
                writer: writer ?? source.writer(), sequence: source.sequence(),
                chain: source.random.next()))
    }
    return entries
}

private func summary(_ source: inout RandomTransactions) -> Summary {
    let words = (0..<4).map { _ in source.random.next() }
    return Summary(
        generation: source.random.next(), schema: UInt32(source.random.number(bits: 32)),
        rosterHead: source.hash(), vectorHash: source.hash(),
        digest: ContentDigest(words: words, rows: Int64(bitPattern: source.random.next())),
        floor: source.hash())
}

@Sendable
private func checkMessage(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let message: Message
    do {
        message = try MessageDecoder().decode(bytes)
    } catch {
        return .refused(error.refusal)
    }
    guard message.encoded() == bytes else {
        throw BrokenLaw(text: "what was accepted does not encode to the same bytes")
    }
    return .accepted
}
