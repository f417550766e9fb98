internal import CRDT
internal import Hummingbird

/// How this box's cookies are called. Cookies know no ports: under one name, two boxes behind one
/// host name would sign each other's people out.
struct CookieNames: Sendable {
    /// Holds the token of whoever is signed in on a page.
    let session: String
    /// Holds the token of a desk of the local network.
    let desk: String
    private static let tokenBytesMax = 128

    /// - Parameter box: the device's id as rows name it; its first four bytes tell boxes apart.
    init(of box: [UInt8]) {
        let box = Hexadecimal.text(Array(box.prefix(4)))
        session = "warren_session_\(box)"
        desk = "warren_desk_\(box)"
    }

    func sessionToken(_ request: Request) -> String? { Self.value(of: session, request) }

    func deskToken(_ request: Request) -> String? { Self.value(of: desk, request) }

    /// Nil also for one that is longer than any of ours.
    private static func value(of name: String, _ request: Request) -> String? {
        request.cookies[name].map(\.value).flatMap { $0.utf8.count <= tokenBytesMax ? $0 : nil }
    }
}
