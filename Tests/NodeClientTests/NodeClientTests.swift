import Testing

@testable import NodeClient

@Suite struct NodeClientTests {
    @Test func `lines are the same however their bytes were cut`() throws {
        let bytes = Array("one\n\ntwo\nth".utf8)
        for cut in 0...bytes.count {
            var lines = LineSplitter()
            let found = try lines.add(bytes[..<cut]) + lines.add(bytes[cut...])
            #expect(found == [Array("one".utf8), [], Array("two".utf8)])
            #expect(lines.rest == Array("th".utf8))
        }
    }

    @Test func `a line without end is not kept`() throws {
        var lines = LineSplitter()
        let half = [UInt8](repeating: 0x20, count: LineSplitter.lineBytesMax / 2)
        #expect(try lines.add(half).isEmpty)
        #expect(try lines.add(half).isEmpty)
        #expect(throws: NodeClientError.lineTooLong) { try lines.add([0x20]) }
    }

    @Test func `a socket's path is text in its address`() throws {
        let place = NodeClient.Place.socket(path: "/srv/a b%/n\u{F6}de/s")
        #expect(
            try place.url("/imports") == "http+unix://%2Fsrv%2Fa%20b%25%2Fn%C3%B6de%2Fs/imports")
    }

    @Test func `a path that no socket can have is refused with what to do`() async {
        let path = "/" + String(repeating: "x", count: 107)
        await #expect(throws: NodeClientError.pathTooLong(path)) {
            _ = try await NodeClient(.socket(path: path)).send(.init("GET", "/"))
        }
    }

    @Test func `where nobody listens that is said`() async {
        let place = NodeClient.Place.socket(path: "/nonexistent/socket")
        await #expect(throws: NodeClientError.nobodyAnswers(place)) {
            _ = try await NodeClient(place).send(.init("GET", "/"))
        }
    }
}
