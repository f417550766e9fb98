public import CRDT
public import ReplicaStorage
internal import Signing
public import SyncProtocol

/// How a replica stands, for status pages and sessions.
public struct ReplicaStatus: Sendable, Hashable {
    public let boot: BootReport
    public let writer: WriterID
    public let sequence: UInt64
    public let vector: VersionVector
    public let digest: ContentDigest
    /// Names the whole control lane as known here.
    public let lane: ContentHash
    /// When a history was first left out because there were too many, in Unix milliseconds.
    public let crowdedSince: Int64?
    /// The last stamp given or followed here.
    public let clock: Stamp
    /// The furthest stamp that came from others and lay ahead of the clock here.
    public let ahead: StampAhead?
    /// Pages in the write-ahead log after the last commit, and at how many it is to be shortened.
    public let logPages: Int
    public let logPagesDue: Int
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

    let store: ReplicaStore
    let codec: any FrameCodec
    let environment: NodeEnvironment
    /// `nil` for a replica that knows no roster.
    var trust: TrustBook?
    private let generation: UInt64
    private var rowIDs: RowIDSource
    private static let noRoster = ContentHash(0, 0, 0, 0)
    private var group = GroupCommit()
    private var nextJob: GroupCommit.JobID = 0
    private var jobs: [GroupCommit.JobID: Job] = [:]
    /// By this process.
    private var answersKept = 0
    /// Whether the judge has learnt something that what waits was not judged by yet.
    var owesRelease = false

    public nonisolated let schema: Schema
    public nonisolated let readers: ReadPool
    /// What the file has shown of itself.
    public nonisolated let disk: DiskWatch
    public nonisolated let feed = ChangeFeed()

    private typealias Decision =
        @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed

    /// What one turn of the disk is asked for, and what it made of it.
    private enum Work {
        case decide(Decision)
        case merge([Result<OpenedFrame, FrameRefusal>])
    }
    private enum Done {
        case committed(Commit?)
        case merged([Delivery])
    }

    private struct Job {
        let work: Work
        var answer: CheckedContinuation<Result<Done, StorageError>, Never>?
        var result: Result<Done, StorageError>?
    }

    /// Opens or creates the file. Throws what `ReplicaStore` throws at open.
    ///
    /// - Parameter trust: what this box was set up with; the stored control lane is added to it.
    public init(
        _ configuration: ReplicaConfiguration, anchor: any Anchor, codec: sending any FrameCodec,
        executor: any DiskExecuting, environment: NodeEnvironment, trust: TrustBook? = nil
    ) throws(StorageError) {
        self.executor = executor
        self.codec = codec
        self.environment = environment
        store = try ReplicaStore(configuration, anchor: anchor)
        generation = try store.reader.generation()
        schema = configuration.schema
        readers = ReadPool(
            path: configuration.path, vfs: configuration.vfs, schema: configuration.schema,
            watch: configuration.watch)
        disk = configuration.watch
        rowIDs = RowIDSource(prefix: environment.randomNumber128())
        if let trust {
            let book = try Self.recall(trust, store, environment)
            self.trust = book
            store.judge(by: book.judge)
            codec.adopt { [roster = book.roster] in roster.signingKey(of: $0) }
        }
        try store.releasePending()
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
        switch try await submit(.decide(decide)) {
        case .committed(let commit): return commit
        case .merged: throw StorageError(.internalFault, "a commit was answered as a merge")
        }
    }

    /// What became of a frame that a link delivered.
    public enum Delivery: Sendable, Hashable {
        /// With the frame's place where it is known: it was verified, now or before.
        case merged(MergeOutcome, FrameSpan?)
        case refused(FrameRefusal)
    }

    /// Opens, verifies and merges frames in one transaction, shared with whoever else writes just
    /// then; returns after it is durable. Frames that waited for them are merged in the same turn.
    public func deliver(_ sealed: [[UInt8]]) async throws(StorageError) -> [Delivery] {
        switch try await submit(.merge(sealed.map { codec.open($0) })) {
        case .merged(let deliveries): return deliveries
        case .committed: throw StorageError(.internalFault, "a merge was answered as a commit")
        }
    }

