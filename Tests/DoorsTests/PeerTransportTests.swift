import Certificates
import Foundation
import Logging
import NIOCore
import NIOPosix
import PeerTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct PeerTransportTests {
    @Test func `ten thousand messages come back in order and unchanged`() async throws {
        try await withListener { link in
            while let message = await link.receive() { try? await link.send(message) }
        } dialling: { link in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<10_000 { try? await link.send(Self.message(number)) }
                }
                for number in 0..<10_000 {
                    let answer = await link.receive()
                    guard answer == Self.message(number) else {
                        Issue.record("message \(number) came back changed")
                        return
                    }
                }
            }
        }
    }

    @Test func `a cut way and a foreign certificate are told apart`() async throws {
        func authority() throws -> BoxAuthority {
            try BoxAuthority(makingFor: "relay", names: try ServerNames(["localhost"]), at: Date())
        }
        let (own, foreign) = (try authority(), try authority())
        let leaf = try own.issue(at: Date())
        var options = PeerTransportOptions.patient
        options.security = try .server(holding: leaf.certificate, key: leaf.key)
        let listener = try await PeerListener.bind(
            try PeerAddress("127.0.0.1:0"), options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let wire = try await WireTap.bind(to: listener.address)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run { link in _ = await link.receive() } }
            group.addTask { try await wire.run { _, _ in } }
            func dial(_ host: String, trusting root: BoxAuthority?) async throws {
                var options = PeerTransportOptions.patient
                if let root {
                    options.security = try .client(pem: Array(root.certificate.utf8))
                }
                let address = try PeerAddress(
                    host: host, port: wire.address.port, isSecured: root != nil)
                try await PeerDialer(address, options: options).withLink { _ in }
            }
            try await dial("localhost", trusting: own)
            await #expect(throws: TransportError(.untrusted, "")) {
                try await dial("localhost", trusting: foreign)
            }
            // The right root, and a name that the certificate does not bear.
            await #expect(throws: TransportError(.untrusted, "")) {
                try await dial("127.0.0.1", trusting: own)
            }
            wire.cut()
            #expect(wire.isCut)
            for root in [own, nil] {
                await #expect(throws: TransportError(.cut, "")) {
                    try await dial("localhost", trusting: root)
                }
            }
            group.cancelAll()
        }
    }

    @Test func `boxes meet inside TLS, and one without it gets no link`() async throws {
        let authority = try BoxAuthority(
            makingFor: "box", names: try ServerNames(["box.invalid"]), at: Date())
        let leaf = try authority.issue(at: Date())
        var options = PeerTransportOptions.patient
        options.security = try .server(holding: leaf.certificate, key: leaf.key)
        options.morePaths = [PeerAddress.pairingPath]
        let listener = try await PeerListener.bind(
            try PeerAddress("127.0.0.1:0"), options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    try? await link.send(Array(link.path.utf8))
                    _ = await link.receive()
                }
            }
            for path in [PeerAddress.path, PeerAddress.pairingPath] {
                var dialling = PeerTransportOptions.patient
                dialling.security = try .boxes()
                dialling.path = path
                try await PeerDialer(listener.address, options: dialling).withLink { link in
                    #expect(await link.receive() == Array(path.utf8))
                }
            }
            await #expect(throws: TransportError.self) {
                try await PeerDialer(listener.address, options: .patient).withLink { _ in }
            }
            group.cancelAll()
        }
    }

    @Test func `a message at the limit passes and one above it is refused before it is sent`()
        async throws
    {
        let options = PeerTransportOptions()
        let received = Mailbox()
        try await withListener { link in
            await received.put(await link.receive())
        } dialling: { link in
            await #expect(throws: TransportError(.messageTooLarge, "")) {
                try await link.send([UInt8](repeating: 7, count: options.messageBytesMax + 1))
            }
            try? await link.send([UInt8](repeating: 7, count: options.messageBytesMax))
            _ = await link.receive()
        }
        #expect(await received.messages.first??.count == options.messageBytesMax)
    }

    @Test func `an oversize message from a careless peer ends the link with a reason`()
        async throws
    {
        var tight = PeerTransportOptions.patient
        tight.messageBytesMax = 1_000
        let errors = Mailbox()
        try await withListener(options: tight, dialler: .patient) { link in
            _ = await link.receive()
            if let trouble = link.trouble { await errors.put(trouble) }
        } dialling: { link in
            try? await link.send([UInt8](repeating: 1, count: 2_000))
            _ = await link.receive()
        }
        #expect(await errors.errors.first == TransportError(.messageTooLarge, ""))
    }

    @Test func `a peer that answers nothing, not even pings, is dropped`() async throws {
        var quick = PeerTransportOptions.patient
        quick.pingInterval = .milliseconds(50)
        quick.silenceMax = .milliseconds(200)
        let errors = Mailbox()
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: quick, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    _ = await link.receive()
                    if let trouble = link.trouble { await errors.put(trouble) }
                    await errors.close()
                }
            }
            let mute = try await MutePeer.connect(listener.address.port)
            await errors.waitUntilClosed()
            try? await mute.close()
            group.cancelAll()
        }
        #expect(await errors.errors.first == TransportError(.silent, ""))
    }

    @Test func `when one side closes the other hears the end`() async throws {
        let ends = Mailbox()
        try await withListener { link in
            await ends.put(await link.receive())
        } dialling: { link in
            await link.close()
            await ends.put(await link.receive())
        }
        #expect(await ends.messages == [nil, nil])
    }

    @Test func `cancelling ends listener, dialer and every link`() async throws {
        let opened = Mailbox()
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient, logger: quiet)
        let dialer = PeerDialer(listener.address, options: .patient)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run { link in _ = await link.receive() } }
            for _ in 0..<8 {
                group.addTask {
                    try await dialer.withLink { link in
                        await opened.put([])
                        if await opened.messages.count == 8 { await opened.close() }
                        _ = await link.receive()
                    }
                }
            }
            await opened.waitUntilClosed()
            group.cancelAll()
        }
        await #expect(throws: TransportError(.cannotReach, "")) {
            try await dialer.withLink { _ in }
        }
    }

    @Test func `a first message that comes in one piece with the upgrade is not lost`()
        async throws
    {
        let heard = Mailbox()
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    try? await link.send([UInt8](repeating: 9, count: 1_000))
                    _ = await link.receive()
                }
            }
            let hoarder = try await Hoarder.bind(before: listener.address.port, least: 1_000)
            group.addTask { try await hoarder.run() }
            let address = try PeerAddress(host: "127.0.0.1", port: hoarder.port)
            try await PeerDialer(address, options: .patient).withLink { link in
                await heard.put(await link.receive())
            }
            group.cancelAll()
        }
        #expect(await heard.messages == [[UInt8](repeating: 9, count: 1_000)])
    }

    @Test func `a sender is never ahead of its receiver by more than the way between holds`()
        async throws
    {
        let sent = Mailbox()
        let message = 250_000
        // Both sockets at their largest, and on either side what the channels hold.
        let onTheWay = try Self.socketBytesMax() / message + 32
        let messages = 2 * onTheWay
        try await withListener { link in
            for _ in 0..<messages {
                guard (try? await link.send([UInt8](repeating: 9, count: message))) != nil else {
                    return await sent.close()
                }
                await sent.count()
            }
            _ = await link.receive()
        } dialling: { link in
            for received in 0..<messages {
                // With all before it taken, one more always fits.
                await sent.waitUntilCounted(received + 1)
                let ahead = await sent.counted - received
                guard ahead <= onTheWay else {
                    Issue.record("\(ahead) messages are on the way, which holds \(onTheWay)")
                    return
                }
                guard await link.receive() != nil else {
                    Issue.record("the link ended after \(received) messages")
                    return
                }
            }
        }
    }

    /// What the kernel lets one TCP connection queue in one direction: all it may send and receive.
    private static func socketBytesMax() throws -> Int {
        try ["tcp_wmem", "tcp_rmem"].reduce(0) { sum, name in
            let text = try String(contentsOfFile: "/proc/sys/net/ipv4/\(name)", encoding: .utf8)
            let most = text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
            return sum + (try #require(most))
        }
    }

    @Test func `a browser at the peer port is told what it is`() async throws {
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run { _ in } }
            let answer = try await MutePeer.ask(listener.address.port)
            #expect(answer.contains("426"))
            #expect(answer.contains("/sync/v1"))
            group.cancelAll()
        }
    }

    @Test(arguments: ["0.0.0.0:1", "10.0.0.5:7071", "example.org:80"])
    func `an address beyond this machine is refused until there is TLS`(text: String) {
        #expect(throws: TransportError(.addressRefused, "")) { try PeerAddress(text) }
    }

    private static func message(_ number: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 700)
            + [UInt8(truncatingIfNeeded: number >> 8)]
    }

    private func withListener(
        options: PeerTransportOptions = .patient,
        dialler: PeerTransportOptions? = nil,
        _ serve: @escaping @Sendable (WebSocketLink) async -> Void,
        dialling: @escaping @Sendable (WebSocketLink) async -> Void
    ) async throws {
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: options, logger: quiet)
        let served = Mailbox()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    await serve(link)
                    await served.close()
                }
            }
            try await PeerDialer(listener.address, options: dialler ?? options)
                .withLink(dialling)
            await served.waitUntilClosed()
            group.cancelAll()
        }
    }

    private var quiet: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}

