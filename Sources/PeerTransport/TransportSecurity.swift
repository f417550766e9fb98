internal import NIOCore
internal import NIOSSL

/// How a connection is protected below the link: TLS 1.3, or nothing, which only loopback may use.
public struct TransportSecurity: Sendable {
    enum Kind: Sendable {
        case none
        case server(NIOSSLContext, leaf: [UInt8])
        case client(NIOSSLContext)
    }

    let kind: Kind

    /// Plain TCP, for loopback only.
    public static let none = TransportSecurity(kind: .none)

    /// TLS 1.3 as a server.
    ///
    /// - Parameters:
    ///   - certificate: path of a PEM file, the leaf first.
    ///   - key: path of its private key, PEM, without a passphrase.
    /// - Throws: `noCertificate` when a file cannot be read or the two do not belong together.
    public static func server(
        certificate: String, key: String
    ) throws(TransportError) -> TransportSecurity {
        do {
            return try server(
                try NIOSSLCertificate.fromPEMFile(certificate),
                try NIOSSLPrivateKey(file: key, format: .pem), certificate)
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(
                .noCertificate,
                """
                the certificate \(certificate) and the key \(key) cannot be used together. Both \
                are PEM files that this account may read, the leaf first, and the key is the \
                leaf's own and has no passphrase.
                """)
        }
    }

    /// TLS 1.3 as a server, with a certificate and a key that lie in memory.
    ///
    /// - Parameters:
    ///   - certificate: PEM, the leaf first.
    ///   - key: PEM, without a passphrase; a secret.
    /// - Throws: `noCertificate` when the two do not belong together.
    public static func server(
        holding certificate: String, key: String
    ) throws(TransportError) -> TransportSecurity {
        do {
            return try server(
                try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)),
                try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem), "it")
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(
                .noCertificate, "the certificate and its key do not belong together")
        }
    }

    private static func server(
        _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey, _ name: String
    ) throws -> TransportSecurity {
        guard let leaf = chain.first else {
            throw TransportError(.noCertificate, "\(name) holds no certificate")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv13
        return TransportSecurity(
            kind: .server(
                try NIOSSLContext(configuration: configuration), leaf: try leaf.toDERBytes()))
    }

    /// TLS 1.3 as a client that verifies the server's name or address and its certificate.
    ///
    /// - Parameter roots: path of a PEM file with the only roots that are trusted; `nil` for those
    ///   of the system.
    /// - Throws: `noCertificate` when the file cannot be read.
    public static func client(roots: String? = nil) throws(TransportError) -> TransportSecurity {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            if let roots {
                configuration.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMFile(roots))
            }
            return TransportSecurity(
                kind: .client(try NIOSSLContext(configuration: configuration)))
        } catch {
            throw TransportError(
                .noCertificate,
                "the roots in \(roots ?? "this system") cannot be used; a PEM file is due"
            )
        }
    }

    /// As `client(roots:)`, with the roots' bytes.
    ///
    /// - Parameter pem: one certificate or more.
    /// - Throws: `noCertificate` when there is none in it.
    public static func client(pem: [UInt8]) throws(TransportError) -> TransportSecurity {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
            return TransportSecurity(
                kind: .client(try NIOSSLContext(configuration: configuration)))
        } catch {
            throw TransportError(.noCertificate, "the pinned certificate is no certificate in PEM")
        }
    }

    /// TLS 1.3 between two boxes of a tenant, without a look at the certificate: who the other one
    /// is proves the sealed link inside, or the code that people compare. What TLS adds is that
    /// nobody who only listens sees which messages are said, and how long they are.
    public static func boxes() throws(TransportError) -> TransportSecurity {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            configuration.certificateVerification = .none
            return TransportSecurity(
                kind: .client(try NIOSSLContext(configuration: configuration)))
        } catch {
            throw TransportError(
                .noCertificate, "TLS cannot be set up on this machine; see its OpenSSL settings")
        }
    }

    /// Whether TLS protects what is sent.
    var isSecured: Bool {
        guard case .none = kind else { return true }
        return false
    }

    /// Refuses to leave this machine unprotected.
    func check(_ address: PeerAddress) throws(TransportError) {
        guard isSecured || address.isLoopback else { throw PeerAddress.needsTLS(address.host) }
    }

    /// Puts the handler of a fresh connection in front of all others. On its event loop.
    func protect(_ channel: any Channel, host: String) throws {
        switch kind {
        case .none: return
        case .server(let context, _):
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        case .client(let context):
            // A name is verified against the certificate, an address likewise but without SNI.
            let isName = (try? SocketAddress(ipAddress: host, port: 0)) == nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isName ? host : nil))
        }
    }

    /// Whether a handshake failed because of the certificate, and not of the way.
    static func isMistrust(_ error: any Error) -> Bool {
        if (error as? NIOSSLExtraError) == .failedToValidateHostname { return true }
        guard case NIOSSLError.handshakeFailed(.sslError(let stack)) = error else { return false }
        return stack.contains { "\($0)".contains("CERTIFICATE_VERIFY_FAILED") }
    }

    /// The server's certificate, DER, as this end knows it; `nil` without TLS.
    func serverCertificate(of channel: any Channel) async -> [UInt8]? {
        switch kind {
        case .none: nil
        case .server(_, let leaf): leaf
        case .client:
            // The handshake is over; a connection that has gone since has no use for it.
            try? await channel.nioSSL_peerCertificate().flatMapThrowing {
                try $0?.toDERBytes()
            }.get()
        }
    }
}
