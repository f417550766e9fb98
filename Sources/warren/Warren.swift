internal import ArgumentParser
internal import Glibc

/// Everything a node writes is for its own account only: records, keys, labels.
@main
enum Program {
    static func main() async {
        umask(0o077)
        await Warren.main()
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

              warren init  --directory north --site North
              warren admit --directory south --site South --by north
              warren import licences.csv --directory north
              warren serve --directory north --api 7070 --peers 7071
              warren serve --directory south --api 7080 --peers 7081 --dial 127.0.0.1:7071
            """,
        subcommands: [
            InitCommand.self, AdmitCommand.self, ServeCommand.self, ImportCommand.self,
            StatusCommand.self, DigestCommand.self, VerifyCommand.self, LabelCommand.self,
            PictureCommand.self, DemoCommand.self,
        ])
}
