internal import NIOCore
internal import NIOSSL

/// The API on the local network: TLS, known names, enrolled desks only.
public struct LANDoor: Sendable {
    /// How often it is looked whether there is another certificate by now.
    static let looksEvery = Duration.seconds(86_400)
    /// Where it listens.
    public let host: String
    public let port: Int
    /// How desks call the box, lower case; any other `Host` is refused.
    public let names: Set<String>
    /// Served at `/root.pem` for workstations to install; `nil` for an operator's own certificate.
    public let root: String?
    let configuration: TLSConfiguration
    /// PEM, as it was given.
    let certificate: String

    /// What a door cannot be made of.
    public struct Fault: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - names: DNS names and numeric addresses.
    ///   - certificate: PEM, the leaf first.
    ///   - key: PEM, without a passphrase; a secret.
    /// - Throws: `Fault` where certificate and key cannot be used together.
    public init(
        host: String, port: Int, names: [String], certificate: String, key: String,
        root: String?
    ) throws {
        self.host = host
        self.port = port
        self.names = Set(names.map { $0.lowercased() })
        self.root = root
        self.certificate = certificate
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
                    .map { .certificate($0) },
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
            // Tills and scanners of ten years ago speak 1.2; nothing below.
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // Made here, so that a bad pair is found at the start and not at the first desk.
            _ = try NIOSSLContext(configuration: configuration)
            self.configuration = configuration
        } catch {
            throw Fault(
                description: """
                    the certificate and the key for the local network cannot be used together. \
                    Both are PEM files, the leaf first, and the key is the leaf's own and has no \
                    passphrase.
                    """)
        }
    }
}
