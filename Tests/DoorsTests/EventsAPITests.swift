import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import EdgeNode
@testable import LANAPI

/// What happens at the box, as pages are told of it over a real connection.
@Suite(.timeLimit(.minutes(5))) struct EventsAPITests {
    @Test func `a change is told at once, by name and without a word of what is in it`()
        async throws
    {
        try await Self.listening { box, port, token in
            try await EventReader.with(port, token) { reader in
                let first = try await reader.next()
                #expect(first.name == "hello")
                let dog = try await box.animal("Unmistakable")
                let event = try await reader.next()
                #expect(event.name == "records")
                #expect(event.data == #"{"animals":["\#(RowName.text(dog))"]}"#)
                #expect(EventCursor(event.id) != nil)
            }
        }
    }

    @Test func `who comes back with a cursor gets what was missed, and nothing twice`() async throws
    {
        try await Self.listening { box, port, token in
            _ = try await box.animal("Before")
            let cursor = try await EventReader.with(port, token) { reader in
                _ = try await reader.next()
                _ = try await box.animal("Seen")
                return try await reader.next().id
            }
            let missed = try await box.animal("Missed")
            try await EventReader.with(port, token, lastEventID: cursor) { reader in
                let old = try await reader.next()
                #expect(old.data.contains(RowName.text(missed)))
                let live = try await box.animal("Live")
                let new = try await reader.next()
                #expect(new.data.contains(RowName.text(live)))
            }
        }
    }

    @Test(arguments: ["0.0", "ffff.12", "nonsense", "1.99999999999999999999"])
    func `a cursor of another life answers reset`(cursor: String) async throws {
        try await Self.listening { box, port, token in
            _ = try await box.animal("Before")
            try await EventReader.with(port, token, lastEventID: cursor) { reader in
                let first = try await reader.next()
                #expect(first.name == "reset")
            }
        }
    }

    @Test func `scans, devices, jobs and links are told as what they are`() async throws {
        try await Self.listening { box, port, token in
            try await EventReader.with(port, token) { reader in
                _ = try await reader.next()
                let scan = DeskScan(
                    device: "usb-1", code: "WRN1:\"x\"", symbology: "qr", isVirtual: true)
                let hub = box.node.events
                hub.post(.scan(scan), at: 1)
                hub.post(.device(id: "usb-1", state: "gone"), at: 1)
                hub.post(.printJob(RowID(7), state: "held", detail: "no_paper"), at: 1)
                box.node.board.unreachable("127.0.0.1:1", "nobody", at: 1)
                var events: [EventReader.Event] = []
                for _ in 0..<4 { events.append(try await reader.next()) }
                #expect(events.map(\.name) == ["scan", "device", "print-job", "sync"])
                let data = events[0].data
                #expect(data.contains(#""code":"WRN1:\"x\"""#))
                #expect(events[2].data.contains(#""detail":"no_paper""#))
            }
        }
    }

    @Test func `secrets are told to nobody, and many rows as one collection`() async throws {
        try await Self.listening { box, port, token in
            try await EventReader.with(port, token) { reader in
                _ = try await reader.next()
                _ = try await box.add("credential", ["kind": .text("pin"), "hash": .text("x")])
                _ = try await box.importDogs(200)
                var told = ""
                while !told.contains("import-batches") { told += try await reader.next().data }
                #expect(!told.contains("credential"))
                #expect(told.contains(#""animals":null"#))
            }
        }
    }

    @Test func `a stream ends with its session, and not before`() async throws {
        let beats = QuickBeats()
        try await TemporaryNode.with(in: beats.environment) { box in
            let token = try await box.token(.desk)
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                async let stream = client.execute(
                    uri: "/api/v1/events", method: .get,
                    headers: [.authorization: "Bearer \(token)"])
                await beats.pass(3)
                let dog = try await box.animal("Before")
                await beats.pass(3)
                box.door.signOut(token)
                let told = String(buffer: try await stream.body)
                #expect(told.contains(RowName.text(dog)))
            }
        }
    }

    @Test func `the node ends although pages listen`() async throws {
        try await Self.listening { _, port, token in
            try await EventReader.with(port, token) { _ = try await $0.next() }
        }
    }

    private static func listening(
        _ body: @Sendable @escaping (TemporaryNode, Int, String) async throws -> Void
    ) async throws {
        try await TemporaryNode.with { box in
            let rosa = try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first)
            let session = try await box.door.signIn(staff: rosa.id, pin: rosa.pin)
            let (ports, port) = AsyncStream<Int>.makeStream()
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) { port.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                var found = ports.makeAsyncIterator()
                let port = try #require(await found.next())
                try await body(box, port, session.token)
                group.cancelAll()
                // Cancelled in the middle of what it did.
                do { try await group.waitForAll() } catch is CancellationError {}
            }
        }
    }
}

/// Reads server-sent events from a socket, one at a time.
struct EventReader {
    struct Event: Equatable {
        var name = ""
        var id = ""
        var data = ""
    }

    private var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var text = ""

    private init(_ parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) {
        self.parts = parts
    }

    static func with<Result>(
        _ port: Int, _ token: String, lastEventID: String? = nil,
        _ body: (inout EventReader) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let resume = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
            try await outbound.write(
                ByteBuffer(
                    string: "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        + "Authorization: Bearer \(token)\r\n\(resume)\r\n"))
            var reader = EventReader(inbound.makeAsyncIterator())
            return try await body(&reader)
        }
    }

    /// The next event that has a name; comments are passed over.
    mutating func next() async throws -> Event {
        while true {
            if let end = text.range(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                var event = Event()
                for line in block.split(whereSeparator: \.isNewline) {
                    if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                    if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                    if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
                }
                if !event.name.isEmpty { return event }
                continue
            }
            guard let part = try await parts.next(isolation: #isolation) else {
                throw ChannelError.eof
            }
            text += String(buffer: part)
        }
    }
}
