public import CRDT
public import Foundation
public import Signing
public import SyncProtocol

/// Where this tenant has its mailbox and how the way there is known to be right: the file `relay`
/// of a node's folder, mode 0600 (`Data-Directory.md`, relay).
public struct RelayMembership: Sendable {
    /// How the relay proves who it is.
    public enum Trust: Hashable, Sendable {
        /// No TLS: a relay on this very machine.
        case loopback
        /// TLS 1.3 by the certificates that this machine's system trusts.
        case system
        /// TLS 1.3 by these roots alone, PEM.
        case pinned([UInt8])
    }

    /// A name or numeric address.
    public let host: String
    /// 1 to 65,535.
    public let port: Int
    /// How the relay proves who it is.
    public let trust: Trust
    /// The relay that made the mailbox; another one is left.
    public let relay: RelayID
    /// The tenant's place there.
    public let mailbox: MailboxID
    /// The seed of the mailbox's admin key, 32 bytes; only admin devices have it.
    public let adminSeed: SecretBytes?

    private static let magic = Array("WRNrely1".utf8)
    /// Bytes of pinned roots: a handful of certificates.
    static let rootsBytesMax = 64 << 10

    /// Joins the parts.
    public init(
        host: String, port: Int, trust: Trust, relay: RelayID, mailbox: MailboxID,
        adminSeed: SecretBytes?
    ) {
        self.host = host
        self.port = port
        self.trust = trust
        self.relay = relay
        self.mailbox = mailbox
        self.adminSeed = adminSeed
    }

    /// What a newcomer gets: with the admin key only if it is to keep the roster.
    public func handedOver(isAdmin: Bool) -> RelayMembership {
        RelayMembership(
            host: host, port: port, trust: trust, relay: relay, mailbox: mailbox,
            adminSeed: isAdmin ? adminSeed : nil)
    }

    /// As people write it.
    public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// A name for this mailbox in this box's own file.
    var name: String { "\(RowName.text(relay.value)) \(RowName.text(mailbox.value))" }

    /// Magic, host, port, kind of trust and its roots, relay, mailbox, whether there is an admin
    /// seed and it. It holds a secret if there is one.
    public var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.write(bytes: Self.magic)
        writer.write(text: host)
        writer.write(fixed: UInt16(truncatingIfNeeded: port))
        switch trust {
        case .loopback: writer.write(byte: 0)
        case .system: writer.write(byte: 1)
        case .pinned(let roots):
            writer.write(byte: 2)
            writer.write(block: roots)
        }
        writer.write(id: relay.value)
        writer.write(id: mailbox.value)
        writer.write(byte: adminSeed == nil ? 0 : 1)
        if let adminSeed { writer.write(bytes: adminSeed.copied) }
        return writer.bytes
    }

    /// Reads what `encoded` made, from a file or from the box that admitted this one.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        guard Array(try reader.take(Self.magic.count)) == Self.magic else {
            throw .notCanonical("relay membership")
        }
        host = try reader.text(upTo: 253, of: "host")
        port = Int(try reader.fixed(UInt16.self))
        guard !host.isEmpty, port > 0 else { throw .notCanonical("relay address") }
        switch try reader.byte() {
        case 0: trust = .loopback
        case 1: trust = .system
        case 2: trust = .pinned(Array(try reader.block(upTo: Self.rootsBytesMax, of: "roots")))
        case let code: throw .unknownCode("relay trust", UInt64(code))
        }
        relay = RelayID(try reader.id())
        mailbox = MailboxID(try reader.id())
        switch try reader.byte() {
        case 0: adminSeed = nil
        case 1: adminSeed = SecretBytes(copying: Array(try reader.take(32)))
        case let code: throw .unknownCode("admin seed", UInt64(code))
        }
        try reader.finish()
    }
}

extension NodeDirectory {
    /// Where `RelayMembership` lies.
    public var relayFile: URL { root.appendingPathComponent("relay") }
    /// Likewise, while a mailbox is being made.
    public var relayDraftFile: URL { root.appendingPathComponent("relay.draft") }

    /// The mailbox of this box's tenant; `nil` if it has none.
    public func relayMembership() throws -> RelayMembership? { try membership(in: relayFile) }

    /// What an interrupted `warren relay create` left.
    public func relayDraft() throws -> RelayMembership? { try membership(in: relayDraftFile) }

    /// Keeps it, for this box's eyes only.
    public func save(_ membership: RelayMembership) throws {
        try DurableFile.replace(relayFile, with: membership.encoded, mode: 0o600)
        // A draft that stays behind is read by the next `create` alone, which refuses first.
        try? FileManager.default.removeItem(at: relayDraftFile)
    }

    /// Keeps it until the relay has answered.
    public func save(draft membership: RelayMembership) throws {
        try DurableFile.replace(relayDraftFile, with: membership.encoded, mode: 0o600)
    }

    /// The key of this box towards one relay: unlike its keys towards all others and its identity.
    public func relayKey(at relay: RelayID) throws -> RelayKey {
        let pair = Ed25519Signatures().keyPair(seed: try secrets().relaySeed(at: relay))
        guard let key = RelayKey(bytes: pair.publicKey.bytes) else {
            preconditionFailure("a signing key has 32 bytes")
        }
        return key
    }

    private func membership(in file: URL) throws -> RelayMembership? {
        guard let bytes = try DurableFile.read(file) else { return nil }
        do {
            return try RelayMembership(decoding: bytes)
        } catch {
            throw NodeFault(
                .stopped,
                """
                \(file.path) is damaged. Put it back from a backup of this folder, or copy it from \
                another box of the tenant with `warren relay share`.
                """)
        }
    }
}

extension NodeSecrets {
    /// The seed of the key towards one relay: subkey of the device seed under context `WRNrelay`,
    /// numbered by the first 8 bytes of the relay's id.
    func relaySeed(at relay: RelayID) -> SecretBytes {
        seed.subkey(UInt64(truncatingIfNeeded: relay.value >> 64), context: "WRNrelay")
    }
}
