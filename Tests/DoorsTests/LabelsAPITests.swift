import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Peripherals
import Testing

@testable import EdgeNode
@testable import LANAPI

/// Labels that are wanted once more, and what a label cannot show.
@Suite(.timeLimit(.minutes(5))) struct LabelsAPITests {
    @Test func `a tag that is wanted once more is printed as the copy that it is`() async throws {
        try await Self.served { box, desk, service in
            let stay = try await Self.checkIn(box, desk)
            for copy in 2...3 {
                let job = try await Self.printLabels(desk, stay, key: "again-\(copy)")
                #expect(try await Self.zpl(of: job, box, service).contains("COPY \(copy)"))
            }
            #expect(try box.count("print_job") == 3)
            // One wish is done once, however often it is sent.
            _ = try await Self.printLabels(desk, stay, key: "again-3")
            #expect(try box.count("print_job") == 3)
            let first = try #require(
                try box.node.page(of: try box.collection("print_job"), limit: 1).rows.first?.id)
            #expect(try await !Self.zpl(of: first, box, service).contains("COPY"))
        }
    }

    @Test func `one key makes one test label, and no key makes none`() async throws {
        try await Self.served { box, desk, service in
            box.node.devices.put(
                DeviceStanding(
                    id: "folder", kind: "label-printer", title: "Folder", state: .ready, port: nil,
                    since: 0))
            let path = "devices/folder:feed-test"
            let keyless = try await desk.execute(uri: "/api/v1/\(path)", method: .post)
            #expect(keyless.status == .badRequest)
            let first = try await Self.post(desk, path, "", key: "one")
            #expect(first.status == .ok)
            try await service.tick()
            let again = try await Self.post(desk, path, "", key: "one")
            #expect(again.headers[.replayed] == "true" && again.body == first.body)
            try await service.tick()
            #expect(try box.labels().count == 1)
            #expect(try await Self.post(desk, path, "", key: "two").status == .ok)
            try await service.tick()
            #expect(try box.labels().count == 2)
        }
    }

    @Test func `one key asked many times at once makes one test label`() async throws {
        try await Self.served { box, desk, service in
            box.node.devices.put(
                DeviceStanding(
                    id: "folder", kind: "label-printer", title: "Folder", state: .ready, port: nil,
                    since: 0))
            let path = "devices/folder:feed-test"
            let replays = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let answer = try await Self.post(desk, path, "", key: "one")
                        #expect(answer.status == .ok)
                        return answer.headers[.replayed] == "true"
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(replays == 7)
            try await service.tick()
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `open jobs come in pages, each job once`() async throws {
        try await Self.served { box, desk, _ in
            let stay = try await Self.checkIn(box, desk)
            for copy in 2...3 { _ = try await Self.printLabels(desk, stay, key: "more-\(copy)") }
            let first = try Self.object(
                try await Self.get(desk, "print-jobs?state=open&limit=2"))
            let next = try #require(first["next"] as? String)
            let last = try Self.object(
                try await Self.get(desk, "print-jobs?state=open&limit=2&cursor=\(next)"))
            #expect(last["next"] is NSNull)
            let jobs = [first, last].map { $0["items"] as? [[String: Any]] ?? [] }
            #expect(jobs.map(\.count) == [2, 1])
            #expect(Set(jobs.joined().compactMap { $0["id"] as? String }).count == 3)
            for odd in ["limit=0", "limit=1001", "cursor=7", "cursor=1.x", "page=2"] {
                let answer = try await Self.get(desk, "print-jobs?state=open&\(odd)")
                #expect(answer.status == .badRequest, "\(odd)")
            }
        }
    }

    @Test func `labels are for who is in house here, of a kind that there is`() async throws {
        try await Self.served { box, desk, _ in
            let stay = try await Self.checkIn(box, desk)
            for (body, status) in [
                (
                    #"{"stay":"\#(stay)","role":"poster"}"#,
                    HTTPResponse.Status.unprocessableContent
                ),
                (#"{"stay":"\#(RowName.text(RowID(7)))"}"#, .notFound), (#"{}"#, .badRequest),
            ] {
                let answer = try await Self.post(desk, "stays:print-labels", body, key: body)
                #expect(answer.status == status, "\(body)")
            }
            let row = try #require(RowName.row(stay))
            try await box.set("stay", row, "status", .text("checked_out"))
            let gone = try await Self.post(
                desk, "stays:print-labels", #"{"stay":"\#(stay)"}"#, key: "gone")
            #expect(gone.status == .conflict)
            #expect(try box.count("print_job") == 1)
        }
    }

    @Test func `a label that may exist already says so when a person prints it again`()
        async throws
    {
        try await Self.served(printing: Vanishing()) { box, desk, service in
            _ = try await Self.checkIn(box, desk)
            try await service.tick()
            let job = try #require(
                try box.node.page(of: try box.collection("print_job"), limit: 1).rows.first?.id)
            let name = RowName.text(job)
            let before = try Self.object(try await Self.get(desk, "print-jobs/\(name)"))
            #expect(before["copy"] as? Int == 1)
            let again = try await Self.post(desk, "print-jobs/\(name):retry", "{}", key: "r")
            #expect(again.status == .ok)
            let standing = try Self.object(try await Self.get(desk, "print-jobs/\(name)"))
            #expect(standing["copy"] as? Int == 2)
            #expect(try await Self.zpl(of: job, box, service).contains("COPY 2"))
            // The number outlives the process.
            let next = PrintService(box.node, box.packs)
            await next.register(.folder(FilePrinter(box.node.directory.printer)))
            try await next.tick()
            #expect(try await Self.zpl(of: job, box, next).contains("COPY 2"))
        }
    }

    @Test func `what a label cannot show is told with its job, in words`() async throws {
        try await Self.served { box, desk, _ in
            let sample = try await box.sample()
            try await box.set("animal", sample.animal, "name", .text("Бобик 🐕"))
            let made = try await Self.post(
                desk, "stays:checkin", #"{"code":"\#(sample.code)"}"#, key: "k")
            #expect(made.status == .created)
            let job = try #require((try Self.object(made)["print_jobs"] as? [String])?.first)
            let shown = try Self.object(try await Self.get(desk, "print-jobs/\(job)"))
            let told = try #require(shown["findings"] as? [String])
            #expect(told.count == 1)
            #expect(told.first?.contains("show as ?") == true)
            #expect(told.first?.contains("Бобик 🐕") == true)
        }
    }

    @Test func `who may approve is told to colleagues, and to nobody at the door`() async throws {
        try await Self.served { box, desk, _ in
            _ = try await SampleStaff.make(at: box.node)
            let names = try Self.items(try await Self.get(desk, "sessions/staff"))
            let may = names.filter { $0["may_approve"] as? Bool == true }
            #expect(!may.isEmpty && may.count < names.count)
            let open = try await desk.client.execute(uri: "/api/v1/sessions/staff", method: .get)
            #expect(try Self.items(open).allSatisfy { $0["may_approve"] == nil })
        }
    }

    @Test func `whoever knows that the others are back makes this box dial at once`() async throws {
        try await Self.served { box, desk, _ in
            let (waiting, wait) = AsyncStream<Void>.makeStream()
            var environment = box.node.environment
            environment.sleep = { _ in
                wait.yield()
                try await Task.sleep(for: .seconds(3_600))
            }
            let clock = environment
            async let rang = box.node.dialBell.wait(.seconds(60), in: clock)
            for await _ in waiting { break }
            let answer = try await Self.post(desk, "sync/dial", "", key: "d")
            #expect(answer.status == .noContent)
            #expect(try await rang)
        }
    }

    // MARK: A desk

    private static func served(
        printing target: (any PrintTarget)? = nil,
        _ body: @escaping @Sendable (TemporaryNode, SignedClient, PrintService) async throws -> Void
    ) async throws {
        try await TemporaryNode.with { box in
            let service = PrintService(box.node, box.packs)
            await service.register(.folder(target ?? FilePrinter(box.node.directory.printer)))
            let token = try await box.token(.desk)
            let server = try APIServer(
                box.node, box.desk, box.door,
                hardware: Hardware(printing: service, control: nil), host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                try await body(box, SignedClient(client: client, token: token), service)
            }
        }
    }

    /// The new stay's id.
    private static func checkIn(_ box: TemporaryNode, _ desk: SignedClient) async throws -> String {
        let sample = try await box.sample()
        let made = try await post(
            desk, "stays:checkin", #"{"code":"\#(sample.code)"}"#, key: "first")
        return try #require((try object(made)["stays"] as? [String])?.first)
    }

    private static func printLabels(
        _ desk: SignedClient, _ stay: String, key: String
    ) async throws -> RowID {
        let made = try await post(
            desk, "stays:print-labels", #"{"stay":"\#(stay)","role":"collar"}"#, key: key)
        #expect(made.status == .created)
        let jobs = try #require(try object(made)["print_jobs"] as? [String])
        #expect(jobs.count == 1)
        return try #require(jobs.first.flatMap { RowName.row($0) })
    }

    /// What the printer of a job would get.
    private static func zpl(
        of job: RowID, _ box: TemporaryNode, _ service: PrintService
    ) async throws -> String {
        let order = try #require(try PrintOrder(of: job, box.node, box.packs))
        let copy = try box.node.printJob(job)?.copy ?? 1
        let label = try order.label(
            for: .folder(FilePrinter(box.node.directory.printer)), among: box.packs.templates, nil,
            copy: copy)
        return String(decoding: label.bytes, as: UTF8.self)
    }

    private static func post(
        _ desk: SignedClient, _ path: String, _ body: String, key: String
    ) async throws -> TestResponse {
        try await desk.execute(
            uri: "/api/v1/\(path)", method: .post,
            headers: [.idempotencyKey: "\(key.hashValue.magnitude)"],
            body: ByteBuffer(string: body))
    }

    private static func get(_ desk: SignedClient, _ path: String) async throws -> TestResponse {
        try await desk.execute(uri: "/api/v1/\(path)", method: .get)
    }

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return try #require(json as? [String: Any])
    }

    private static func items(_ answer: TestResponse) throws -> [[String: Any]] {
        try #require(try object(answer)["items"] as? [[String: Any]])
    }
}

/// Takes some bytes and is gone: nobody knows what became of the label.
private struct Vanishing: PrintTarget {
    func prepare(_ job: RowID) async -> [PrintJob.Input] { [.ready] }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] { [.interrupted(acceptedBytes: 512)] }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
