/// Why a link could not be made or did not last: what happened, what to do. Equal by `code`.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble.
    public enum Code: Sendable, Equatable {
        /// The address is not one this build may use.
        case addressRefused
        /// A certificate or key cannot be used.
        case noCertificate
        /// The address or port cannot be had.
        case cannotListen
        /// Nobody answers there.
        case cannotReach
        /// It was reached, and the connection ended before anything was said.
        case cut
        /// It shows a certificate that is not trusted here, or another's.
        case untrusted
        /// Something answers, but it does not speak this protocol.
        case notAPeer
        /// A message is above the limit, on either side.
        case messageTooLarge
        /// The other side broke the rules of WebSocket.
        case misbehaved
        /// Nothing was heard for too long.
        case silent
        /// The link is closed.
        case closed
    }

    /// Compared by `==`.
    public let code: Code
    /// One sentence or two for a person.
    public let message: String

    /// Names the trouble.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// By `code` alone.
    public static func == (left: TransportError, right: TransportError) -> Bool {
        left.code == right.code
    }

    public var description: String { message }
}
