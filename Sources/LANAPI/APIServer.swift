public import EdgeNode
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore

/// The API of one node on one loopback address: reading this file is reading its routes.
public struct APIServer: Sendable {
    /// Where it is to listen.
    public let host: String
    public let port: Int
    private let node: Node
    private let desk: Desk
    private let door: StaffDoor
    private let pairing: PairingHost
    private let operatorKey: OperatorKey?
    private let search: SearchDesk
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    /// How long a connection may say nothing, between requests or in the middle of one.
    private static let patience = TimeAmount.seconds(30)

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - pairing: where boxes are admitted.
    ///   - operatorKey: lets verbs of the folder's owner in; without it only staff.
    ///   - onListening: told the port once requests are answered.
    /// - Throws: `NodeFault` for any address but loopback, which needs TLS and log-ins first.
    public init(
        _ node: Node, _ desk: Desk, _ door: StaffDoor, pairing: PairingHost? = nil,
        operatorKey: OperatorKey? = nil, host: String, port: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw NodeFault(
                .refused,
                """
                the API listens on loopback only: TLS and log-ins come with a later version. \
                Use 127.0.0.1 instead of \(host).
                """)
        }
        self.node = node
        self.desk = desk
        self.door = door
        self.pairing = pairing ?? PairingHost(node)
        self.operatorKey = operatorKey
        search = SearchDesk(node, desk.packs)
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers requests until cancelled or told to shut down; running ones are finished.
    ///
    /// - Throws: `NodeFault` where the port is not to be had.
    public func run() async throws {
        let onListening = onListening
        let application = Application(
            router: router(),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [SlowReaderGuard(patience: Self.patience)],
                    idleTimeout: Self.patience)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "warren"),
            onServerRunning: { [search, logger] channel in
                do { try await search.warmUp() } catch { logger.warning("search: \(error)") }
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where Self.meansNoPort.contains(error.errnoCode) {
            throw NodeFault(
                .refused,
                "the API cannot listen on \(host):\(port): \(error). Stop what uses the port, or "
                    + "choose another.")
        }
    }

    private static let meansNoPort = [EADDRINUSE, EADDRNOTAVAIL, EACCES]

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestIDs())
        router.add(middleware: LoopbackGuard())
        router.add(middleware: SignedIn(door: door, operatorKey: operatorKey))
        PageController().add(to: router)
        var api = RouteTable(router)
        let paths = CollectionPaths(node.replica.schema, hidden: desk.packs.hidden)
        addDesk(&api)
        let status = StatusController(
            node: node, startedAt: node.environment.wallMilliseconds())
        let records = RecordsController(node: node, paths: paths)
        let checkIns = CheckInController(desk: desk, door: door)
        let sessions = SessionsController(door: door)
        api.get("health", use: status.health)
        api.get("sync/status", use: status.sync)
        api.post("sync/verify", use: status.verify)
        api.post("sessions", use: sessions.signIn)
        api.get("sessions/staff", use: sessions.members)
        api.get("sessions/current", use: sessions.current)
        api.delete("sessions/current", use: sessions.signOut)
        api.post("stays:checkin", use: checkIns.checkIn)
        api.post("scans", use: ScansController(desk: desk).scan)
        let staff = StaffController(door: door)
        api.post("staff:enrol", use: staff.enrol)
        api.post("staff:set-pin", use: staff.setPIN)
        let pairings = PairingsController(host: pairing)
        api.post("pairings", use: pairings.open)
        api.get("pairings/current", use: pairings.current)
        api.post("pairings/current:approve", use: pairings.approve)
        api.post("pairings/current:decline", use: pairings.decline)
        let writing = WritingController(desk: desk, paths: paths)
        api.get(":collection", use: records.list)
        api.get(":collection/:id", use: records.one)
        api.post(":collection", use: writing.create)
        api.patch(":collection/:id", use: writing.change)
        api.delete(":collection/:id", use: writing.delete)
        let document = DocumentController(desk.packs, describing: api.routes, site: node.facts.name)
        api.get("openapi.json", use: document.show)
        api.refuseOthers()
        return router
    }

    /// What the desk's page asks for.
    private func addDesk(_ api: inout RouteTable) {
        let guests = GuestsController(node: node, desk: desk)
        let events = EventsController(
            node: node, events: EventText(node.replica.schema, hidden: desk.packs.hidden))
        api.get(
            "search", use: SearchController(node: node, desk: desk, search: search).find)
        api.get("arrivals", use: guests.arrivals)
        api.get("in-house", use: guests.inHouse)
        api.get("stays:checkin", use: guests.sheet)
        api.get("events", use: events.follow)
    }
}
