public import EdgeNode
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import NIOCore

/// The API of one node on one loopback address and, with TLS, on the local network: reading this
/// file is reading its routes.
public struct APIServer: Sendable {
    /// Where it is to listen.
    public let host: String
    public let port: Int
    private let node: Node
    private let desk: Desk
    private let door: StaffDoor
    private let pairing: PairingHost
    private let operatorKey: OperatorKey?
    private let desks: DeskBook
    private let lan: (@Sendable () throws -> LANDoor)?
    private let search: SearchDesk
    private let cookies: CookieNames
    private let hardware: Hardware?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    /// How long a connection may say nothing, between requests or in the middle of one.
    private static let patience = TimeAmount.seconds(30)
    /// Connections of one door: who fills the local network's leaves loopback and the disk theirs.
    private static let connectionsMax = 512

    /// - Parameters:
    ///   - hardware: nil where nothing is printed and no device looked after.
    ///   - port: 0 lets the system choose.
    ///   - pairing: where boxes are admitted.
    ///   - operatorKey: lets verbs of the folder's owner in; without it only staff.
    ///   - lan: makes the door to the local network, asked again each `LANDoor.looksEvery`.
    ///   - onListening: told the port once requests are answered.
    /// - Throws: `NodeFault` for any address but loopback, since it is served without TLS.
    public init(
        _ node: Node, _ desk: Desk, _ door: StaffDoor, hardware: Hardware? = nil,
        pairing: PairingHost? = nil, operatorKey: OperatorKey? = nil, host: String, port: Int,
        lan: (@Sendable () throws -> LANDoor)? = nil, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw NodeFault(
                .refused,
                """
                without TLS the API listens on loopback only. Use 127.0.0.1 instead of \(host), \
                and --lan for the local network.
                """)
        }
        self.node = node
        self.desk = desk
        self.door = door
        self.pairing = pairing ?? PairingHost(node)
        self.operatorKey = operatorKey
        self.lan = lan
        desks = try DeskBook(node.directory, node.environment)
        search = SearchDesk(node, desk.packs)
        cookies = CookieNames(of: node.box)
        self.hardware = hardware
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers requests until cancelled or told to shut down; running ones are finished.
    ///
    /// - Throws: `NodeFault` where a port is not to be had.
    public func run() async throws {
        guard let lan else { return try await serveLoopback() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serveLoopback() }
            group.addTask { try await serve(lan) }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func serveLoopback() async throws {
        // Beside the first answers: nobody waits for all names but who searches.
        async let _ = warmUpSearch()
        try await serve(
            host, port, .http1(configuration: Self.channel), router(), onRunning: onListening)
    }

    private func warmUpSearch() async {
        guard !Task.isCancelled else { return }
        do { try await search.warmUp() } catch {
            logger.warning("search: \(FaultWords.of(error))")
        }
    }

    /// Serves the local network. A certificate that was renewed is shown by a door made anew, which
    /// cuts the connections of that moment, every sixty days; one that cannot be read is told of,
    /// and the old one goes on.
    private func serve(_ lan: @escaping @Sendable () throws -> LANDoor) async throws {
        var door = try lan()
        while !Task.isCancelled {
            let shown = door
            let renewed = try await withThrowingTaskGroup(of: LANDoor?.self) { group in
                group.addTask {
                    try await serve(
                        shown.host, shown.port,
                        try .tls(
                            .http1(configuration: Self.lanChannel),
                            tlsConfiguration: shown.configuration), router(for: shown)
                    ) { [logger] port in
                        logger.info("the local network is served at port \(port)")
                    }
                    return nil
                }
                group.addTask { try await renewal(after: shown, lan) }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let renewed else { return }
            door = renewed
        }
    }

    /// The next door that shows another certificate.
    func renewal(
        after shown: LANDoor, _ lan: @Sendable () throws -> LANDoor
    ) async throws -> LANDoor? {
        while true {
            try await node.environment.sleep(LANDoor.looksEvery)
            do {
                let door = try lan()
                if door.certificate != shown.certificate { return door }
            } catch {
                logger.error(
                    "the certificate for the local network is not renewed: \(FaultWords.of(error))")
            }
        }
    }

    private func serve(
        _ host: String, _ port: Int, _ server: HTTPServerBuilder, _ router: Router<APIContext>,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let application = Application(
            router: router, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "warren",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
        do {
            try await application.runToTheEnd()
        } catch let error as IOError where Self.meansNoPort.contains(error.errnoCode) {
            throw NodeFault(
                .refused,
                """
                the API cannot listen on \(host):\(port): \
                \(String(cString: strerror(error.errnoCode))). Stop what uses the port, or choose \
                another.
                """)
        }
    }

    private static var channel: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowReaderGuard(patience: patience)],
            idleTimeout: patience)
    }

