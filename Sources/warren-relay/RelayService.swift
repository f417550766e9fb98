internal import Foundation
internal import PeerTransport
internal import RelayNode
internal import RelayStorage
internal import ServiceLifecycle
internal import Signing
internal import SyncProtocol

/// What runs as long as the program, under a name. The group writes names of services into its log,
/// and of one without a name all that it holds, which takes long and is nobody's business.
protocol NamedService: CustomStringConvertible, Service {}

extension NamedService {
    var description: String { "\(Self.self)" }
}

/// Serves every link that a listener yields, until the group shuts down or the disk fails.
struct RelayService: NamedService {
    let listener: PeerListener
    let store: SQLiteMailboxStore
    let log: RelayLog

    /// The disk has failed for good.
    struct DiskFailed: Error, CustomStringConvertible {
        let description: String
    }

    func run() async throws {
        let (failures, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let log = log
        let relay = Relay(
            store: store, signatures: Ed25519Signatures(), hasher: BLAKE2bHasher(),
            environment: .system,
            notify: { notice in
                log.note(notice)
                if notice == .storeFailed { sink.yield(()) }
            })
        try await untilShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await listener.run { link in
                        await relay.serve(link, binding: link.binding)
                    }
                }
                group.addTask {
                    for await _ in failures {
                        throw DiskFailed(
                            description: "the disk failed: \(await store.failure ?? "unknown")")
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}

/// Ends with standard input: whoever started this process holds the other end.
struct InputService: NamedService {
    func run() async throws {
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        FileHandle.standardInput.readabilityHandler = { handle in
            if handle.availableData.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            }
        }
        try await untilShutdown { for await _ in ended {} }
    }
}

/// Runs `body` until it ends or the group shuts down; being cancelled for that is no failure.
private func untilShutdown(_ body: @Sendable @escaping () async throws -> Void) async throws {
    try await cancelWhenGracefulShutdown {
        do {
            try await body()
        } catch is CancellationError {
            // Asked for.
        }
    }
}

extension WebSocketLink {
    /// What a login on this link is tied to.
    var binding: ChannelBinding {
        serverCertificate.map { .endPoint(certificate: $0, BLAKE2bHasher()) } ?? .loopback
    }
}

extension RelayEnvironment {
    /// The machine's own clocks and random source.
    static var system: RelayEnvironment {
        RelayEnvironment(
            unixSeconds: { Int64(Date().timeIntervalSince1970) },
            sleep: { try await ContinuousClock().sleep(for: $0) },
            randomBytes: { count in
                var source = SystemRandomNumberGenerator()
                return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) }
            })
    }
}
