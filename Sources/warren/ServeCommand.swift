internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import LANAPI
internal import LabelRaster
internal import Logging
internal import PeerTransport
internal import ServiceLifecycle
internal import UnixSignals

/// `warren serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the node: the desk's page, the API, links to other boxes, printers.",
        discussion: """
            Plain HTTP stays on loopback; --lan serves the local network over TLS. SIGINT and \
            SIGTERM end it cleanly. Labels go to the USB printer that fits; which one, where there \
            are several, stands in the folder's devices.json. Without a printer they wait.
            """)

    @OptionGroup var folder: NodeFolder

    @Option(help: ArgumentHelp("Where the API listens; port 0 picks one.", valueName: "address"))
    var api = "127.0.0.1:7070"

    @OptionGroup var network: LANOptions

    @Option(
        help: ArgumentHelp(
            """
            Where other boxes dial in: over TLS for the network, 0.0.0.0:7071 for example, plain \
            on loopback; port 0 picks one.
            """, valueName: "address"))
    var peers = "127.0.0.1:7071"

    @Option(
        help: ArgumentHelp("Another box to keep a link to; may be repeated.", valueName: "address"))
    var dial: [String] = []

    @OptionGroup var hardware: DeviceOptions

    @Flag(
        help: ArgumentHelp(
            "End when standard input does, so that no child outlives its parent.",
            visibility: .hidden))
    var untilInputEnds = false

    @Flag(help: "Begin with an empty database in place of one that was lost.")
    var beginEmpty = false

    func run() async throws {
        let logger = Logger(label: "warren", factory: StreamLogHandler.standardError(label:))
        let apiAddress = try apiDoor()
        let peerAddress = try PeerAddress(peers, isSecured: true)
        let dialers = try dial.map { try PeerDialer(box: $0, path: PeerAddress.path) }
        let (node, packs) = try await folder.open(isRebuilding: beginEmpty)
        for alarm in await node.status().alarms { logger.warning("\(alarm)") }
        try await node.introduceSite()
        let desk = try Desk(node, packs)
        let listener = try await PeerListener.bind(
            peerAddress, options: try .boxes(at: peerAddress), logger: logger)
        let directory = folder.node
        let pairing = PairingHost(node)
        let lan = try network.door(node)
        let printing = PrintService(
            node, packs, settings: try DeviceSettings.read(directory.devices),
            raster: Self.raster(logger),
            alarm: { logger.error("\($0)") })
        let devices = try await hardware.devices(of: node, printing: printing, logger: logger)
        let server = try APIServer(
            node, desk, StaffDoor(node, packs),
            hardware: Hardware(printing: printing, control: devices), pairing: pairing,
            operatorKey: try OperatorKey.draw(directory, node.environment),
            host: apiAddress.host, port: apiAddress.port, lan: lan, logger: logger
        ) { port in
            let address = NodeAddress(
                api: port, peers: listener.address.port,
                process: ProcessInfo.processInfo.processIdentifier)
            // Whoever started this node learns from the file; without it they would wait in vain.
            do { try address.write(directory) } catch {
                logger.error("address.json: \(FaultWords.of(error))")
            }
            greet(node, address, listener.address)
        }
        let log = LinkLog(logger, node.environment)
        var services: [any Service] = [
            APIService(server: server),
            ListenService(listener: listener, node: node, pairing: pairing, log: log),
            PrintingService(printing: printing),
        ]
        if let devices { services.append(devices) }
        for dialer in dialers { services.append(DialService(dialer: dialer, node: node, log: log)) }
        if let relay = try RelayService(node, logger) { services.append(relay) }
        do {
            let door = try ImportDoor(
                FileImport(node, packs), path: directory.socket.path, logger: logger)
            services.append(ImportService(door: door))
        } catch {
            // A node without that door still serves its desks.
            logger.warning("\(FaultWords.of(error))")
        }
        if untilInputEnds { services.append(InputService()) }
        let outcome = await Result(catching: { try await run(services, logger) })
        NodeAddress.remove(directory)
        await node.close()
        try outcome.get()
        say("Warren at \(node.facts.name) has ended; its data are in \(directory.root.path)")
    }

    /// Plain HTTP, so this machine alone.
    private func apiDoor() throws -> PeerAddress {
        let address = try PeerAddress(api, isSecured: true)
        guard address.isLoopback else {
            throw VerbError(
                """
                --api \(api) would serve plain HTTP to other machines. Leave it on this one, and \
                serve desks of the network over TLS: --lan \(address.host):7443
                """)
        }
        return address
    }

    /// A box without a font still prints what its printers can set; the desk is told of the rest.
    private static func raster(_ logger: Logger) -> FontRaster? {
        do throws(FontRaster.Fault) {
            return try FontRaster()
        } catch {
            logger.warning("\(error)")
            return nil
        }
    }

    /// What a person wants to know first, once everything listens.
    private func greet(_ node: Node, _ address: NodeAddress, _ boxes: PeerAddress) {
        let links = dial.isEmpty ? "" : ", keeps links to \(dial.joined(separator: ", "))"
        say(
            """
            Warren serves \(node.facts.name) from \(folder.node.root.path)
              desk    http://127.0.0.1:\(address.api)/
              API     http://127.0.0.1:\(address.api)/api/v1/openapi.json describes it
              boxes   \(boxes.host):\(address.peers)\(links)
            Ctrl-C ends it.
            """)
    }

    /// How long running requests may take to end. Whoever sends half a request and waits does not
    /// keep the node from ending; nothing unanswered was promised.
    private static let farewell = Duration.seconds(5)

    private func run(_ services: [any Service], _ logger: Logger) async throws {
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
            // Asked for; somebody's request was cut off after the farewell.
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