    private static var lanChannel: HTTP1Channel.Configuration {
        let quota = AddressQuota()
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                AddressQuotaGuard(quota), SlowReaderGuard(patience: patience),
            ], idleTimeout: patience)
    }

    private static let meansNoPort = [EADDRINUSE, EADDRNOTAVAIL, EACCES]

    /// - Parameter lan: the door to the local network; `nil` for loopback.
    func router(for lan: LANDoor? = nil) -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestIDs())
        if let lan {
            router.add(middleware: NameGuard(names: lan.names))
            router.add(middleware: DeskGate(desks: desks, cookies: cookies))
            if let root = lan.root { RootController(root: root).add(to: router) }
        } else {
            router.add(middleware: LoopbackGuard())
        }
        router.add(
            middleware: SignedIn(door: door, operatorKey: operatorKey, cookies: cookies))
        PageController().add(to: router)
        var api = RouteTable(router)
        let paths = CollectionPaths(node.replica.schema, hidden: desk.packs.hidden)
        addDesk(&api)
        let status = StatusController(
            node: node, startedAt: node.environment.wallMilliseconds())
        let records = RecordsController(node: node, paths: paths)
        let checkIns = CheckInController(desk: desk, door: door)
        let sessions = SessionsController(door: door, cookies: cookies)
        api.get("health", use: status.health)
        api.get("sync/status", use: status.sync)
        api.post("sync/verify", use: status.verify)
        api.post("sync/dial", use: status.dial)
        api.post("sessions", use: sessions.signIn)
        api.get("sessions/staff", use: sessions.members)
        api.get("sessions/current", use: sessions.current)
        api.delete("sessions/current", use: sessions.signOut)
        api.post("stays:checkin", use: checkIns.checkIn)
        api.post("stays:print-labels", use: LabelsController(desk: desk).make)
        api.post("scans", use: ScansController(desk: desk).scan)
        addOperating(&api)
        addDevices(&api, records)
        let writing = WritingController(desk: desk, door: door, paths: paths)
        api.get(":collection", use: records.list)
        api.get(":collection/:id", use: records.one)
        api.post(":collection", use: writing.create)
        api.patch(":collection/:id", use: writing.change)
        api.delete(":collection/:id", use: writing.delete)
        let document = DocumentController(desk.packs, describing: api.routes, cookies: cookies)
        api.get("openapi.json", use: document.show)
        api.refuseOthers()
        return router
    }

    /// Other boxes, other desks, and who works here.
    private func addOperating(_ api: inout RouteTable) {
        let staff = StaffController(door: door)
        api.post("staff:enrol", use: staff.enrol)
        api.post("staff:set-pin", use: staff.setPIN)
        let pairings = PairingsController(host: pairing)
        api.post("pairings", use: pairings.open)
        api.get("pairings/current", use: pairings.current)
        api.post("pairings/current:approve", use: pairings.approve)
        api.post("pairings/current:decline", use: pairings.decline)
        let workstations = DesksController(desks: desks, cookies: cookies)
        api.get("desks", use: workstations.list)
        api.get("desks/current", use: workstations.current)
        api.post("desks:ask", use: workstations.ask)
        api.post("desks:approve", use: workstations.approve)
        api.delete("desks/:id", use: workstations.remove)
    }

    /// What the desk's page asks for.
    private func addDesk(_ api: inout RouteTable) {
        let guests = GuestsController(node: node, desk: desk)
        let events = EventsController(
            node: node, events: EventText(node.replica.schema, hidden: desk.packs.hidden),
            door: door, desks: desks, cookies: cookies)
        api.get(
            "search", use: SearchController(node: node, desk: desk, search: search).find)
        api.get("arrivals", use: guests.arrivals)
        api.get("in-house", use: guests.inHouse)
        api.get("stays:checkin", use: guests.sheet)
        api.get("events", use: events.follow)
    }

    /// Printers, scanners and what is printed.
    private func addDevices(_ api: inout RouteTable, _ records: RecordsController) {
        let devices = DevicesController(node: node, desk: desk, hardware: hardware)
        let jobs = PrintJobsController(
            node: node, desk: desk, hardware: hardware, records: records)
        api.get("devices", use: devices.list)
        api.get("devices/:id", use: devices.one)
        api.get("devices/:id/picture", use: devices.picture)
        api.post("devices/:id", use: devices.act)
        api.get("print-jobs", use: jobs.list)
        api.post("print-jobs", use: jobs.create)
        api.get("print-jobs/:id", use: jobs.one)
        api.get("print-jobs/:id/picture", use: jobs.picture)
        api.post("print-jobs/:id", use: jobs.act)
    }
}
