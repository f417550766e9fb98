internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import NodeClient
internal import PeerTransport
internal import Sealing
internal import Synchronization

/// `warren pair`
struct PairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair",
        abstract: "Admit another box to this business: compare a code on both screens.",
        discussion: """
            Opens a pairing at the running node for a quarter of an hour. Then run `warren join` \
            at the new box. Both screens show six digits; at each box, type those that the other \
            one shows. Only then are keys handed over. A page can do the same by the API's \
            `pairings`.
            """)

    @OptionGroup var folder: NodeFolder

    @Option(help: "What the new box is: desk, admin (it may admit others too) or reader.")
    var role = "desk"

    func run() async throws {
        guard BoxRole(rawValue: role) != nil else {
            throw ValidationError("--role is desk, admin or reader")
        }
        let node = try await RunningNode(folder)
        var standing = try await open(node)
        if standing.state == "open" {
            say("open for 15 minutes. At the new box: warren join --to <this box>:<peers port> …")
        }
        while standing.state == "open" {
            try await Task.sleep(for: .milliseconds(300))
            standing = try await node.standing()
        }
        if standing.state == "comparing", let code = standing.code {
            say("")
            say("  \(standing.guest ?? "A box") wants to join. This box shows")
            say("")
            say("      \(code)")
            say("")
            try await answer(node)
        }
        standing = try await settled(node)
        guard standing.state == "paired" else {
            throw VerbError(standing.trouble ?? "the pairing came to nothing")
        }
        say("\(standing.guest ?? "the box") is a member now; start it with `warren serve`")
    }

    /// Opens the pairing, or goes on with the one that this verb had left when it was ended. One
    /// that only waits makes room: it may be for another role, and a part of its time is over.
    private func open(_ node: RunningNode) async throws -> RunningNode.Standing {
        let opened = try await node.send("POST", "pairings", ["role": role])
        let standing = try await node.standing()
        switch (opened.status, standing.state) {
        case (409, "open"):
            try node.expect(try await node.send("POST", "pairings/current:decline", [:]))
            try node.expect(try await node.send("POST", "pairings", ["role": role]))
            return try await node.standing()
        case (409, "comparing"):
            say("a newcomer waits already, to become \(standing.role ?? "a member")")
            return standing
        case (409, "agreed"):
            say("agreed here already; the person at the other box has not answered yet")
            while let word = await Terminal.ask("`no` to decline, empty to wait: "), !word.isEmpty {
                guard word.lowercased() == "no" else { continue }
                try node.expect(try await node.send("POST", "pairings/current:decline", [:]))
                break
            }
            return try await node.standing()
        default:
            try node.expect(opened)
            return standing
        }
    }

    private func answer(_ node: RunningNode) async throws {
        guard let typed = await Terminal.askCode() else {
            try node.expect(try await node.send("POST", "pairings/current:decline", [:]))
            return
        }
        try node.expect(
            try await node.send("POST", "pairings/current:approve", ["code": "\(typed)"]))
        say("agreed here; waiting for the person at the other box")
    }

    private func settled(_ node: RunningNode) async throws -> RunningNode.Standing {
        while true {
            let standing = try await node.standing()
            guard ["comparing", "agreed"].contains(standing.state) else { return standing }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// `warren join`
struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Make this box a member of a business that runs already.",
        discussion: """
            At a box that may admit others, open a pairing first (`warren pair`). Both screens \
            show six digits; at each box, type those that the other one shows.
            """)

    @OptionGroup var folder: NodeFolder

    @Option(help: "What people call the new site.")
    var site: String

    @Option(help: ArgumentHelp("The peers' port of a box that admits.", valueName: "address"))
    var to: String

    func run() async throws {
        let joining = try Joining(folder.node, site: site, .system)
        let dialer = try PeerDialer(box: to, path: PeerAddress.pairingPath)
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        say("dialling \(dialer.address)")
        try await dialer.withLink { link in
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await joining.run(link) { code, admitter in
                        say("")
                        say("  Joining the business of \(admitter). This box shows")
                        say("")
                        say("      \(code)")
                        say("")
                        return await Terminal.askCode()
                    })
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
        }
        guard let result = outcome.withLock({ $0 }) else {
            throw VerbError("the connection ended before anything was said; try again")
        }
        _ = try result.get()
        let (node, _) = try await folder.open()
        try await node.introduceSite()
        await node.close()
        say("\(site) is a member; its data are in \(folder.directory)")
        say("start it: warren serve -d \(folder.directory) --dial \(to)")
    }
}

/// The node that runs in a folder, asked as the folder's owner.
struct RunningNode {
    let address: NodeAddress
    private let client: NodeClient
    private let key: OperatorKey

    struct Standing {
        let state: String
        let role: String?
        let code: String?
        let guest: String?
        let trouble: String?
    }

    /// - Throws: `NodeFault` where there is no node at all, `VerbError` where none runs.
    init(_ folder: NodeFolder) async throws {
        _ = try folder.node.facts()
        guard let node = try await Self.find(folder) else {
            throw VerbError(
                "no node runs in \(folder.directory). Start it: warren serve -d \(folder.directory)"
            )
        }
        self = node
    }

    private init(_ address: NodeAddress, _ key: OperatorKey) {
        self.address = address
        client = NodeClient(.loopback(port: address.api))
        self.key = key
    }

    /// - Returns: nil where none runs.
    static func find(_ folder: NodeFolder) async throws -> RunningNode? {
        guard let address = await folder.running() else { return nil }
        guard let key = try OperatorKey.read(folder.node) else {
            throw VerbError(
                "the node in \(folder.directory) runs without its file `operator`; restart it")
        }
        return RunningNode(address, key)
    }

    /// How the box stands with the others.
    func status() async throws -> NodeAnswer {
        let answer = try await send("GET", "sync/status")
        try expect(answer)
        return answer
    }

    func send(
        _ method: String, _ path: String, _ body: [String: String]? = nil
    ) async throws -> NodeAnswer {
        let bytes = try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) }
        return try await client.send(
            .init(
                method, "/api/v1/" + path, headers: ["Authorization": "Bearer \(key.text)"],
                body: bytes ?? []))
    }

    /// - Throws: what the node said, for anything but success.
    func expect(_ answer: NodeAnswer) throws {
        guard answer.isSuccess else {
            throw VerbError(answer.object["detail"] as? String ?? "the node says \(answer.status)")
        }
    }

    func standing() async throws -> Standing {
        let answer = try await send("GET", "pairings/current")
        try expect(answer)
        let object = answer.object
        return Standing(
            state: object["state"] as? String ?? "closed", role: object["role"] as? String,
            code: object["code"] as? String, guest: object["guest"] as? String,
            trouble: object["trouble"] as? String)
    }
}
