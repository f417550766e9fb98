public import EdgeNode
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore

/// Where the `import` verb speaks to the running node: a Unix socket in the node's folder, which
/// only the node's own account may open. It needs no log-in for that reason, and it takes paths,
/// which nobody on the network may name.
public struct ImportDoor: Sendable {
    private let importing: FileImport
    private let path: String
    private let logger: Logger
    private let turn = ImportTurn()

    /// The longest path that a socket may have (`sockaddr_un`, unix(7)), its end included.
    public static let pathBytesMax = 108
    private static let orderBytesMax = 4 << 20

    /// - Parameter path: of the socket; one that a crash left behind is replaced.
    /// - Throws: `NodeFault` for a path that is too long.
    public init(_ importing: FileImport, path: String, logger: Logger) throws {
        guard path.utf8.count < Self.pathBytesMax else {
            throw NodeFault(
                .refused,
                """
                \(path) is too long for a socket's name, so `warren import` works only while this \
                node is stopped. Move its folder to a shorter path.
                """)
        }
        self.importing = importing
        self.path = path
        self.logger = logger
    }

    /// Answers until cancelled or told to shut down.
    ///
    /// - Parameter onRunning: called once orders are taken.
    public func run(onRunning: @escaping @Sendable () async -> Void = {}) async throws {
        // This process owns the folder: whoever left a socket there has ended.
        try? FileManager.default.removeItem(atPath: path)
        let router = Router(context: APIContext.self)
        router.add(middleware: RequestIDs())
        router.post("imports", use: take)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: path), serverName: "warren"),
            onServerRunning: { _ in await onRunning() }, logger: logger)
        try await application.runToTheEnd()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The body is an `ImportOrder`.
    private func take(_ request: Request, _ context: APIContext) async throws -> Response {
        let bytes = try await request.bytes(upTo: Self.orderBytesMax)
        let order: ImportOrder
        do {
            order = try JSONDecoder().decode(ImportOrder.self, from: Data(bytes))
        } catch {
            throw Problem.badRequest("the order is not of this program's version")
        }
        return try await answer(order)
    }

    /// The answer is an `ImportNotice` a line, as they happen. The import begins when the body is
    /// asked for and goes no further than its listener: one that hangs up ends it after the
    /// transaction that is being written, and the next order goes on from there. An answer that
    /// nobody ever reads gives its turn back.
    func answer(_ order: ImportOrder) async throws -> Response {
        guard let holder = await turn.begin() else {
            throw Problem(
                .conflict, "busy", "An import is running",
                "another import is running; wait for its end, then try again")
        }
        let (importing, turn) = (importing, turn)
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                let pipe = NoticePipe()
                async let work: Void = Self.perform(order, importing, pipe, turn, holder)
                do {
                    while let notice = await pipe.next() {
                        try await writer.write(try Self.line(notice))
                    }
                } catch {
                    await pipe.close()
                    await work
                    throw error
                }
                await work
                try await writer.finish(nil)
            })
    }

    private static func perform(
        _ order: ImportOrder, _ importing: FileImport, _ pipe: NoticePipe, _ turn: ImportTurn,
        _ holder: ImportTurn.Holder
    ) async {
        do {
            try await importing.run(order) { try await pipe.send($0) }
        } catch is CancellationError {
            // Whoever asked hung up, or the node ends: the next order goes on from here.
        } catch {
            try? await pipe.send(.failed(FaultWords.of(error)))
        }
        await turn.end(holder)
        await pipe.end()
    }

    private static func line(_ notice: ImportNotice) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeBytes(try JSONEncoder().encode(notice))
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }
}

/// One import at a time: two would only wait for each other's transactions.
private actor ImportTurn {
    /// The turn is its holder's for as long as anybody keeps the holder: whoever asked may hang up
    /// before the import begins, and then no code of ours runs any more.
    final class Holder: Sendable {}

    private weak var current: Holder?

    /// Nil while another import runs.
    func begin() -> Holder? {
        guard current == nil else { return nil }
        let holder = Holder()
        current = holder
        return holder
    }

    /// Gives the turn back before its holder is gone.
    func end(_ holder: Holder) {
        if current === holder { current = nil }
    }
}

/// Hands notices from the import to the connection, a few at a time: whoever reads slowly makes the
/// import wait. One sends and one takes.
private actor NoticePipe {
    private static let noticesMax = 64

    private var notices: [ImportNotice] = []
    private var hasEnded = false
    private var isClosed = false
    private var isFull: Bool { notices.count >= Self.noticesMax && !isClosed }
    private var isDry: Bool { notices.isEmpty && !hasEnded }
    private var sender: CheckedContinuation<Void, Never>?
    private var taker: CheckedContinuation<Void, Never>?

    /// - Throws: `CancellationError` once nobody takes any more.
    func send(_ notice: ImportNotice) async throws {
        while isFull {
            // Others may have had a turn before it waits.
            await withCheckedContinuation { if isFull { sender = $0 } else { $0.resume() } }
        }
        if isClosed { throw CancellationError() }
        notices.append(notice)
        wakeTaker()
    }

    /// Nil after the last.
    func next() async -> ImportNotice? {
        while isDry {
            await withCheckedContinuation { if isDry { taker = $0 } else { $0.resume() } }
        }
        guard !notices.isEmpty else { return nil }
        let notice = notices.removeFirst()
        wakeSender()
        return notice
    }

    func end() {
        hasEnded = true
        wakeTaker()
    }

    func close() {
        isClosed = true
        wakeSender()
    }

    private func wakeTaker() {
        taker?.resume()
        taker = nil
    }

    private func wakeSender() {
        sender?.resume()
        sender = nil
    }
}
