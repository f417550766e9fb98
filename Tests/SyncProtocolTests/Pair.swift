import CRDT
import SyncProtocol

/// A toy replica: how many one-transaction frames it has of each writer.
struct ToyReplica {
    var heads: [WriterID: UInt64] = [:]
    /// Frames on the disk: writer and sequence stand in the bytes.
    var merged = 0

    var state: ReplicaState {
        let vector = VersionVector(
            heads.filter { $0.value > 0 }.map {
                ContextEntry(writer: $0.key, sequence: $0.value, chain: $0.value &* 7)
            })
        var writer = ByteWriter()
        for entry in vector.entries { writer.write(entry) }
        var digest = ContentDigest()
        digest.insert(ToyReplica.hash(writer.bytes))
        return ReplicaState(
            vector: vector, vectorHash: ToyReplica.hash(writer.bytes), digest: digest,
            rosterHead: ContentHash(0, 0, 0, 9), schemaVersion: 1, floor: ContentHash(0, 0, 0, 0))
    }

    static func hash(_ bytes: [UInt8]) -> ContentHash {
        var sum: UInt64 = 14_695_981_039_346_656_037
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 }
        return ContentHash(sum, sum &* 3, sum &* 5, sum &* 7)
    }

    static func frame(_ writer: WriterID, _ sequence: UInt64, padding: Int = 0) -> OutgoingFrame {
        var bytes = ByteWriter()
        bytes.write(writer: writer)
        bytes.write(varint: sequence)
        bytes.write(bytes: [UInt8](repeating: 0, count: padding))
        return OutgoingFrame(writer: writer, high: sequence, bytes: bytes.bytes)
    }

    mutating func merge(_ bytes: [UInt8]) -> FrameVerdict {
        var reader = ByteReader(bytes)
        guard let writer = try? reader.writer(), let sequence = try? reader.varint() else {
            return .refused
        }
        let head = heads[writer] ?? 0
        if sequence > head + 1 { return .gap }
        if sequence == head + 1 { heads[writer] = sequence }
        merged += 1
        return .durable(writer, high: sequence)
    }
}

/// Two sessions over a virtual link, driven until nothing moves or the link is cut.
struct Pair {
    var replicas: [ToyReplica]
    var sessions = [SyncSession(), SyncSession()]
    var wires: [[Message]] = [[], []]
    var reports: [[SessionReport]] = [[], []]
    var sent: [[Message]] = [[], []]
    var closed: [CloseReason?] = [nil, nil]
    var padding = 0

    init(_ left: ToyReplica, _ right: ToyReplica) { replicas = [left, right] }

    mutating func open() {
        for side in 0...1 { perform(sessions[side].handle(.opened(replicas[side].state)), side) }
    }

    mutating func commit(_ writer: WriterID, at side: Int) {
        replicas[side].heads[writer, default: 0] += 1
        perform(sessions[side].handle(.changed(replicas[side].state)), side)
    }

    /// Hands over one message of a side's wire.
    mutating func deliver(from side: Int) {
        guard !wires[side].isEmpty else { return }
        let message = wires[side].removeFirst()
        perform(sessions[1 - side].handle(.received(message)), 1 - side)
    }

    /// - Returns: how many messages crossed.
    @discardableResult
    mutating func settle(limit: Int = 100_000) -> Int {
        var crossed = 0
        while crossed < limit, !wires[0].isEmpty || !wires[1].isEmpty {
            deliver(from: wires[0].isEmpty ? 1 : 0)
            crossed += 1
        }
        return crossed
    }

    private mutating func perform(_ effects: [SyncSession.Effect], _ side: Int) {
        var queue = effects
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .send(let message):
                wires[side].append(message)
                sent[side].append(message)
            case .fetch(let request):
                let head = replicas[side].heads[request.writer] ?? 0
                let upTo = min(head, request.after + 3)
                let frames =
                    request.after < upTo
                    ? ((request.after + 1)...upTo).map {
                        ToyReplica.frame(request.writer, $0, padding: padding)
                    } : []
                queue += sessions[side].handle(.fetched(frames))
            case .deliver(let bytes):
                let verdict = replicas[side].merge(bytes)
                queue += sessions[side].handle(
                    .merged(verdict, bytes: bytes.count, replicas[side].state))
            case .report(let report): reports[side].append(report)
            case .close(let reason): closed[side] = reason
            case .deliverControl, .compare: break
            }
        }
    }
}
