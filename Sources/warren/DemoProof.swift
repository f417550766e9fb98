internal import EdgeNode
internal import Foundation
internal import PeerTransport

/// What the demo shows, step by step; each step that does not hold throws.
struct DemoProof {
    let north: DemoBox
    let south: DemoBox
    let sample: SampleBooking
    /// Rosa at North's desk.
    let desk: DemoSession
    let wire: WireTap
    let isOnce: Bool

    func run() async throws {
        let animals = try await waitForAnimals()
        wire.cut()
        say("wire: cut")
        let (stay, tag) = try checkIn()
        let label = try await waitForLabels(tag)
        try expect(try north.get("stays/\(stay)").status == 200, "North does not show the stay")
        try expect(try south.get("stays/\(stay)").status == 404, "South knows of a stay too early")
        say("South: knows nothing of the stay yet, as it should")
        wire.mend()
        say("wire: joined again")
        try await waitForStay(stay)
        let digest = try compare()
        try expect(files(of: south).isEmpty, "South printed a job of North's box")
        report(animals, stay, label, digest)
    }

    private func waitForAnimals() async throws -> Int {
        let wanted = try north.get("animals?limit=1&count=true").object["total"] as? Int ?? 0
        let start = ContinuousClock.now
        try await wait("South has all animals", seconds: 180) {
            try south.get("animals?limit=1&count=true").object["total"] as? Int == wanted
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        say(
            """
            South: \(wanted) animals after \(Figures.seconds(seconds)) s, \
            \(Int(Double(wanted) / seconds)) a second
            """)
        return wanted
    }

    /// - Returns: the stay, and the print job of its collar tag.
    private func checkIn() throws -> (stay: String, tag: String) {
        let body = "{\"code\":\"\(sample.code)\"}"
        var headers = desk.headers
        headers["Idempotency-Key"] = "demo-\(RowName.text(sample.booking))"
        let answer = try north.post("stays:checkin", body, headers: headers)
        let words = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 201, let stay = (answer.object["stays"] as? [String])?.first,
            let tag = (answer.object["print_jobs"] as? [String])?.first
        else {
            throw VerbError("the check-in was answered \(answer.status): \(words)")
        }
        let again = try north.post("stays:checkin", body, headers: headers)
        try expect(again.body == answer.body, "a repeated key got another answer")
        let other = try north.post(
            "stays:checkin", "{\"booking\":\"\(RowName.text(sample.booking))\"}", headers: headers)
        try expect(other.status == 422, "a key was taken for two requests")
        let nobody = try north.post(
            "stays:checkin", body, headers: ["Idempotency-Key": "demo-nobody"])
        try expect(nobody.status == 401, "somebody was checked in by nobody")
        say("check-in: \(words)")
        return (stay, tag)
    }

    /// The tag's ZPL file, once tag and card count as printed.
    private func waitForLabels(_ tag: String) async throws -> URL {
        try await wait("collar tag and kennel card are printed", seconds: 20) {
            let events = try north.get("print-job-events?state=printed").object["items"]
            return (events as? [Any])?.count == 2
        }
        let files = files(of: north)
        guard files.count == 2,
            let file = files.first(where: { $0.lastPathComponent.hasPrefix(tag) })
        else {
            throw VerbError(
                "there is not exactly one tag and one card in \(north.directory.printer.path)")
        }
        return file
    }

    private func waitForStay(_ stay: String) async throws {
        let start = ContinuousClock.now
        try await wait("South has the stay", seconds: 60) {
            try south.get("stays/\(stay)").status == 200
                && south.get("animals/\(RowName.text(sample.animal))").status == 200
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        say("South: shows animal and stay \(Figures.seconds(seconds)) s after the wire was joined")
        try await wait("both hold the same", seconds: 60) {
            try vector(of: north) == vector(of: south)
        }
    }

    private func vector(of box: DemoBox) throws -> [String] {
        let heads = try box.get("sync/status").object["vector"] as? [[String: Any]] ?? []
        return heads.map { "\($0["writer"] ?? "") \($0["sequence"] ?? "") \($0["chain"] ?? "")" }
    }

    /// Full scans at both; returns the digest.
    private func compare() throws -> String {
        var digests: [String] = []
        for box in [north, south] {
            let answer = try box.post("sync/verify", "")
            let findings = answer.object["findings"] as? [String] ?? ["no answer"]
            try expect(findings.isEmpty, "\(box.name): \(findings.joined(separator: "; "))")
            digests.append(answer.object["digest"] as? String ?? "none at \(box.name)")
        }
        try expect(digests[0] == digests[1], "digests differ: \(digests)")
        return digests[0]
    }

    private func report(_ animals: Int, _ stay: String, _ label: URL, _ digest: String) {
        say("digest: \(digest), by a full scan at both")
        say("")
        for box in [north, south] {
            let memory = box.processID.flatMap(PeakMemory.mebibytes(of:)) ?? 0
            say("\(box.name): \(box.url)  (peak memory \(memory) MiB)")
        }
        say("label: \(label.path)  (the card lies beside it)")
        say("  make picture LABEL=\(label.path)   draws it (in the clone)")
        if isOnce { return }
        say("  curl \(south.url)/animals/\(RowName.text(sample.animal))")
        say("  curl \(south.url)/stays/\(stay)")
        say("  curl '\(south.url)/animals?limit=3&count=true'")
        say("  curl \(north.url)/sync/status")
    }

    private func files(of box: DemoBox) -> [URL] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: box.directory.printer.path)
        return (names ?? []).filter { $0.hasSuffix(".zpl") }
            .map { box.directory.printer.appendingPathComponent($0) }
    }

    private func wait(
        _ what: String, seconds: Int, until holds: () throws -> Bool
    ) async throws {
        for _ in 0..<(seconds * 20) {
            if try holds() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw VerbError("waited \(seconds) s in vain: \(what). See node.log in both folders.")
    }

    private func expect(_ holds: Bool, _ otherwise: String) throws {
        if !holds { throw VerbError(otherwise) }
    }
}
