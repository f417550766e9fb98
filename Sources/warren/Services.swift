internal import EdgeNode
internal import Foundation
internal import LANAPI
internal import PeerTransport
internal import ServiceLifecycle

/// The API; it finishes running requests by itself.
struct APIService: Service {
    let server: APIServer

    func run() async throws { try await server.run() }
}

/// Links that other boxes open.
struct ListenService: Service {
    let listener: PeerListener
    let node: Node

    func run() async throws {
        try await untilShutdown {
            try await listener.run { link in
                await node.serve(link, peer: link.peer, isDialled: false)
            }
        }
    }
}

/// One link that this box keeps open, with a pause after each failure that grows to five seconds.
struct DialService: Service {
    let dialer: PeerDialer
    let node: Node

    private static let pauses: [Duration] = [
        .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5),
    ]

    func run() async throws {
        try await untilShutdown {
            var failures = 0
            while !Task.isCancelled {
                let peer = "\(dialer.address)"
                do {
                    try await dialer.withLink { link in
                        await node.serve(link, peer: peer, isDialled: true)
                    }
                    failures = 0
                } catch {
                    node.board.unreachable(
                        peer, "\(error)", at: node.environment.wallMilliseconds())
                    failures += 1
                }
                try await Task.sleep(for: Self.pauses[min(failures, Self.pauses.count - 1)])
            }
        }
    }
}

/// The printer of this box.
struct PrintingService: Service {
    let printing: PrintService

    func run() async throws {
        try await untilShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await printing.run() }
                group.addTask {
                    while true {
                        try await Task.sleep(for: .seconds(1))
                        try await printing.tick()
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}

/// Ends with standard input: whoever started this process holds the other end.
struct InputService: Service {
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
func untilShutdown(_ body: @Sendable @escaping () async throws -> Void) async throws {
    try await cancelWhenGracefulShutdown {
        do {
            try await body()
        } catch is CancellationError {
            // Asked for.
        }
    }
}
