internal import ArgumentParser
internal import EdgeNode
internal import Glibc

/// Everything a node writes is for its own account only: records, keys, labels.
@main
enum Program {
    static func main() async {
        umask(0o077)
        Self.raiseFileLimit()
        do {
            var command = try Warren.parseAsRoot()
            if var long = command as? any AsyncParsableCommand {
                try await long.run()
            } else {
                try command.run()
            }
        } catch let error where Self.isParsers(error) {
            Warren.exit(withError: error)
        } catch {
            Warren.exit(withError: VerbError(FaultWords.of(error)))
        }
    }

    /// What the parser says by itself: help, usage, an exit code.
    private static func isParsers(_ error: any Error) -> Bool {
        String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
    }

    /// As many open files as the system allows: every connection is one.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 16_384)
        // Where it is refused, what there is must do.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// `warren`
struct Warren: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warren",
        abstract: "An edge node: the front desk keeps working when the internet does not.",
        discussion: """
            One folder holds one node. `warren demo` makes two of them on this machine and shows a \
            check-in that reaches paper and the other site. By hand:

              warren init  -d north --site North
              warren demo data --out clients          # or your own CSV files
              warren import clients -d north
              warren serve -d north                   # goes on until Ctrl-C
              warren staff add -d north --name Rosa   # who may sign in at the desk
              warren pair  -d north                   # a second box: here …
              warren join  -d south --site South --to 7071     # … and there
              warren serve -d south --api 7080 --peers 7081 --dial 7071
            """,
        subcommands: [
            InitCommand.self, PairCommand.self, JoinCommand.self, AdmitCommand.self,
            ServeCommand.self, StaffCommand.self, DeskCommand.self, ImportCommand.self,
            StatusCommand.self, DigestCommand.self, VerifyCommand.self, LabelCommand.self,
            PictureCommand.self, RelayCommand.self, DemoCommand.self,
        ])
}
