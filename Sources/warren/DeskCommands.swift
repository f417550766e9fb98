internal import ArgumentParser
internal import Foundation
internal import NodeClient

/// `warren desk`
struct DeskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "desk",
        abstract: "Say which workstations of the local network may use this box.",
        discussion: """
            A workstation that opens the box's page for the first time shows six digits. Somebody \
            with the right lets it in by them, at a desk that is in already or here.
            """,
        subcommands: [Admit.self, List.self, Remove.self])

    /// `warren desk admit`
    struct Admit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the workstation in whose screen shows a code.")

        @OptionGroup var folder: NodeFolder

        @Argument(help: "Six digits, as in 042917.")
        var code: String

        func run() async throws {
            let node = try await RunningNode(folder)
            let answer = try await node.send("POST", "desks:approve", ["code": code])
            try node.expect(answer)
            say("\(answer.object["name"] as? String ?? "the desk") is in")
        }
    }

    /// `warren desk list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the workstations that are in, and those that ask.")

        @OptionGroup var folder: NodeFolder

        func run() async throws {
            let node = try await RunningNode(folder)
            let answer = try await node.send("GET", "desks")
            try node.expect(answer)
            for item in answer.object["items"] as? [[String: Any]] ?? [] {
                print("\(item["id"] as? String ?? "")  \(item["name"] as? String ?? "")")
            }
            for item in answer.object["waiting"] as? [[String: Any]] ?? [] {
                print("asks              \(item["name"] as? String ?? "")")
            }
        }
    }

    /// `warren desk remove`
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a workstation out.")

        @OptionGroup var folder: NodeFolder

        @Argument(help: "Its id, as `warren desk list` shows it.")
        var id: String

        func run() async throws {
            let node = try await RunningNode(folder)
            try node.expect(try await node.send("DELETE", "desks/\(id)"))
            say("it is out")
        }
    }
}
