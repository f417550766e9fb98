internal import Foundation
internal import Glibc

/// Held for as long as a demo runs, so that a second one does not remove its folders.
final class DemoLock: Sendable {
    private let file: Int32

    init(_ mark: URL) throws {
        file = open(mark.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw VerbError("\(mark.path) cannot be made: may you write there?")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw VerbError(
                """
                a demo runs in \(mark.deletingLastPathComponent().path) already. End it with \
                Ctrl-C where it runs, or choose another --directory
                """)
        }
    }

    deinit { close(file) }
}
