internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// The longest `Idempotency-Key`, in bytes.
    static let idempotencyKeyBytesMax = 128

    /// What names one wish, however often it is sent; nil where the request names none, which what
    /// makes neither paper nor money need not.
    ///
    /// - Throws: `bad-request` for one that is empty or too long.
    func idempotencyKey() throws(Problem) -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...Self.idempotencyKeyBytesMax).contains(key.utf8.count) else {
            throw .badRequest("an Idempotency-Key has 1 to \(Self.idempotencyKeyBytesMax) bytes")
        }
        return key
    }

    /// The same, for a wish that may make paper: without a key it is not done.
    ///
    /// - Throws: `bad-request` for one that is missing, empty or too long.
    func requiredIdempotencyKey() throws(Problem) -> String {
        guard let key = try idempotencyKey() else {
            throw .badRequest(
                """
                this needs an Idempotency-Key header of 1 to \(Self.idempotencyKeyBytesMax) bytes, \
                the same for each try of one wish: it may make paper
                """)
        }
        return key
    }
}
