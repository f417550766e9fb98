import CSodium

/// libsodium's one start. Without it the library runs slow code and `sodium_malloc` has no canary.
enum Sodium {
    private static let isReady = sodium_init() >= 0

    /// Idempotent and cheap; every type that calls the library begins here.
    static func start() {
        precondition(isReady, "libsodium does not start: the system offers no entropy")
    }
}
