import CRDT
import Foundation
import PeerTransport
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// The program itself, over real sockets and files.
@Suite(.serialized, .timeLimit(.minutes(3))) struct RelayProcessTests {
    @Test func `a relay killed after its receipt still has the item, and a cursor goes on`()
        async throws
    {
        let folder = try TemporaryFolder()
        var relay = try RelayProcess(data: folder.url)
        let id = relay.relay
        let items = (0..<20).map { [UInt8($0), 7, 7] }
        var box = SocketBox(address: relay.address, relay: id)
        try await box.settle(try RelayProcess.invite(data: folder.url))
        let start = try await box.enter(2) { _, entered in entered }.get().floor
        for (index, item) in items.prefix(10).enumerated() {
            #expect(try await box.append([item])[0].get().number == UInt64(index + 1))
        }
        guard case .page(let half, let cursor) = try await box.read(after: start) else {
            Issue.record("no page")
            return
        }
        #expect(half == Array(items.prefix(10)))
        relay.kill()

        relay = try RelayProcess(data: folder.url)
        #expect(relay.relay == id)
        box = SocketBox(address: relay.address, relay: id)
        // What was acknowledged keeps its number; the rest is new.
        let numbers = try await box.append(Array(items[8...])).map { try $0.get().number }
        #expect(numbers == (9...20).map { UInt64($0) })
        guard case .page(let rest, _) = try await box.read(after: cursor) else {
            Issue.record("no page")
            return
        }
        #expect(rest == Array(items[10...]))
        #expect(relay.interrupt() == 0)
    }

    @Test func `a wiped relay is noticed, and refilled under the same mailbox id`() async throws {
        let folder = try TemporaryFolder()
        var relay = try RelayProcess(data: folder.url)
        var box = SocketBox(address: relay.address, relay: relay.relay)
        try await box.settle(try RelayProcess.invite(data: folder.url))
        _ = try await box.append([[1], [2]])
        let old = try await box.enter(1) { _, entered in entered }.get().head
        relay.kill()
        try folder.empty()

        relay = try RelayProcess(data: folder.url)
        // Boxes know the relay by its id: the new one is another.
        box = SocketBox(address: relay.address, relay: box.relay)
        #expect(try await box.enter(1) { _, entered in entered } == .failure(.otherRelay))
        box = SocketBox(address: relay.address, relay: relay.relay)
        #expect(try await box.enter(1) { _, entered in entered } == .failure(.unknownMailbox))
        try await box.settle(try RelayProcess.invite(data: folder.url))
        guard case .reset(.generation, let floor) = try await box.read(after: old) else {
            Issue.record("no reset")
            return
        }
        _ = try await box.append([[1], [2]])
        guard case .page(let items, _) = try await box.read(after: floor) else {
            Issue.record("no page")
            return
        }
        #expect(items == [[1], [2]])
    }

    @Test func `a wrong key, a used invite and a full mailbox are refused by name`() async throws {
        let folder = try TemporaryFolder()
        let relay = try RelayProcess(data: folder.url, ["--mailbox-items", "2"])
        let box = SocketBox(address: relay.address, relay: relay.relay)
        let token = try RelayProcess.invite(data: folder.url)
        try await box.settle(token)
        #expect(try await box.enter(9) { _, entered in entered } == .failure(.notAdmitted))
        #expect(
            try await box.enter(9, .create(token)) { _, entered in entered }
                == .failure(.mailboxTaken))
        let answers = try await box.append([[1], [2], [3]])
        #expect(answers[2] == .failure(.quotaItems))
    }

    @Test func `a second relay on one folder, and plain sockets beyond loopback, are refused`()
        throws
    {
        let folder = try TemporaryFolder()
        let relay = try RelayProcess(data: folder.url)
        let second = try RelayProcess.run(["serve", "--data", folder.url.path, "--listen", "0"])
        #expect(second.status != 0 && second.said.contains("another process serves"))
        let open = try RelayProcess.run(
            ["serve", "--data", folder.url.path, "--listen", "0.0.0.0:0"])
        #expect(open.status != 0 && open.said.contains("TLS 1.3"))
        #expect(relay.interrupt() == 0)
    }

    @Test(arguments: [["--help"], ["serve", "--help"], ["invite", "--help"]])
    func `help names every option`(arguments: [String]) throws {
        let help = try RelayProcess.run(arguments)
        #expect(help.status == 0)
        let options = [
            "serve": [
                "--data", "--listen", "--certificate", "--key", "--connections",
                "--mailbox-size", "--mailbox-items",
            ],
            "invite": ["--data", "--days"],
        ][arguments[0], default: ["serve", "invite"]]
        for option in options { #expect(help.said.contains(option)) }
    }

    @Test func `the folder keeps no token`() async throws {
        let folder = try TemporaryFolder()
        let token = try RelayProcess.invite(data: folder.url)
        let bytes = try Data(contentsOf: folder.url.appending(path: "relay.db"))
        #expect(bytes.range(of: Data(token.bytes)) == nil)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
            let content = try Data(contentsOf: folder.url.appending(path: file))
            #expect(content.range(of: Data(token.bytes)) == nil)
        }
    }
}
