import Foundation
import Testing

@testable import NodeClient

/// What becomes of answers, whole ones and others. A node is played by bytes on a real socket.
@Suite(.timeLimit(.minutes(5))) struct AnswerTests {
    @Test func `an answer comes whole, its headers by lower-case name`() async throws {
        let node = try PlayedNode(
            "HTTP/1.1 422 No\r\nX-Mark: one\r\nx-mark: two\r\nContent-Length: 5\r\n\r\n{\"a\"}")
        let answer = try await NodeClient(node.place).send(.init("GET", "/api/v1/health"))
        #expect(answer.status == 422 && !answer.isSuccess)
        #expect(answer.headers["x-mark"] == "one")
        #expect(answer.body == Array("{\"a\"}".utf8))
        let request = try #require(await node.request)
        #expect(request.hasPrefix("GET /api/v1/health HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("connection: close"))
    }

    @Test func `lines come as they are, the last one without its end too`() async throws {
        let node = try PlayedNode(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\none\nt\r\n4\r\nwo\nx\r\n0\r\n\r\n")
        var lines: [String] = []
        try await NodeClient(node.place).sendTakingLines(.init("POST", "/")) { status, line in
            #expect(status == 200)
            lines.append(String(decoding: line, as: UTF8.self))
        }
        #expect(lines == ["one", "two", "x"])
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
    func `a node that goes before it has answered hung up`(said: String) async throws {
        let node = try PlayedNode(said)
        await #expect(throws: NodeClientError.hungUp(node.place)) {
            _ = try await NodeClient(node.place).send(.init("GET", "/"))
        }
    }

    @Test func `a node that says nothing gives no answer in time`() async throws {
        let node = try PlayedNode(nil)
        await #expect(throws: NodeClientError.noAnswerInTime(node.place)) {
            _ = try await NodeClient(node.place, patience: .milliseconds(1))
                .send(.init("GET", "/"))
        }
    }

    @Test(arguments: [(4, true), (5, false)])
    func `an answer beyond the bound is refused as that`(most: Int, isRefused: Bool) async throws {
        let node = try PlayedNode("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        let client = NodeClient(node.place, answerBytesMax: most)
        if isRefused {
            await #expect(throws: NodeClientError.answerTooLarge(node.place)) {
                _ = try await client.send(.init("GET", "/"))
            }
        } else {
            #expect(try await client.send(.init("GET", "/")).body.count == 5)
        }
    }

    @Test(arguments: [nil, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
    func `whoever is cancelled blames no node`(said: String?) async throws {
        let node = try PlayedNode(said, isStaying: true)
        let asking = Task { try await NodeClient(node.place).send(.init("GET", "/")) }
        _ = await node.request
        asking.cancel()
        await #expect(throws: CancellationError.self) { _ = try await asking.value }
    }
}
