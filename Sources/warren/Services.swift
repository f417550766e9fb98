internal import Certificates
internal import EdgeNode
internal import Foundation
internal import LANAPI
internal import PeerTransport
internal import ServiceLifecycle
internal import SyncProtocol

/// What runs as long as the program, under a name. The group writes names of services into its log,
/// and of one without a name all that it holds, which takes long and is nobody's business.
protocol NamedService: CustomStringConvertible, Service {}

extension NamedService {
    var description: String { "\(Self.self)" }
}

/// The API; it finishes running requests by itself.
struct APIService: NamedService {
    let server: APIServer

    func run() async throws { try await server.run() }
}

/// Orders of the `import` verb, over a socket in the node's folder.
struct ImportService: NamedService {
    let door: ImportDoor

    func run() async throws { try await door.run() }
}

/// Links that other boxes open.
struct ListenService: NamedService {
    let listener: PeerListener
    let node: Node
    let pairing: PairingHost
    let log: LinkLog

    func run() async throws {
        try await untilShutdown {
            try await listener.run { link in
                if link.path == PeerAddress.pairingPath {
                    await pairing.serve(link)
                } else if await node.serve(link, peer: link.peer, isDialled: false) {
                    log.ended(link.peer, node)
                } else {
                    log.strangerLeft(link.peer)
                }
            }
        }
    }
}

extension PeerTransportOptions {
    /// A box meets members and newcomers at one port; off this machine over TLS, with a certificate
    /// that lives as long as the process, since nobody looks at it (`TransportSecurity.boxes`).
    static func boxes(at address: PeerAddress) throws -> PeerTransportOptions {
        var options = PeerTransportOptions()
        options.morePaths = [PeerAddress.pairingPath]
        if !address.isLoopback {
            let authority = try BoxAuthority(
                makingFor: "box", names: try ServerNames(["box.invalid"]), at: Date())
            let leaf = try authority.issue(at: Date())
            options.security = try .server(holding: leaf.certificate, key: leaf.key)
        }
        return options
    }
}

extension PeerDialer {
    /// Dials another box: off this machine over TLS.
    init(box text: String, path: String) throws {
        let address = try PeerAddress(text, isSecured: true)
        var options = PeerTransportOptions()
        options.path = path
        if !address.isLoopback { options.security = try .boxes() }
        self.init(address, options: options)
    }
}

/// One link that this box keeps open. After a failure it waits longer each time, never twice the
/// same, so that boxes which lost one peer do not come back in one moment.
struct DialService: NamedService {
    let dialer: PeerDialer
    let node: Node
    let log: LinkLog

    func run() async throws {
        try await untilShutdown {
            let environment = node.environment
            var backoff = Backoff(least: .milliseconds(200), most: .seconds(30))
            while !Task.isCancelled {
                let peer = "\(dialer.address)"
                do {
                    let talk = Talk()
                    try await dialer.withLink { link in
                        log.opened(peer)
                        await talk.note(await node.serve(link, peer: peer, isDialled: true))
                    }
                    if await talk.hasGreeted {
                        backoff.reset()
                        log.ended(peer, node)
                    } else {
                        log.failed(peer, "it is no box of this tenant.")
                    }
                } catch {
                    let why = FaultWords.of(error)
                    node.board.unreachable(peer, why, at: node.environment.wallMilliseconds())
                    log.failed(peer, why)
                }
                let pause = backoff.next(random: environment.randomNumber64())
                if try await node.dialBell.wait(pause, in: environment) { backoff.reset() }
            }
        }
    }

    /// Whether the last link got as far as both hellos.
    private actor Talk {
        private(set) var hasGreeted = false

        func note(_ hasGreeted: Bool) { self.hasGreeted = hasGreeted }
    }
}

/// The printer of this box.
struct PrintingService: NamedService {
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
func untilShutdown(_ body: @Sendable @escaping () async throws -> Void) async throws {
    try await cancelWhenGracefulShutdown {
        do {
            try await body()
        } catch is CancellationError {
            // Asked for.
        }
    }
}
