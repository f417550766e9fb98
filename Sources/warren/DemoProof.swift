internal import EdgeNode
internal import Foundation
internal import NodeClient
internal import PeerTransport

/// What the demo shows, step by step; each step that does not hold throws.
struct DemoProof {
    let north: DemoBox
    let south: DemoBox
    /// Rosa at North's desk.
    let desk: DemoSession
    /// Who may let in whom the rules refuse.
    let manager: SampleStaff
    let wire: WireTap
    /// Where pictures of labels go.
    let pictures: URL
    /// When South was started.
    let southBegan: ContinuousClock.Instant

    /// - Returns: today's arrivals; the first two are checked in.
    func run() async throws -> [DemoArrival] {
        try await waitForAnimals()
        let arrivals = try await DemoArrival.all(at: north, desk)
        guard arrivals.count > 2 else { throw VerbError("there are too few arrivals today") }
        wire.cut()
        say("internet: cut, no box reaches the relay")
        let stays = try await checkIn(arrivals[0])
        let late = try await approve(arrivals[1])
        for stay in stays {
            try expect(try await south.get("stays/\(stay)").status == 404, "South knows too early")
        }
        say("South: knows nothing of the stays yet, as it should")
        wire.mend()
        say("internet: back")
        try await waitForStays(stays + late)
        say("digest: \(try await compare()), by a full scan at both")
        return arrivals
    }

    private func waitForAnimals() async throws {
        let wanted = try await total(north)
        try await wait("South has all animals", seconds: 300) { try await total(south) == wanted }
        let seconds = Double((ContinuousClock.now - southBegan) / .milliseconds(1)) / 1_000
        say(
            """
            South: \(wanted) animals through the relay \(Figures.seconds(seconds)) s after it was \
            started
            """)
    }

    private func total(_ box: DemoBox) async throws -> Int {
        try await box.get("animals?limit=1&count=true").object["total"] as? Int ?? 0
    }

    /// A scan checks the whole booking in; the same scan again changes and prints nothing.
    private func checkIn(_ arrival: DemoArrival) async throws -> [String] {
        let body = "{\"code\":\"\(arrival.code)\"}"
        var headers = desk.headers
        headers["Idempotency-Key"] = "demo-\(RowName.text(arrival.booking))"
        let answer = try await north.post("stays:checkin", body, headers: headers)
        let words = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 201, let stays = answer.object["stays"] as? [String],
            let jobs = answer.object["print_jobs"] as? [String]
        else { throw VerbError("the check-in was answered \(answer.status): \(words)") }
        let again = try await north.post("stays:checkin", body, headers: headers)
        try expect(again.body == answer.body, "a repeated key got another answer")
        let nobody = try await north.post(
            "stays:checkin", body, headers: ["Idempotency-Key": "demo-nobody"])
        try expect(nobody.status == 401, "somebody was checked in by nobody")
        say(
            """
            check-in: \(arrival.names) of \(arrival.owner), by \(desk.name): \(stays.count) stays, \
            \(jobs.count) labels
            """)
        try await keepPictures([(jobs.first, "tag.png"), (jobs.last, "card.png")])
        return stays
    }

    private func keepPictures(_ wanted: [(job: String?, name: String)]) async throws {
        try await wait("tags and cards are printed", seconds: 60) {
            let open = try await north.get("print-jobs?state=open", headers: desk.headers)
            return (open.object["items"] as? [Any])?.isEmpty == true
        }
        for case (let job?, let name) in wanted {
            let picture = try await north.get("print-jobs/\(job)/picture", headers: desk.headers)
            try expect(picture.status == 200, "there is no picture of a label")
            let file = pictures.appendingPathComponent(name)
            try Data(picture.body).write(to: file)
            say("printed: \(file.path)")
        }
    }

    /// A rabies record that ends inside the stay blocks; a manager's PIN lets in, with a reason.
    private func approve(_ arrival: DemoArrival) async throws -> [String] {
        let key = "demo-\(RowName.text(arrival.booking))"
        var headers = desk.headers
        headers["Idempotency-Key"] = key
        let booking = "\"booking\":\"\(RowName.text(arrival.booking))\""
        let refused = try await north.post("stays:checkin", "{\(booking)}", headers: headers)
        try expect(refused.status == 409 || refused.status == 422, "nothing was refused")
        say("refused: \(refused.object["detail"] as? String ?? "")")
        headers["Idempotency-Key"] = key + "-approved"
        let approval =
            "\"approval\":{\"staff\":\"\(RowName.text(manager.id))\",\"pin\":\"\(manager.pin)\","
            + "\"reason\":\"booster is booked\",\"until\":\"\(DemoStage.day(14))\"}"
        let answer = try await north.post(
            "stays:checkin", "{\(booking),\(approval)}", headers: headers)
        guard answer.status == 201, let stays = answer.object["stays"] as? [String] else {
            throw VerbError("the approval was answered \(answer.status): \(answer.object)")
        }
        say("approved: by \(manager.name)’s PIN; the waiver stands on the card")
        let jobs = answer.object["print_jobs"] as? [String]
        try await keepPictures([(jobs?.last, "waiver-card.png")])
        return stays
    }

    private func waitForStays(_ stays: [String]) async throws {
        let start = ContinuousClock.now
        try await wait("South has the stays", seconds: 60) {
            for stay in stays {
                guard try await south.get("stays/\(stay)").status == 200 else { return false }
            }
            return true
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        say("South: shows all \(stays.count) stays \(Figures.seconds(seconds)) s later")
        try await wait("both hold the same", seconds: 60) {
            try await vector(of: north) == vector(of: south)
        }
    }

    private func vector(of box: DemoBox) async throws -> [String] {
        let heads = try await box.get("sync/status").object["vector"] as? [[String: Any]] ?? []
        return heads.map { "\($0["writer"] ?? "") \($0["sequence"] ?? "") \($0["chain"] ?? "")" }
    }

    /// Full scans at both; returns the digest.
    private func compare() async throws -> String {
        var digests: [String] = []
        for box in [north, south] {
            let answer = try await box.post("sync/verify", "")
            let findings = answer.object["findings"] as? [String] ?? ["no answer"]
            try expect(findings.isEmpty, "\(box.name): \(findings.joined(separator: "; "))")
            digests.append(answer.object["digest"] as? String ?? "none at \(box.name)")
        }
        try expect(digests[0] == digests[1], "digests differ: \(digests)")
        return digests[0]
    }

    private func wait(
        _ what: String, seconds: Int, until holds: () async throws -> Bool
    ) async throws {
        for _ in 0..<(seconds * 20) {
            if try await holds() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw VerbError("waited \(seconds) s in vain: \(what). See node.log in both folders.")
    }

    private func expect(_ holds: Bool, _ otherwise: String) throws {
        if !holds { throw VerbError(otherwise) }
    }
}
