import CRDT
import Foundation
import Logging
import PeerTransport
import RelayNode
import RelayStorage
import Signing
import SyncProtocol
import Testing

@testable import warren_relay

/// A relay behind TLS 1.3, in this process, over a real socket.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RelayTLSTests {
    @Test func `a login is tied to the certificate, and the relay is known by it`() async throws {
        let folder = try TemporaryFolder()
        try Self.makeCertificate("relay", in: folder.url)
        try Self.makeCertificate("other", in: folder.url)
        let store = try Self.store(folder)
        let listener = try await PeerListener.bind(
            try PeerAddress("127.0.0.1:0", isSecured: true),
            options: .relay(
                try .server(
                    certificate: folder.url.appending(path: "relay.pem").path,
                    key: folder.url.appending(path: "relay.key").path), links: 16),
            logger: Self.quiet)
        let relay = Relay(
            store: store, signatures: Ed25519Signatures(), hasher: BLAKE2bHasher(),
            environment: .system)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in await relay.serve(link, binding: link.binding) }
            }
            var box = SocketBox(address: listener.address, relay: store.relay)
            await #expect(throws: TransportError.self) {
                try await box.enter(1) { _, entered in entered }
            }
            box.security = try .client(roots: folder.url.appending(path: "other.pem").path)
            await #expect(throws: TransportError.self) {
                try await box.enter(1) { _, entered in entered }
            }
            box.security = try .client(roots: folder.url.appending(path: "relay.pem").path)
            let token = try #require(InviteToken(bytes: [UInt8](repeating: 3, count: 32)))
            try await store.admit(invite: token.hash(BLAKE2bHasher()), expires: .max)
            try await box.settle(token)
            #expect(try await box.append([[5]])[0].get().number == 1)
            // Through TLS, but signed as if there were none: what a go-between would pass on.
            let answers = Ends()
            try await PeerDialer(box.address, options: .relay(box.security)).withLink { link in
                let toy = ToyBox(link, keys: 1)
                await answers.put(
                    await toy.enter(SocketBox.mailbox, at: store.relay, .loopback))
            }
            #expect(await answers.end == .failure(.notAdmitted))
            group.cancelAll()
        }
    }

    @Test func `a certificate that is none, or not the key's, is refused with both names`() throws {
        let folder = try TemporaryFolder()
        try Self.makeCertificate("one", in: folder.url)
        try Self.makeCertificate("two", in: folder.url)
        let (one, two) = (
            folder.url.appending(path: "one.pem").path, folder.url.appending(path: "two.key").path
        )
        for (certificate, key) in [(one, two), (one, "nowhere.key"), (two, two)] {
            let error = #expect(throws: TransportError(.noCertificate, "")) {
                try TransportSecurity.server(certificate: certificate, key: key)
            }
            #expect(error?.message.contains(certificate) == true)
        }
    }

    private actor Ends {
        private(set) var end: Result<MailboxStanding, RelayCloseReason>?

        func put(_ end: Result<MailboxStanding, RelayCloseReason>) { self.end = end }
    }

    private static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

    private static func store(_ folder: TemporaryFolder) throws -> SQLiteMailboxStore {
        try SQLiteMailboxStore(
            path: folder.url.appending(path: "relay.db").path, hasher: BLAKE2bHasher())
    }

    /// A self-signed one for this machine, by the tool that operators use.
    static func makeCertificate(_ name: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
            folder.appending(path: name + ".key").path, "-out",
            folder.appending(path: name + ".pem").path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