/// Collects what links delivered and lets a test wait for a moment.
private actor Mailbox {
    private(set) var messages: [[UInt8]?] = []
    private(set) var errors: [TransportError] = []
    private(set) var counted = 0
    private var isClosed = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var counters: [(wanted: Int, waiter: CheckedContinuation<Void, Never>)] = []

    func put(_ message: [UInt8]?) { messages.append(message) }
    func put(_ error: any Error) {
        if let error = error as? TransportError { errors.append(error) }
    }
    func count() {
        counted += 1
        counters.removeAll { wanted, waiter in
            if wanted <= counted { waiter.resume() }
            return wanted <= counted
        }
    }

    func close() {
        isClosed = true
        for waiter in waiters + counters.map(\.waiter) { waiter.resume() }
        (waiters, counters) = ([], [])
    }

    /// Returns at once when closed.
    func waitUntilCounted(_ wanted: Int) async {
        if isClosed || counted >= wanted { return }
        await withCheckedContinuation { counters.append((wanted, $0)) }
    }

    func waitUntilClosed() async {
        if isClosed { return }
        await withCheckedContinuation { waiters.append($0) }
    }
}

/// Raw sockets: one that upgrades and then says nothing, one that asks as a browser does.
private enum MutePeer {
    static func connect(_ port: Int) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        let request = """
            GET /sync/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        try await channel.writeAndFlush(ByteBuffer(string: request))
        return channel
    }

    static func ask(_ port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
            var answer = ""
            for try await part in inbound { answer += String(buffer: part) }
            return answer
        }
    }
}
