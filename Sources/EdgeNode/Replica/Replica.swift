public import CRDT
public import ReplicaStorage
public import SyncProtocol

/// How a replica stands, for status pages and sessions.
public struct ReplicaStatus: Sendable, Hashable {
    public let boot: BootReport
    public let writer: WriterID
    public let sequence: UInt64
    public let vector: VersionVector
    public let digest: ContentDigest
}

/// The one owner of the replica's file: every write of this box goes through it.
///
/// It runs on an executor of its own, a thread in production and the seeded one in simulation, so
/// that an fsync blocks nobody else.
public actor Replica {
    private let executor: any DiskExecuting
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private let store: ReplicaStore
    private let codec: any FrameCodec
    private let environment: NodeEnvironment
    private var rowIDs: RowIDSource
    private var rosterHead = Replica.noRoster
    private static let noRoster = ContentHash(0, 0, 0, 0)
    private var group = GroupCommit()
    private var nextJob: GroupCommit.JobID = 0
    private var jobs: [GroupCommit.JobID: Job] = [:]
    /// The disk's error after which nothing more is written in this process.
    private var failure: StorageError?

    public nonisolated let schema: Schema
    public nonisolated let readers: ReadPool
    public nonisolated let feed = ChangeFeed()

    private typealias Decision =
        @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed

    private struct Job {
        let decide: Decision
        var answer: CheckedContinuation<Result<Commit?, StorageError>, Never>?
        var result: Result<Commit?, StorageError>?
    }

    /// Opens or creates the file. Throws what `ReplicaStore` throws at open.
    public init(
        _ configuration: ReplicaConfiguration, anchor: any Anchor, codec: sending any FrameCodec,
        executor: any DiskExecuting, environment: NodeEnvironment
    ) throws(StorageError) {
        self.executor = executor
        self.codec = codec
        self.environment = environment
        store = try ReplicaStore(configuration, anchor: anchor)
        schema = configuration.schema
        readers = ReadPool(
            path: configuration.path, vfs: configuration.vfs, schema: configuration.schema)
        rowIDs = RowIDSource(prefix: environment.randomNumber128())
    }

    /// Fresh row ids, never used before and never again.
    public func drawRowIDs(_ count: Int) -> [RowID] {
        (0..<count).map { _ in rowIDs.draw() }
    }

    /// Commits one transaction; returns after it is durable.
    public func commit(_ changes: [RowOperation]) async throws(StorageError) -> Commit {
        guard let commit = try await commit(deciding: { _ throws(StorageError) in changes }) else {
            throw StorageError(.refused, "a transaction needs at least one row")
        }
        return commit
    }

    /// Reads, decides and writes in one turn: nobody writes between the reading and the writing.
    ///
    /// - Parameter decide: sees everything committed before; no changes mean no transaction.
    public func commit(
        deciding decide: @escaping @Sendable (Reader) throws(StorageError) -> [RowOperation]
    ) async throws(StorageError) -> Commit? {
        try await commit(deed: { reader, _ throws(StorageError) in
            Deed(changes: try decide(reader))
        })
    }

    /// As above, for a deed that also keeps an answer or says how far an effect is.
    ///
    /// - Parameter decide: draws the ids of new rows from its second argument.
    public func commit(
        deed decide:
            @escaping @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed
    ) async throws(StorageError) -> Commit? {
        nextJob += 1
        let id = nextJob
        jobs[id] = Job(decide: decide)
        let result: Result<Commit?, StorageError>
        switch group.handle(.submitted(id)).first {
        case .wait:
            result = await withCheckedContinuation { jobs[id]?.answer = $0 }
        case .lead, .write, nil:
            if executor.hasWaitingJobs { await Task.yield() }
            for effect in group.handle(.gathered) {
                if case .write(let batch) = effect { write(batch) }
            }
            result =
                jobs.removeValue(forKey: id)?.result
                ?? .failure(StorageError(.internalFault, "a led commit has no result"))
        }
        return try result.get()
    }

    /// One SQLite transaction for all jobs of a batch; each fails or succeeds by itself until
    /// COMMIT.
    private func write(_ batch: [GroupCommit.JobID]) {
        var results: [GroupCommit.JobID: Result<Commit?, StorageError>] = [:]
        do throws(StorageError) {
            results = try store.durably { () throws(StorageError) in
                var inside: [GroupCommit.JobID: Result<Commit?, StorageError>] = [:]
                for id in batch {
                    guard let job = jobs[id] else { continue }
                    do throws(StorageError) {
                        let commit = try store.isolated { () throws(StorageError) in
                            try perform(job)
                        }
                        inside[id] = .success(commit)
                    } catch  where error.code == .refused {
                        inside[id] = .failure(error)
                    }
                }
                return inside
            }
        } catch {
            if error.code == .inputOutput || error.code == .corrupt { failure = error }
            for id in batch { results[id] = .failure(error) }
        }
        for id in batch {
            let result =
                results[id] ?? .failure(StorageError(.internalFault, "a commit was not tried"))
            if let answer = jobs[id]?.answer {
                jobs[id] = nil
                answer.resume(returning: result)
            } else {
                jobs[id]?.result = result
            }
        }
        feed.signal()
    }

    private func perform(_ job: Job) throws(StorageError) -> Commit? {
        let deed = try job.decide(store.reader, &rowIDs)
        if let answer = deed.answer {
            try store.forgetAnswersInside(
                before: answer.wallMilliseconds - Deed.answerMilliseconds)
            try store.keepInside(answer)
        }
        for effect in deed.effects { try store.keepInside(effect) }
        guard !deed.changes.isEmpty else { return nil }
        return try store.commitInside(
            CommitRequest(
                changes: deed.changes, wallMilliseconds: environment.wallMilliseconds(),
                saltSeed: environment.randomNumber128(),
                rosterHead: rosterHead == Self.noRoster ? nil : rosterHead))
    }

    /// To be asked now and then by whoever can end the process: only a new one may try the disk
    /// again.
    ///
    /// - Throws: the disk's error, if there was one.
    public func checkDisk() throws(StorageError) {
        if let failure { throw failure }
    }

    public func status() -> ReplicaStatus {
        let head = store.localHead
        return ReplicaStatus(
            boot: store.boot, writer: head.writer, sequence: head.sequence,
            vector: store.vector, digest: store.digest)
    }

    /// What a session tells a peer.
    public func syncState() -> ReplicaState {
        let vector = store.vector
        return ReplicaState(
            vector: vector, vectorHash: vector.hash(store.configuration.hasher),
            digest: store.digest, rosterHead: rosterHead,
            schemaVersion: schema.version, floor: ContentHash(0, 0, 0, 0))
    }

    /// The roster head known here, told to peers and cited by own transactions.
    public func adopt(rosterHead: ContentHash) { self.rosterHead = rosterHead }

    /// Reads and recomputes everything. Long; the caller's writes wait.
    public func verify() throws(StorageError) -> VerifyReport { try store.verify() }

    /// Closes the file after what runs. Nothing works afterwards.
    public func close() {
        readers.close()
        store.close()
    }

    // MARK: Frames

    /// Seals what is not sealed yet, stores it, and only then names frames to send: those of one
    /// writer after a sequence, oldest first.
    public func frames(
        of writer: WriterID, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [StoredFrame] {
        if writer.device == store.configuration.device { try sealPending() }
        let frames = try store.frames(of: writer, after: sequence, bytesMax: bytesMax)
        if let last = frames.last, last.writer == store.localHead.writer {
            try store.raiseAnchor(through: last.high)
        }
        return frames
    }

    /// Bytes of plain transactions that one new frame takes up.
    private static let runBytesMax = 1 << 20

    private func sealPending() throws(StorageError) {
        while let run = try store.unsealedRun(bytesMax: Self.runBytesMax) {
            try store.store(run, sealed: try codec.seal(run))
        }
    }

    /// What became of a frame that a link delivered.
    public enum Delivery: Sendable, Hashable {
        case merged(MergeOutcome, WriterID, high: UInt64)
        case refused(FrameRefusal)
    }

    /// Opens, verifies and merges a frame; returns after it is durable. Frames that waited for it
    /// are merged in the same turn.
    public func deliver(_ sealed: [UInt8]) throws(StorageError) -> Delivery {
        switch codec.open(sealed) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let opened):
            let outcome = try merge(opened)
            if case .applied = outcome {
                try mergeWaiting()
                feed.signal()
            }
            return .merged(outcome, opened.frame.writer, high: opened.frame.high)
        }
    }

    private func merge(_ opened: OpenedFrame) throws(StorageError) -> MergeOutcome {
        try store.merge(
            opened.frame, wallMilliseconds: environment.wallMilliseconds(),
            isSigned: opened.isSigned)
    }

    /// Merges stored frames that a merge may have freed, until none moves.
    private func mergeWaiting() throws(StorageError) {
        var isMoving = true
        while isMoving {
            isMoving = false
            for waiting in try store.waitingFrames() {
                guard case .success(let opened) = codec.open(waiting.bytes) else { continue }
                switch try merge(opened) {
                case .applied: isMoving = true
                case .blocked(let applied, _): if applied > 0 { isMoving = true }
                case .duplicate, .gap, .fork, .malformed, .unsigned: break
                }
            }
        }
    }

    /// Whether a peer's entry lies on the history held here.
    public func agrees(with entry: ContextEntry) throws(StorageError) -> Bool? {
        try store.agrees(with: entry)
    }
}
