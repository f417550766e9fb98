internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import NodeClient

/// `warren staff`
struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff",
        abstract: "Say who works here: people, roles, PINs.",
        subcommands: [StaffAddCommand.self, StaffPINCommand.self, StaffListCommand.self])
}

/// `warren staff add`
struct StaffAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a person who may sign in at the desk.",
        discussion: "Asks for the PIN; when standard input is no terminal it is read from there.")

    @OptionGroup var folder: NodeFolder

    @Option(help: "What colleagues call them.")
    var name: String

    @Option(help: "What they do: desk, kennel, vet, manager or admin.")
    var role = "desk"

    @Flag(help: "Let them sign in at every site of the business, not only at this one.")
    var allSites = false

    func run() async throws {
        guard StaffRole(rawValue: role) != nil else {
            throw ValidationError("--role is desk, kennel, vet, manager or admin")
        }
        let node = try await RunningNode(folder)
        guard let pin = await Terminal.askSecret("PIN of 4 to 12 digits: ") else {
            throw VerbError("no PIN was given; nobody was added")
        }
        let answer = try await node.send(
            "POST", "staff:enrol",
            [
                "name": name, "role": role, "pin": pin,
                "at": allSites ? "all-sites" : "this-site",
            ])
        try node.expect(answer)
        print("\(answer.object["id"] as? String ?? "")  \(name)")
        say("\(name) may sign in \(allSites ? "at all sites" : "at this site") as \(role)")
    }
}

/// `warren staff pin`
struct StaffPINCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Give a person another PIN; the old one ends.")

    @OptionGroup var folder: NodeFolder

    @Argument(help: "The person's id, as `warren staff list` shows it.")
    var staff: String

    func run() async throws {
        let node = try await RunningNode(folder)
        guard let pin = await Terminal.askSecret("New PIN of 4 to 12 digits: ") else {
            throw VerbError("no PIN was given; nothing was changed")
        }
        try node.expect(try await node.send("POST", "staff:set-pin", ["staff": staff, "pin": pin]))
        say("changed")
    }
}

/// `warren staff list`
struct StaffListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List who may sign in, with ids.")

    @OptionGroup var folder: NodeFolder

    func run() async throws {
        let node = try await RunningNode(folder)
        let answer = try await node.send("GET", "sessions/staff")
        try node.expect(answer)
        for item in answer.object["items"] as? [[String: Any]] ?? [] {
            print("\(item["id"] as? String ?? "")  \(item["display"] as? String ?? "")")
        }
    }
}
