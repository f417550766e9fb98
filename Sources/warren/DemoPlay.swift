internal import EdgeNode
internal import Foundation
internal import PeerTransport

/// After the proof: the demo is the user's. What can be tried is printed; `cut` and `join` typed at
/// the terminal do so to the wire.
struct DemoPlay {
    private let stage: DemoStage
    private let wire: WireTap
    private let spare: SampleBooking
    private let desk: DemoSession

    init(_ stage: DemoStage, _ wire: WireTap, _ spare: SampleBooking, _ desk: DemoSession) {
        self.stage = stage
        self.wire = wire
        self.spare = spare
        self.desk = desk
    }

    func run() async throws {
        say(
            """

            Now you. \(desk.name) is signed in at North; \(spare.animalName) stands at the door:
              curl -X POST -H 'Authorization: Bearer \(desk.token)' \
            -H 'Idempotency-Key: mine-1' -d '{"code":"\(spare.code)"}' \
            \(stage.north.url)/stays:checkin
            Type cut and Enter to cut the wire first, join to mend it; status shows both sites.
            Ctrl-C ends it.
            """)
        for await line in Self.lines() { perform(line) }
        // Without a terminal there is nothing to read; the demo stays all the same.
        try await Task.sleep(for: .seconds(10_000_000))
    }

    private func perform(_ line: String) {
        switch line {
        case "": break
        case "cut":
            wire.cut()
            say("wire: cut")
        case "join":
            wire.mend()
            say("wire: joined again")
        case "status": for box in [stage.north, stage.south] { say(Self.standing(of: box)) }
        default: say("cut, join or status; Ctrl-C ends it")
        }
    }

    private static func standing(of box: DemoBox) -> String {
        guard let status = try? box.get("sync/status").object else {
            return "\(box.name): does not answer; see node.log in its folder"
        }
        let stays = try? box.get("stays?limit=1&count=true").object["total"] as? Int
        let digest = (status["digest"] as? String ?? "").prefix(12)
        let rows = status["rows"] ?? "?"
        return "\(box.name): \(rows) rows, \(stays ?? 0) stays, digest \(digest)…"
    }

    private static func lines() -> AsyncStream<String> {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        FileHandle.standardInput.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                continuation.finish()
                return
            }
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
                continuation.yield(line.trimmingCharacters(in: .whitespaces))
            }
        }
        return lines
    }
}
