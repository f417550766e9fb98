import CRDT
import Signing

@testable import Sealing

extension Decoder {
    /// Sealed items of the control lane: header, tag and padding around any bytes.
    static let control = Decoder(
        name: "control",
        vectors: [[], [0], [UInt8](repeating: 5, count: 203), [UInt8](repeating: 9, count: 9_000)],
        draw: { source in
            let length = source.random.pick([0, 1, 30, 204, 205, 206, 1_000])
            return (0..<length).map { _ in UInt8(source.random.below(256)) }
        },
        enclose: lane, check: checkControl)

    /// Roster entries, signed again after every change.
    static let rosterEntry = Decoder(
        name: "roster", vectors: FuzzRoster.entries.map(\.bytes),
        draw: { source in FuzzRoster.draw(&source).bytes }, enclose: resignedEntry,
        check: checkEntry)

    /// Erase orders, signed again after every change.
    static let eraseOrder = Decoder(
        name: "erase", vectors: (0..<4).map { FuzzRoster.order(sections: $0 * $0).bytes },
        draw: { source in FuzzRoster.order(sections: source.random.below(12)).bytes },
        enclose: resignedOrder, check: checkOrder)
}

// MARK: The lane

@Sendable
private func lane(_ message: [UInt8], _ source: inout RandomTransactions) -> [UInt8] {
    var plain: [UInt8] = []
    Padding.pad(message, least: SealingLimits.controlPaddedMin, into: &plain)
    if source.random.chance(1, in: 2) { plain = mutated(plain, with: message, &source.random) }
    let header = [ControlSealer.formatVersion, FuzzTrust.cipher.suite]
    var binding = ByteWriter(domain: .control)
    binding.write(id: FuzzTrust.tenant.value)
    binding.write(bytes: header)
    let nonce = FuzzTrust.nonce(&source)
    return header + nonce.bytes
        + FuzzTrust.cipher.seal(
            plain, nonce: nonce, binding: binding.bytes,
            key: FuzzTrust.key.subkey(1, context: "WRNcontr"))
}

@Sendable
private func checkControl(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let message: [UInt8]
    do {
        message = try FuzzTrust.control.open(bytes)
    } catch {
        return .refused(error.name)
    }
    guard let nonce = Nonce(bytes: bytes[2..<26]),
        (try? FuzzTrust.control.seal(message, nonce: nonce)) == bytes
    else { throw BrokenLaw(text: "one message has two sealed forms") }
    return .accepted
}

// MARK: Entries and orders

/// Cuts the last 64 bytes off and signs what is left as its author, if it is one of ours.
private func resigned(
    _ bytes: [UInt8], authorAt place: Range<Int>, _ domain: HashDomain
) -> [UInt8] {
    guard bytes.count > place.upperBound + 64 else { return bytes }
    let body = bytes.dropLast(64)
    let author = body[place].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    guard let identity = FuzzRoster.identities.first(where: { $0.device.value == author }) else {
        return bytes
    }
    var preimage = ByteWriter(domain: domain)
    preimage.write(bytes: body)
    return body + identity.sign(preimage.bytes).bytes
}

@Sendable
private func resignedEntry(_ bytes: [UInt8], _ source: inout RandomTransactions) -> [UInt8] {
    source.random.chance(1, in: 16) ? bytes : resigned(bytes, authorAt: 18..<34, .entry)
}

@Sendable
private func resignedOrder(_ bytes: [UInt8], _ source: inout RandomTransactions) -> [UInt8] {
    source.random.chance(1, in: 16) ? bytes : resigned(bytes, authorAt: 17..<33, .erase)
}

@Sendable
private func checkEntry(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let entry: RosterEntry
    do {
        entry = try RosterEntry(decoding: bytes)
    } catch {
        return .refused(error.refusal)
    }
    if let identity = FuzzRoster.identities.first(where: { $0.device == entry.author }),
        !entry.parents.isEmpty, entry.isSigned(by: identity.keys.signing, FuzzTrust.scheme)
    {
        let again = RosterEntry(
            tenant: entry.tenant, parents: entry.parents, deed: entry.deed, by: identity)
        guard again == entry else { throw BrokenLaw(text: "one entry has two forms") }
    }
    try admit(entry)
    return .accepted
}

/// Any entry may come to a roster: it must judge it, and be the same in every order.
private func admit(_ entry: RosterEntry) throws(BrokenLaw) {
    var roster = FuzzRoster.roster
    var other = FuzzRoster.roster
    _ = roster.admit(entry)
    _ = roster.admit(FuzzRoster.late)
    _ = other.admit(FuzzRoster.late)
    _ = other.admit(entry)
    guard roster.head == other.head, roster.current.members == other.current.members else {
        throw BrokenLaw(text: "the roster depends on the order of arrival")
    }
}

@Sendable
private func checkOrder(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let order: EraseOrder
    do {
        order = try EraseOrder(decoding: bytes)
    } catch {
        return .refused(error.refusal)
    }
    if let identity = FuzzRoster.identities.first(where: { $0.device == order.author }),
        order.isSigned(by: identity.keys.signing, FuzzTrust.scheme)
    {
        let again = EraseOrder(
            tenant: order.tenant, subject: order.subject, reason: order.reason,
            stamp: order.stamp, sections: order.sections, by: identity)
        guard again == order else { throw BrokenLaw(text: "one order has two forms") }
    }
    return .accepted
}
