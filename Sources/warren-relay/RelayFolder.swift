internal import ArgumentParser
internal import Foundation
internal import RelayStorage
internal import Signing

/// `--data`, and what lies in it.
struct RelayFolder: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of the relay; made if it is not there.", valueName: "folder")
    )
    var data: String

    private static let gibibyte: UInt64 = 1 << 30

    /// Opens `relay.db`.
    ///
    /// - Parameter quota: for each mailbox.
    func open(isServing: Bool, quota: MailboxQuota = MailboxQuota()) throws -> SQLiteMailboxStore {
        let folder = URL(filePath: data, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var options = SQLiteMailboxStore.Options()
        options.isServing = isServing
        options.quota = quota
        return try SQLiteMailboxStore(
            path: folder.appending(path: "relay.db").path, hasher: BLAKE2bHasher(),
            options: options)
    }
}

/// For people, on standard output, at once.
func say(_ text: String) {
    print(text)
    fflush(nil)
}
