import CRDT

/// One format under fuzzing: where its valid bytes come from and what must hold for any bytes.
struct Decoder: Sendable {
    let name: String
    /// Valid bytes to begin with: vectors.
    let vectors: [[UInt8]]
    /// Draws bytes that are valid, or were made from valid content with lengths made right again.
    let draw: @Sendable (inout RandomTransactions) -> [UInt8]
    /// Makes right again what stands around the drawn bytes: padding, seals, signatures. Without it
    /// nearly every change would fail at the outermost check and reach nothing behind it.
    var enclose: (@Sendable ([UInt8], inout RandomTransactions) -> [UInt8])?
    /// Decodes, and says whether the bytes were accepted. Accepted bytes must encode to themselves.
    let check: @Sendable ([UInt8]) throws(BrokenLaw) -> Verdict
}

/// What a decoder said of some bytes; a refusal with its reason.
enum Verdict: Equatable {
    case accepted
    case refused(String)
}

/// A law that some bytes broke.
struct BrokenLaw: Error { let text: String }

/// Every decoder of bytes from outside. A new one is one line here and a `Decoder` of its own file.
let decoders: [Decoder] = [
    .transaction, .frame, .control, .rosterEntry, .eraseOrder, .message, .relay,
]
