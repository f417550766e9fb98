internal import ArgumentParser
internal import Glibc

/// What a relay writes is for its own account only.
@main
enum Program {
    static func main() async {
        umask(0o077)
        await WarrenRelay.main()
    }
}

/// `warren-relay`
struct WarrenRelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warren-relay",
        abstract: "Keeps sealed bytes for boxes that are away, and cannot read them.",
        discussion: """
            A relay serves any number of tenants. Each has a mailbox under a random id; its boxes \
            append items that they have sealed and read those of the others. The relay knows \
            running numbers, sizes, keys that are used nowhere else and, while a connection \
            lasts, its address. It has no key to what it keeps: the program is built without the \
            code that could use one.

              warren-relay serve  --data relay --listen 127.0.0.1:7443
              warren-relay invite --data relay

            The invite makes one mailbox; give it to whoever is to have it. One folder holds one \
            relay. Losing it loses nothing that the boxes do not have: they notice and upload \
            again.
            """,
        subcommands: [ServeCommand.self, InviteCommand.self])
}
