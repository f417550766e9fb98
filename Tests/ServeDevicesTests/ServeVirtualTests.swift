import Foundation
import NodeClient
import Testing
import USBEmulation

@testable import warren

extension ServeDevicesTests {
    /// `warren serve --virtual`: the same drivers over a bus that the program plays.
    @Suite struct VirtualTests {
        static let all = ["--no-usb", "--virtual", "label-printer,card-printer,scanner"]
        static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

        @Test func `each role has its virtual printer, and both show what they made`() async throws
        {
            try await ServedNode.with(Self.all) { node, _ in
                let jobs = try await node.checkIn()
                let printers = [
                    "collar-tag": "virtual-label-printer", "kennel-card": "virtual-card-printer",
                ]
                #expect(Set(jobs.keys) == Set(printers.keys))
                for (template, printer) in printers {
                    let job = try #require(jobs[template])
                    let done = try await node.job(job, is: "printed", detail: "counters")
                    #expect(done["printer"] as? String == printer)
                    let made = try await node.get("devices/\(printer)/picture")
                    let drawn = try await node.get("print-jobs/\(job)/picture")
                    #expect(made.headers["content-type"] == "image/png")
                    #expect(Array(made.body.prefix(8)) == Self.png)
                    #expect(Data(made.body).range(of: Data("virtual".utf8)) != nil)
                    // Drawn from the record and from what crossed the bus: the same label.
                    #expect(made.body == drawn.body)
                }
            }
        }

        @Test(arguments: [
            ("paper-out", "paperOut", "troubled"), ("mute", "silent", "silent"),
            ("unplugged", "absent", "absent"),
        ])
        func `a fault is seen as on a real printer, and mending it lets the job go on`(
            fault: String, hold: String, state: String
        ) async throws {
            try await ServedNode.with(Self.all) { node, _ in
                let printer = "virtual-card-printer"
                try await node.device(printer, is: "ready")
                let broken = try await node.post(
                    "devices/\(printer):fault", "{\"fault\":\"\(fault)\"}")
                #expect(broken.status == 200)
                let job = try #require(try await node.checkIn()["kennel-card"])
                try await node.job(job, is: "held", detail: hold)
                try await node.device(printer, is: state)
                let mended = try await node.post("devices/\(printer):fault", "{\"fault\":\"none\"}")
                #expect(mended.status == 200)
                try await node.job(job, is: "printed", detail: "counters")
                try await node.device(printer, is: "ready")
            }
        }

        @Test func `a virtual scanner reads what it is given`() async throws {
            try await ServedNode.with(Self.all) { node, _ in
                try await node.device("virtual-scanner", is: "ready")
                let long = String(repeating: "A", count: 200)
                for code in [node.codes[0], long] {
                    let read = try await node.post(
                        "devices/virtual-scanner:scan", "{\"code\":\"\(code)\"}")
                    #expect(read.status == 200)
                }
                _ = try await node.until("devices/virtual-scanner") { $0["scans"] as? Int == 2 }
                // Its code is nobody's business but the desk's.
                let log = try String(contentsOf: node.log, encoding: .utf8)
                #expect(!log.contains(node.codes[0]) && !log.contains(long))
            }
        }

        @Test func `a test label prints and is no record`() async throws {
            try await ServedNode.with(Self.all) { node, _ in
                try await node.device("virtual-label-printer", is: "ready")
                let before = try await node.get("print-jobs?count=true").object["total"] as? Int
                let test = "devices/virtual-label-printer:feed-test"
                #expect(try await node.post(test).status == 400)
                let asked = try await node.post(test, key: "one")
                #expect(asked.status == 200)
                while try await node.get("devices/virtual-label-printer/picture").status != 200 {
                    await Task.yield()
                }
                #expect(
                    try await node.get("print-jobs?count=true").object["total"] as? Int == before)
            }
        }

        @Test func `what cannot be is refused with its reason`() async throws {
            try await ServedNode.with(Self.all) { node, _ in
                try await node.device("virtual-scanner", is: "ready")
                let (scanner, printer) = (
                    "devices/virtual-scanner", "devices/virtual-label-printer"
                )
                let job = "print-jobs/" + String(repeating: "0", count: 32)
                let cases: [(String, String, Int)] = [
                    ("\(printer):scan", "{\"code\":\"x\"}", 409), ("\(scanner):scan", "{}", 400),
                    ("\(scanner):scan", "{\"code\":\"x\",\"more\":1}", 400),
                    ("\(scanner):fault", "{\"fault\":\"mute\"}", 409),
                    ("\(printer):fault", "{\"fault\":\"fire\"}", 400),
                    ("\(printer):burn", "", 404), (printer, "", 404),
                    ("devices/nobody:retry", "", 404), ("\(scanner):feed-test", "", 404),
                    ("\(job):retry", "", 404), ("\(job):burn", "", 404),
                    ("print-jobs/x:retry", "", 400),
                ]
                for (path, body, status) in cases {
                    let answer = try await node.post(path, body, key: "k-\(path)")
                    #expect(answer.status == status, "\(path) \(body)")
                    #expect((answer.object["detail"] as? String)?.isEmpty == false)
                }
                #expect(try await node.post("\(job):retry").status == 400)
                #expect(
                    try await node.post("\(job):retry", key: "k", isSignedIn: false).status == 401)
                #expect(
                    try await node.post("\(printer):feed-test", isSignedIn: false).status == 401)
                #expect(try await node.get("\(scanner)/picture").status == 404)
                #expect(try await node.get("print-jobs?state=printed").status == 400)
            }
        }
    }
}
