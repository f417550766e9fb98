import Foundation
import Glibc
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import EdgeNode
@testable import LANAPI

/// The socket by which `warren import` speaks to the running node.
@Suite(.timeLimit(.minutes(5))) struct ImportDoorTests {
    @Test func `a file goes in through the socket while the node serves`() async throws {
        try await served { box, client in
            try await Self.opened(box) { door, path in
                let order = try JSONEncoder().encode(Self.order(box, dogs: 5))
                for addedRecords in [5, 0] {
                    let answer = try await Self.post(order, to: path)
                    #expect(answer.hasPrefix("HTTP/1.1 200 "))
                    let report = try #require(Self.reports(in: answer).first)
                    #expect(report.rowsRead == 5)
                    #expect((report.addedRecords > 0) == (addedRecords > 0))
                }
            }
            #expect(try box.count("animal") == 5)
            let shown = try await client.execute(uri: "/api/v1/animals", method: .get)
            #expect(shown.status == .ok)
            #expect(String(buffer: shown.body).contains("Rover-4"))
        }
    }

    @Test func `who hangs up before the answer begins takes no turn from the next`() async throws {
        try await TemporaryNode.with { box in
            try await Self.opened(box) { door, path in
                let order = try Self.order(box, dogs: 3)
                // The connection is gone before the head is written: nobody asks for the body.
                _ = try await door.answer(order)
                let answer = try await Self.post(try JSONEncoder().encode(order), to: path)
                #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
                #expect(Self.reports(in: answer).map(\.rowsRead) == [3])
            }
        }
    }

    @Test func `while one import has the turn, another is told to wait`() async throws {
        try await TemporaryNode.with { box in
            try await Self.opened(box) { door, path in
                let order = try Self.order(box, dogs: 1)
                let first = try await door.answer(order)
                let answer = try await Self.post(try JSONEncoder().encode(order), to: path)
                #expect(answer.hasPrefix("HTTP/1.1 409 "))
                #expect(answer.contains("wait for its end"))
                withExtendedLifetime(first) {}
            }
            #expect(try box.count("animal") == 0)
        }
    }

    @Test func `an order of another version is refused`() async throws {
        try await TemporaryNode.with { box in
            try await Self.opened(box) { _, path in
                let answer = try await Self.post(Data("{}".utf8), to: path)
                #expect(answer.hasPrefix("HTTP/1.1 400 "))
            }
        }
    }

    // MARK: Helpers

    /// Lends an open door, and closes it.
    private static func opened(
        _ box: TemporaryNode, _ body: (ImportDoor, String) async throws -> Void
    ) async throws {
        let path = box.node.directory.socket.path
        let door = try ImportDoor(
            FileImport(box.node, box.packs), path: path,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (running, sink) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { sink.finish() }
                try await door.run { sink.yield() }
            }
            for await _ in running { break }
            try await body(door, path)
            group.cancelAll()
            // Cancelled is how it ends here.
            try? await group.waitForAll()
        }
    }

    private static func order(_ box: TemporaryNode, dogs: Int) throws -> ImportOrder {
        var text = "animal_name,animal_gender,animal_birth_year,breed_rc,zip_code\n"
        for number in 0..<dogs { text += "Rover-\(number),M,2015,Spaniel,10001\n" }
        let file = box.root.appendingPathComponent("door.csv")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return ImportOrder(items: [
            ImportOrder.Item(
                path: file.path, mapping: try ImportManifest.mapping("licences", in: box.root))
        ])
    }

    /// One notice a chunk, and one chunk a line.
    private static func reports(in answer: String) -> [ImportReport] {
        answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }.compactMap { line in
            let notice = try? JSONDecoder().decode(ImportNotice.self, from: Data(line.utf8))
            return if case .finished(let report) = notice { report } else { nil }
        }
    }

    /// The whole answer as it comes over the wire. A thread of its own waits for it.
    private static func post(_ body: Data, to path: String) async throws -> String {
        try await withCheckedThrowingContinuation { waiter in
            Thread.detachNewThread { waiter.resume(with: Result { try talk(body, path) }) }
        }
    }

    private static func talk(_ body: Data, _ path: String) throws -> String {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0, "errno \(errno)")
        let head = """
            POST /imports HTTP/1.1\r\nHost: warren\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n
            """
        let bytes = Array(head.utf8) + Array(body)
        try #require(send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = recv(connection, &part, part.count, 0)
            try #require(count >= 0, "errno \(errno)")
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer += part[..<count]
        }
    }
}
