internal import EdgeNode
internal import FrontDesk
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// `GET /events`: what happens at this box, as server-sent events (WHATWG HTML, 9.2).
struct EventsController: Sendable {
    let node: Node
    let events: EventText
    let door: StaffDoor
    let desks: DeskBook
    let cookies: CookieNames

    /// A connection that says nothing is cut by routers on the way, and a page that died is noticed
    /// only by writing to it.
    private static let silenceMax = Duration.seconds(15)
    /// Unread lines of one page; beyond them it is cut off and comes back with its cursor.
    private static let unreadMax = 1_024

    func follow(_ request: Request, _ context: APIContext) async throws -> Response {
        let listener = Listener(
            session: try context.signedIn(for: .editRecords).token,
            desk: context.isLocal ? nil : cookies.deskToken(request) ?? "", door: door,
            desks: desks)
        let known = try Self.cursor(request)
        guard let following = node.events.follow(after: known) else {
            throw Problem(
                .serviceUnavailable, "busy", "Too many pages listen to this box",
                "close some pages, then load this one again")
        }
        let (events, hub, environment) = (events, node.events, node.environment)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                .accelBuffering: "no",
            ],
            body: ResponseBody { writer in
                try await Self.write(
                    following, for: listener, hub.life, events, environment, to: &writer)
                try await writer.finish(nil)
            })
    }

    /// Ends when the page hangs up, falls behind, its session or desk is out, or the node ends.
    private static func write(
        _ following: EventHub.Following, for listener: Listener, _ life: UInt64,
        _ events: EventText,
        _ environment: NodeEnvironment, to writer: inout any ResponseBodyWriter
    ) async throws {
        let (lines, line) = AsyncStream<String>.makeStream(
            bufferingPolicy: .bufferingOldest(unreadMax))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in following.events {
                    guard let text = events.text(of: event, life: life) else { continue }
                    // A page that does not read its events is let go.
                    if case .dropped = line.yield(text) { break }
                }
                line.finish()
            }
            group.addTask {
                try await environment.sleep(silenceMax)
                while await listener.mayStay {
                    line.yield(EventText.silence)
                    try await environment.sleep(silenceMax)
                }
                line.finish()
            }
            group.addTask {
                try await gracefulShutdown()
                line.finish()
            }
            try await writer.write(ByteBuffer(string: events.greeting(following.start)))
            for await text in lines { try await writer.write(ByteBuffer(string: text)) }
            group.cancelAll()
        }
    }

    /// Who listens: looked at with each beat, for a stream has no next request that could be
    /// refused.
    private struct Listener {
        let session: String
        /// The desk's token; nil on loopback.
        let desk: String?
        let door: StaffDoor
        let desks: DeskBook

        var mayStay: Bool {
            get async {
                if let desk {
                    guard case .enrolled = await desks.standing(desk) else { return false }
                }
                // Who cannot be looked up is not told more; the page comes back and asks.
                let standing = try? door.standing(session)
                return standing?.may(.editRecords) ?? false
            }
        }
    }

    /// Where a page goes on: browsers say it in a header, programs may say it in the query.
    private static func cursor(_ request: Request) throws(Problem) -> EventCursor? {
        let query = try QueryTexts(request, known: ["after"])
        guard let text = request.headers[.lastEventID] ?? query["after"], !text.isEmpty else {
            return nil
        }
        // One that we did not write is of another box or another life: the answer is a reset.
        return EventCursor(text) ?? EventCursor(life: 0, sequence: 0)
    }
}

/// Closes a connection whose other side takes no bytes for a while: whatever it asked for, it does
/// not hold a place for ever.
final class SlowReaderGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?

    init(patience: TimeAmount) { self.patience = patience }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        if !context.channel.isWritable {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: patience) {
                channel.close(mode: .all, promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }
}
