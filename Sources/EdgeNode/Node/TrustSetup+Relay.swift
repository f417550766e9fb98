internal import CRDT
internal import Foundation
internal import Signing

// The relay's part of trust by a verb: one hand holds both folders.
extension TrustSetup {
    /// Gives a box of the same tenant, whose folder lies on this machine, the mailbox of another:
    /// the first one's lane says durably which key the second uses, and a box that keeps the
    /// mailbox lets it in.
    ///
    /// - Parameter old: an admin's open node; it has a mailbox, else nothing is done.
    public static func shareRelay(
        of old: Node, with new: NodeDirectory, isAdmin: Bool = false
    ) async throws {
        guard let membership = old.relay else { return }
        guard try new.facts().tenant == old.facts.tenant else {
            throw NodeFault(.refused, "\(new.root.path) holds a box of another tenant")
        }
        let identity = DeviceIdentity(seed: try new.secrets().seed, scheme: Ed25519Signatures())
        try await old.register(try new.relayKey(at: membership.relay), of: identity.device)
        try new.save(membership.handedOver(isAdmin: isAdmin))
    }
}
