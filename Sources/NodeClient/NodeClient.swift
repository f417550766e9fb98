internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Asks the node of this machine over its LAN API or the socket in its folder.
///
/// Each request has a connection of its own, so that a node which is to end waits for nobody.
public struct NodeClient: Sendable {
    /// Where a node listens.
    public enum Place: Sendable, Hashable {
        /// The API on this machine.
        case loopback(port: Int)
        /// The socket in the node's folder; the path has at most 107 bytes (unix(7)).
        case socket(path: String)
    }

    /// One deed of HTTP.
    public struct Request: Sendable {
        let method: String
        let path: String
        var headers: [String: String]
        let body: [UInt8]

        /// - Parameter path: from its first slash on, with the query, percent-encoded.
        public init(
            _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
        ) {
            self.method = method
            self.path = path
            self.headers = headers
            self.body = body
        }
    }

    /// The longest answer that is taken whole, in bytes.
    static let answerBytesMax = 64 << 20

    /// Never shut down: it lives as long as the process.
    private static let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)), decompression: .disabled))

    private let place: Place
    private let patience: Duration
    private let answerBytesMax: Int

    /// - Parameter patience: how long the head of an answer may take.
    public init(_ place: Place, patience: Duration = .seconds(120)) {
        self.init(place, patience: patience, answerBytesMax: Self.answerBytesMax)
    }

    init(_ place: Place, patience: Duration = .seconds(120), answerBytesMax: Int) {
        self.place = place
        self.patience = patience
        self.answerBytesMax = answerBytesMax
    }

    /// Sends and takes the whole answer.
    ///
    /// - Throws: `NodeClientError`, or `CancellationError` when the task is cancelled; a refusal of
    ///   the node is an answer.
    public func send(_ request: Request) async throws -> NodeAnswer {
        let response = try await execute(request)
        do {
            let body = try await response.body.collect(upTo: answerBytesMax)
            return NodeAnswer(
                status: Int(response.status.code),
                headers: Dictionary(
                    response.headers.map { ($0.name.lowercased(), $0.value) },
                    uniquingKeysWith: { first, _ in first }),
                body: Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            throw NodeClientError.answerTooLarge(place)
        } catch {
            throw cutOff
        }
    }

    /// Sends and takes the answer line by line as it comes, as long as it takes.
    ///
    /// - Parameter take: gets the status and one line, without its end.
    /// - Throws: `NodeClientError`, `CancellationError`, or what `take` throws; that ends the
    ///   request.
    public func sendTakingLines(
        _ request: Request, _ take: (_ status: Int, _ line: [UInt8]) throws -> Void
    ) async throws {
        let response = try await execute(request)
        let status = Int(response.status.code)
        var lines = LineSplitter()
        var refusal: (any Error)?
        do {
            for try await chunk in response.body {
                do {
                    for line in try lines.add(chunk.readableBytesView) { try take(status, line) }
                } catch {
                    refusal = error
                    throw error
                }
            }
        } catch {
            throw refusal ?? cutOff
        }
        if let line = lines.rest { try take(status, line) }
    }

    /// Why an answer broke off: whoever asked went, or the node did.
    private var cutOff: any Error {
        Task.isCancelled ? CancellationError() : NodeClientError.hungUp(place)
    }

    private func execute(_ request: Request) async throws -> HTTPClientResponse {
        var message = HTTPClientRequest(url: try place.url(request.path))
        message.method = HTTPMethod(rawValue: request.method)
        message.headers.add(name: "Connection", value: "close")
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if case .socket = place { message.headers.replaceOrAdd(name: "Host", value: "localhost") }
        message.body = .bytes(request.body)
        do {
            return try await Self.http.execute(
                message, timeout: .milliseconds(Int64(patience / .milliseconds(1))))
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw NodeClientError.noAnswerInTime(place)
        } catch let error as HTTPClientError where error == .remoteConnectionClosed {
            throw NodeClientError.hungUp(place)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw NodeClientError.nobodyAnswers(place)
        }
    }
}

extension NodeClient.Place {
    /// The longest path of a socket, in bytes: `sun_path` less its zero (unix(7)).
    static let pathBytesMax = 107

    func url(_ path: String) throws(NodeClientError) -> String {
        switch self {
        case .loopback(let port): return "http://127.0.0.1:\(port)\(path)"
        case .socket(let socket):
            guard socket.utf8.count <= Self.pathBytesMax else { throw .pathTooLong(socket) }
            return "http+unix://\(PercentEncoding.encode(socket))\(path)"
        }
    }
}

/// Percent-encoding of all that is not unreserved (RFC 3986, 2.1 and 2.3).
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~":
                encoded.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
