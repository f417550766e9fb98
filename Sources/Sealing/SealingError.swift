public import CRDT

/// Why bytes did not open, or content could not be sealed. No case tells anything of the content.
public enum SealingError: Error, Hashable, Sendable {
    /// Shorter than any sealed thing: cut off, or not ours at all.
    case truncated(bytes: Int)
    /// Above the bound; refused before anything was allocated. When sealing: send less at once.
    case tooLarge(bytes: Int, limit: Int)
    /// Made by a later version: keep the bytes, update this box.
    case unknownVersion(UInt8)
    /// Another cipher than this house runs: a simulation's bytes, or a later suite.
    case unknownSuite(UInt8)
    /// Sealed under an epoch whose key is not here: keep the bytes, ask for the epoch.
    case unknownEpoch(UInt64)
    /// Altered, another tenant's, another link's, replayed, or made with another key.
    case notAuthentic
    /// Authentic, but padded as no writer pads: the sender's fault.
    case malformedPadding
    /// Authentic, but the packing is unknown, lies about its length, or would exceed the bound.
    case malformedPacking
    /// Authentic and unpacked, but not a frame.
    case malformedContent(DecodingError)
}