    private func submit(_ work: Work) async throws(StorageError) -> Done {
        nextJob += 1
        let id = nextJob
        jobs[id] = Job(work: work)
        let result: Result<Done, StorageError>
        switch group.handle(.submitted(id)).first {
        case .wait:
            result = await withCheckedContinuation { answer in
                // Waiting for it may already have given others a turn, who wrote it meanwhile.
                if let done = jobs[id]?.result {
                    jobs[id] = nil
                    answer.resume(returning: done)
                } else {
                    jobs[id]?.answer = answer
                }
            }
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
        var results: [GroupCommit.JobID: Result<Done, StorageError>] = [:]
        do throws(StorageError) {
            results = try store.durably { () throws(StorageError) in
                var inside: [GroupCommit.JobID: Result<Done, StorageError>] = [:]
                for id in batch {
                    guard let job = jobs[id] else { continue }
                    inside[id] = try perform(job.work, isAlone: batch.count == 1)
                }
                return inside
            }
        } catch {
            for id in batch { results[id] = .failure(error) }
        }
        // Told before it is answered: what is kept of rows is right with whoever wrote's next word.
        feed.signal(store.takeChanges())
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
        releaseOwed()
    }

    /// - Parameter isAlone: then a failure may undo the whole SQLite transaction, and no savepoint
    ///   is needed, for which SQLite keeps every page as it was and walks over all of them at each
    ///   further statement.
    private func perform(
        _ work: Work, isAlone: Bool
    ) throws(StorageError) -> Result<Done, StorageError> {
        switch work {
        case .merge(let frames): return .success(.merged(try merge(frames)))
        case .decide(let decide) where isAlone:
            return .success(.committed(try perform(decide)))
        case .decide(let decide):
            do throws(StorageError) {
                let commit = try store.isolated { () throws(StorageError) in
                    try perform(decide)
                }
                return .success(.committed(commit))
            } catch  where error.code == .refused {
                return .failure(error)
            }
        }
    }

    private func perform(_ decide: Decision) throws(StorageError) -> Commit? {
        let deed = try decide(store.reader, &rowIDs)
        if let answer = deed.answer {
            try store.keepInside(answer)
            if answersKept % Deed.answersBetweenLooks == 0 {
                try store.forgetAnswersInside(
                    before: answer.wallMilliseconds - Deed.answerMilliseconds,
                    keeping: Deed.answersLeast)
            }
            answersKept += 1
        }
        for effect in deed.effects { try store.keepInside(effect) }
        guard !deed.changes.isEmpty else { return nil }
        return try store.commitInside(
            CommitRequest(
                changes: deed.changes, wallMilliseconds: environment.wallMilliseconds(),
                saltSeed: environment.randomNumber128(), rosterHead: trust?.roster.head))
    }

    /// To be asked now and then by whoever can end the process: only a new one may try the disk
    /// again.
    ///
    /// - Throws: the disk's error, if there was one.
    public func checkDisk() throws(StorageError) {
        releaseOwed()
        if let failure = store.failure { throw failure }
    }

    /// What follows from the file's being older than what this device did is on disk
    /// (`BootReport.isOlder`).
    func settleOlder() throws(StorageError) { try store.settleOlder() }

    public func status() -> ReplicaStatus {
        let head = store.localHead
        return ReplicaStatus(
            boot: store.boot, writer: head.writer, sequence: head.sequence,
            vector: store.vector, digest: store.digest, lane: trust?.name ?? Self.noRoster,
            crowdedSince: store.crowdedSince, clock: store.clock, ahead: store.furthestAhead,
            logPages: store.logPages, logPagesDue: store.configuration.checkpointPages)
    }

    /// What a session tells a peer.
    public func localState() -> LocalState {
        let vector = store.vector
        return LocalState(
            vector: vector,
            summary: Summary(
                generation: generation, schema: schema.version,
                rosterHead: comparableName,
                vectorHash: vector.hash(store.configuration.hasher), digest: store.digest,
                floor: ContentHash(0, 0, 0, 0)),
            controlHeads: trust?.landmarks ?? [], controlNumber: store.newestControl)
    }

    /// The lane's name, or one that nobody shares: while something waits for the transaction that a
    /// cut pins, a box that applied it before it knew the cut shows other rows, and neither is
    /// at fault.
    private var comparableName: ContentHash {
        let name = trust?.name ?? Self.noRoster
        guard store.awaitsPins else { return name }
        var preimage = ByteWriter(domain: .lane, capacity: 40)
        preimage.write(hash: name)
        preimage.write(fixed: generation)
        return store.configuration.hasher.hash(preimage.bytes)
    }

    /// Judges again what was delivered and waits: call it once the rights know more of the roster.
    /// At open it happens by itself.
    ///
    /// - Returns: how many transactions wait no longer.
    @discardableResult
    public func releasePending() throws(StorageError) -> Int {
        let count = try store.releasePending()
        owesRelease = false
        if count > 0 { feed.signal(store.takeChanges()) }
        return count
    }

    /// Tries a release that is owed. A disk that is full now may have room at the next write or
    /// look at the disk; until then what waits goes on waiting.
    func releaseOwed() {
        guard owesRelease else { return }
        // A failure leaves the debt, and one of the disk itself is the store's to remember.
        _ = try? releasePending()
    }

    /// Every fork noticed here: an alarm for people, told until somebody stopped the copy.
    public func forks() throws(StorageError) -> [Fork] { try store.reader.forks() }

    /// Reads and recomputes everything. Long; the caller's writes wait.
    public func verify() throws(StorageError) -> VerifyReport { try store.verify() }

    /// Closes the file after what runs. Nothing works afterwards.
    public func close() {
        readers.close()
        store.close()
    }
}
