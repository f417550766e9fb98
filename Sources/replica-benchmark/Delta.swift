internal import CRDT
internal import EdgeNode
internal import ReplicaStorage

/// Sealed frames of one writer on their way to others, each behind its length (u32, little-endian).
struct Delta {
    let frames: [[UInt8]]

    init(frames: [[UInt8]]) { self.frames = frames }

    init(path: String) throws {
        var reader = ByteReader(try Files.read(path))
        var frames: [[UInt8]] = []
        while !reader.isAtEnd {
            frames.append(Array(try reader.take(Int(try reader.fixed(UInt32.self)))))
        }
        self.frames = frames
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: sealedCount + 4 * frames.count)
        for frame in frames {
            writer.write(fixed: UInt32(frame.count))
            writer.write(bytes: frame)
        }
        return writer.bytes
    }

    var sealedCount: Int { frames.reduce(0) { $0 + $1.count } }
}

extension ReplicaStore {
    /// What a frame may hold before compression, less its own head.
    static let runBytesMax = (2 << 20) - 32_768

    /// Seals all that waits, as a node does before it sends. Returns how many bytes that made.
    @discardableResult
    func sealAll(_ codec: TenantCodec) throws(StorageError) -> Int {
        var count = 0
        while let run = try unsealedRun(bytesMax: Self.runBytesMax) {
            let sealed = try codec.seal(run)
            try store(run, sealed: sealed)
            count += sealed.count
        }
        return count
    }

    /// Seals and hands out everything the box wrote after `sequence`.
    func export(_ codec: TenantCodec, after sequence: UInt64) throws(StorageError) -> Delta {
        try sealAll(codec)
        try raiseAnchor(through: localHead.sequence)
        let frames = try frames(of: localHead.writer, after: sequence, bytesMax: .max)
        return Delta(frames: frames.map(\.bytes))
    }

    /// Opens, verifies and merges a delta, each frame durable by itself.
    ///
    /// - Returns: how many transactions were new.
    func absorb(_ delta: Delta, _ codec: TenantCodec) throws -> Int {
        var applied = 0
        for sealed in delta.frames {
            switch codec.open(sealed) {
            case .failure(let refusal):
                throw BenchmarkError("a frame does not open: \(refusal.reason)")
            case .success(let opened):
                let outcome = try merge(
                    opened.frame, wallMilliseconds: 0, isSigned: opened.isSigned)
                switch outcome {
                case .applied(let count): applied += count
                case .duplicate: break
                default: throw BenchmarkError("a frame is not applied: \(outcome)")
                }
            }
        }
        return applied
    }
}
