internal import ArgumentParser
internal import CRDT
internal import Foundation
internal import Logging
internal import PeerTransport
internal import RelayNode
internal import RelayStorage
internal import ServiceLifecycle
internal import Signing
internal import SyncProtocol
internal import UnixSignals

/// `warren-relay serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the relay.",
        discussion: """
            Offers WebSocket at /relay/v1, over TLS 1.3 with --certificate and --key; without \
            them it listens on loopback only. A certificate that is renewed is read at the next \
            start, and boxes log in anew.

            SIGINT and SIGTERM end it cleanly. An item is on disk before it is acknowledged; after \
            a failure of the disk the relay ends with status 1 and is to be started again. The log \
            goes to standard error and names neither tenants nor addresses, keys or content.
            """)

    @OptionGroup var folder: RelayFolder

    @Option(
        help: ArgumentHelp(
            "Where to listen: host:port, [::1]:port or a port of 127.0.0.1; port 0 picks one.",
            valueName: "address"))
    var listen = "127.0.0.1:7443"

    @Option(
        help: ArgumentHelp(
            "PEM file of the certificate, the leaf first. Needs --key.", valueName: "file"))
    var certificate: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of its private key, without a passphrase.", valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp("Connections at a time, 1 to 65536.", valueName: "count"))
    var connections = 1_024

    @Option(
        help: ArgumentHelp("Mebibytes that one mailbox may hold, from 1.", valueName: "MiB"))
    var mailboxSize: UInt64 = 4_096

    @Option(
        help: ArgumentHelp("Items that one mailbox may hold, from 1.", valueName: "count"))
    var mailboxItems: UInt64 = 1_000_000

    @Flag(
        help: ArgumentHelp(
            "End when standard input does, so that no child outlives its parent.",
            visibility: .hidden))
    var untilInputEnds = false

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key belong together")
        }
        guard (1...65_536).contains(connections) else {
            throw ValidationError("1 to 65536 connections, not \(connections)")
        }
        guard (1...(1 << 30)).contains(mailboxSize), mailboxItems >= 1 else {
            throw ValidationError("a mailbox holds at least 1 MiB and 1 item")
        }
    }

    func run() async throws {
        let logger = Logger(label: "warren-relay", factory: StreamLogHandler.standardError(label:))
        var security = TransportSecurity.none
        if let certificate, let key {
            security = try .server(certificate: certificate, key: key)
        }
        let address = try PeerAddress(listen, isSecured: certificate != nil)
        let store = try folder.open(
            isServing: true,
            quota: MailboxQuota(bytesMax: mailboxSize << 20, itemsMax: mailboxItems))
        let listener = try await PeerListener.bind(
            address, options: .relay(security, links: connections), logger: logger)
        let service = RelayService(listener: listener, store: store, log: RelayLog(logger))
        say(
            """
            Warren relay \(Hexadecimal.text(RelayID.bytes(store.relay))) serves \(folder.data)
              boxes  \(certificate == nil ? "ws" : "wss")://\(listener.address)/relay/v1
            Ctrl-C ends it.
            """)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await run(service, logger)) } catch {
            outcome = .failure(error)
        }
        await store.close()
        try outcome.get()
        say("Warren relay has ended; its data are in \(folder.data)")
    }

    /// How long connections may take to close.
    private static let farewell = Duration.seconds(5)

    private func run(_ relay: RelayService, _ logger: Logger) async throws {
        var services: [any Service] = [relay]
        if untilInputEnds { services.append(InputService()) }
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            },
            gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.farewell
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // Asked for; a connection was cut off after the farewell.
        }
    }
}
