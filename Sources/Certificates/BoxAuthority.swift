internal import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

/// A box's own certificate authority: its root may speak for this box's names and for nothing else,
/// so a stolen box can pretend to be no other (Decisions/0012).
///
/// Workstations of the site install the root once. The leaf is made anew before it ends, by the box
/// itself, without the internet.
public struct BoxAuthority: Sendable {
    /// How long a root lasts: as long as a box stands in a corner.
    public static let rootDays = 10 * 365
    /// How long a leaf lasts: browsers take at most 398 days.
    public static let leafDays = 90
    /// A leaf with less left is made anew at the next look, which is taken at each start and once
    /// a day; a root likewise.
    public static let renewalDays = 30

    /// What a certificate cannot be made of.
    public struct Fault: Error, CustomStringConvertible {
        public let description: String
    }

    /// A certificate and its key, PEM.
    public struct Issued: Sendable {
        public let certificate: String
        /// PKCS #8; a secret.
        public let key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// What desks call the box; the root is constrained to them.
    public let names: ServerNames
    /// PEM: what workstations install.
    public let certificate: String
    /// PEM, a secret.
    public let key: String
    private let root: Certificate
    private let signer: Certificate.PrivateKey

    /// Makes a root for a box.
    ///
    /// - Parameter box: what people call it; at most 40 characters of it are shown.
    public init(makingFor box: String, names: ServerNames, at now: Date) throws {
        let fresh = P256.Signing.PrivateKey()
        let signer = Certificate.PrivateKey(fresh)
        let subject = try DistinguishedName {
            OrganizationName("Warren")
            CommonName("Warren \(box.prefix(40))")
        }
        root = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: signer.publicKey, notValidBefore: now.addingTimeInterval(-Self.day),
            notValidAfter: now.addingTimeInterval(Double(Self.rootDays) * Self.day),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                Critical(Self.constraints(names))
                SubjectKeyIdentifier(hash: signer.publicKey)
            },
            issuerPrivateKey: signer)
        self.signer = signer
        self.names = names
        certificate = try root.serializeAsPEM().pemString
        key = fresh.pemRepresentation
    }

    /// Reads a root that was made before.
    ///
    /// A root that has not begun at `now` is read too (`startsLater`): more often the clock is
    /// behind than the root was made by one that was ahead, and every workstation trusts the root.
    ///
    /// - Throws: `Fault` where the two do not belong together, the root is for other names or has
    ///   ended at `now`: then a new one is due, and workstations install it again.
    public init(certificate: String, key: String, names: ServerNames, at now: Date) throws {
        let fresh: P256.Signing.PrivateKey
        do {
            root = try Certificate(pemEncoded: certificate)
            fresh = try P256.Signing.PrivateKey(pemRepresentation: key)
        } catch {
            throw Fault(
                description: "the file root.pem or root.key holds no certificate or key any more")
        }
        signer = Certificate.PrivateKey(fresh)
        guard root.publicKey == signer.publicKey else {
            throw Fault(description: "the root and its key do not belong together")
        }
        guard try root.extensions.nameConstraints == Self.constraints(names) else {
            throw Fault(description: "the root is for other names")
        }
        let end = root.notValidAfter.addingTimeInterval(-Double(Self.renewalDays) * Self.day)
        guard now <= end else {
            throw Fault(description: "the root has ended, or the clock was wrong when it was made")
        }
        self.names = names
        self.certificate = certificate
        self.key = key
    }

    /// What is to be done where the root begins after `now`; nil where it has begun.
    public func startsLater(than now: Date) -> String? {
        guard now < root.notValidBefore else { return nil }
        return """
            the root certificate begins on \(Self.day(root.notValidBefore)), and this box's clock \
            shows \(Self.day(now)): set the clock. If the clock was wrong when the root was made, \
            remove tls/root.pem and tls/root.key, start again, and install the new root at the \
            desks
            """
    }

    /// As 2026-11-22, in UTC.
    private static func day(_ moment: Date) -> String {
        moment.formatted(.iso8601.year().month().day())
    }

    /// A leaf for all names, with a fresh key.
    public func issue(at now: Date) throws -> Issued {
        let fresh = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(fresh.publicKey)
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(-Self.day),
            notValidAfter: now.addingTimeInterval(Double(Self.leafDays) * Self.day),
            issuer: root.subject,
            subject: try DistinguishedName { CommonName("Warren box") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(
                    names.dnsNames.map { .dnsName($0) }
                        + names.addresses.map {
                            .ipAddress(ASN1OctetString(contentBytes: $0[...]))
                        })
                AuthorityKeyIdentifier(
                    keyIdentifier: try root.extensions.subjectKeyIdentifier?.keyIdentifier)
            },
            issuerPrivateKey: signer)
        return Issued(
            certificate: try leaf.serializeAsPEM().pemString, key: fresh.pemRepresentation)
    }

    /// Whether a leaf is this root's, for these names, and lasts long enough to go on with.
    public func mayGoOn(with leaf: String, at now: Date) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: leaf),
            root.publicKey.isValidSignature(leaf.signature, for: leaf),
            let wanted = try? leaf.extensions.subjectAlternativeNames
        else { return false }
        let names =
            names.dnsNames.map { GeneralName.dnsName($0) }
            + names.addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        // A clock that shows a time before the root was made proves nothing against the leaf.
        return Array(wanted) == names
            && (leaf.notValidBefore <= now || now < root.notValidBefore)
            && leaf.notValidAfter > now.addingTimeInterval(Double(Self.renewalDays) * Self.day)
    }

    /// SHA-256 of the root, as browsers show it: 32 pairs of hexadecimal digits with colons.
    public var fingerprint: String {
        var serializer = DER.Serializer()
        // A certificate that was made or read here serializes.
        try? serializer.serialize(root)
        return SHA256.hash(data: serializer.serializedBytes).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: ":")
    }

    private static let day = 86_400.0

    /// A kind of name that is not mentioned would be free (RFC 5280, 4.2.1.10): so a box without
    /// addresses excludes all addresses, and one without names all names.
    private static func constraints(_ names: ServerNames) -> NameConstraints {
        let everyAddress = [4, 16].map { count in
            ASN1OctetString(contentBytes: [UInt8](repeating: 0, count: 2 * count)[...])
        }
        return NameConstraints(
            permittedDNSDomains: NameConstraints.DNSNames(names.dnsNames),
            excludedDNSDomains: NameConstraints.DNSNames(names.dnsNames.isEmpty ? [""] : []),
            permittedIPRanges: NameConstraints.IPRanges(
                names.addresses.map { address in
                    // RFC 5280, 4.2.1.10: the address, then a mask of the same length.
                    ASN1OctetString(
                        contentBytes: (address + address.map { _ in 0xFF })[...])
                }),
            excludedIPRanges: NameConstraints.IPRanges(
                names.addresses.isEmpty ? everyAddress : []))
    }
}
