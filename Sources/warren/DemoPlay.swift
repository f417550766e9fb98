internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import NodeClient
internal import PeerTransport

/// After the proof: the demo is the user's. What can be tried is printed; `cut` and `join` typed at
/// the terminal do so to the wire.
struct DemoPlay {
    private let stage: DemoStage
    private let wire: WireTap
    private let arrivals: [DemoArrival]
    private let staff: [SampleStaff]

    /// - Parameter arrivals: those that are still expected.
    init(
        _ stage: DemoStage, _ wire: WireTap, _ arrivals: [DemoArrival], _ staff: [SampleStaff]
    ) {
        self.stage = stage
        self.wire = wire
        self.arrivals = arrivals
        self.staff = staff
    }

    func run() async throws {
        let people = staff.map { "\($0.name) \($0.pin) (\($0.role.rawValue))" }
        say(
            """

            Now you.
              North’s desk   \(stage.north.page)
              South’s desk   \(stage.south.page)
              sign in        \(people.prefix(3).joined(separator: ", "))
                             \(people.dropFirst(3).joined(separator: ", "))
            Type one of these codes into the field of North’s page, as a scanner would. South has
            no guests of its own; it finds North’s by name.
            """)
        for arrival in arrivals.prefix(3) {
            say("  \(arrival.code)   \(arrival.names) of \(arrival.owner)")
        }
        say("Here: cut takes the internet away, join brings it back, status shows both sites.")
        say("Ctrl-C ends everything.")
        while let line = await Terminal.ask("") { await perform(line) }
        // Without a terminal there is nothing to read; the demo stays all the same.
        try await Task.sleep(for: .seconds(10_000_000))
    }

    private func perform(_ line: String) async {
        switch line {
        case "": break
        case "cut":
            wire.cut()
            say("internet: cut; both desks go on")
        case "join":
            wire.mend()
            // Nobody sits out a wait that began while there was no internet; a box that is gone
            // says so in its status.
            for box in [stage.north, stage.south] {
                _ = try? await box.post("sync/dial", "")
            }
            say("internet: back")
        case "status":
            say("internet: \(wire.isCut ? "cut" : "there")")
            for box in [stage.north, stage.south] {
                say(await Self.standing(of: box))
            }
        default: say("cut, join or status; Ctrl-C ends it")
        }
    }

    private static func standing(of box: DemoBox) async -> String {
        guard let status = try? await box.get("sync/status").object else {
            return "\(box.name): does not answer; see node.log in its folder"
        }
        let stays = try? await box.get("stays?limit=1&count=true").object["total"] as? Int
        let relay = StatusPaper(status).lines.drop { $0.name != "relay" }
            .prefix { ["relay", ""].contains($0.name) }.map(\.words)
        let digest = (status["digest"] as? String ?? "").prefix(12)
        return """
            \(box.name)
              \(StatusPaper.grouped(status["rows"])) rows, \(stays ?? 0) stays, digest \(digest)…
              relay \(relay.joined(separator: "\n    "))
            """
    }
}
