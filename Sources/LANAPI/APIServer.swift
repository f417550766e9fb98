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
    private let hardware: Hardware?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    /// How long a connection may say nothing, between requests or in the middle of one.
    private static let patience = TimeAmount.seconds(30)

    /// - Parameters:
    ///   - hardware: nil where nothing is printed and no device looked after.
    ///   - port: 0 lets the system choose.
    ///   - onListening: told the port once requests are answered.
    /// - Throws: `NodeFault` for any address but loopback, which needs TLS and log-ins first.
    public init(
        _ node: Node, _ desk: Desk, _ door: StaffDoor, hardware: Hardware? = nil, host: String,
        port: Int, logger: Logger,
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
        self.hardware = hardware
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
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: Self.patience)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "warren"),
            onServerRunning: { channel in
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
        router.add(middleware: SignedIn(door: door))
        let api = router.group("/api/v1")
        let paths = CollectionPaths(node.replica.schema, hidden: desk.packs.hidden)
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
        routeDevices(api, router, records)
        let writing = WritingController(desk: desk, paths: paths)
        api.get(":collection", use: records.list)
        api.get(":collection/:id", use: records.one)
        api.post(":collection", use: writing.create)
        api.patch(":collection/:id", use: writing.change)
        api.delete(":collection/:id", use: writing.delete)
        router.refuseOthers(":collection", but: [.get, .head, .post])
        router.refuseOthers(":collection/:id", but: [.get, .head, .patch, .delete])
        for path in ["health", "sync/status"] {
            router.refuseOthers(path, but: [.get, .head])
        }
        for path in ["sync/verify", "stays:checkin", "scans", "sessions"] {
            router.refuseOthers(path, but: [.post])
        }
        router.refuseOthers("sessions/staff", but: [.get, .head])
        router.refuseOthers("sessions/current", but: [.get, .head, .delete])
        return router
    }

    /// Printers, scanners and what is printed.
    private func routeDevices(
        _ api: RouterGroup<APIContext>, _ router: Router<APIContext>, _ records: RecordsController
    ) {
        let devices = DevicesController(node: node, hardware: hardware)
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
        router.refuseOthers("devices", but: [.get, .head])
        router.refuseOthers("print-jobs", but: [.get, .head, .post])
        for path in ["devices/:id", "print-jobs/:id"] {
            router.refuseOthers(path, but: [.get, .head, .post])
        }
        for path in ["devices/:id/picture", "print-jobs/:id/picture"] {
            router.refuseOthers(path, but: [.get, .head])
        }
    }
}
