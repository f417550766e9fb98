import Foundation
import NodeClient
import Testing
import USBEmulation

@testable import warren

/// The real `warren serve` on the real libusb, with the emulator of this process below it. Run by
/// `make usb`'s second half; one bus a process, so nothing runs beside it.
@Suite(
    .serialized, .enabled(if: EmulatedBus.isPossible, "run by `make test` under umockdev-wrapper"),
    .timeLimit(.minutes(3)))
struct ServeDevicesTests {
    static let zebra = "0a5f-011c-S1"

    @Test func `a check-in's labels come out of the printer and its count confirms them`()
        async throws
    {
        try await ServedNode.with { node, bus in
            let zebra = EmulatedZebra(model: Self.model)
            _ = bus.plug("1", .zebra4(), zebra)
            try await node.device(Self.zebra, is: "ready")
            let jobs = try await node.checkIn()
            for job in jobs.values {
                let done = try await node.job(job, is: "printed", detail: "counters")
                #expect(done["printer"] as? String == Self.zebra)
            }
            #expect(jobs.count == 2)
            #expect(zebra.labels == 102)
            let received = String(decoding: zebra.state.value.received, as: UTF8.self)
            #expect(received.contains("~HS"))
            #expect(received.contains("getvar \"odometer.total_label_count\""))
            #expect(received.components(separatedBy: "^XA").count == 3)
        }
    }

    @Test func `without a printer the labels wait, and one that is plugged in later prints them`()
        async throws
    {
        try await ServedNode.with { node, bus in
            let jobs = try await node.checkIn()
            for job in jobs.values { try await node.job(job, is: "held", detail: "absent") }
            let zebra = EmulatedZebra(model: Self.model)
            _ = bus.plug("1", .zebra4(), zebra)
            for job in jobs.values { try await node.job(job, is: "printed") }
            #expect(zebra.labels == 102)
        }
    }

    @Test func `paper that is out holds the job with its reason, and new paper lets it go on`()
        async throws
    {
        try await ServedNode.with { node, bus in
            let zebra = EmulatedZebra(model: Self.model)
            zebra.change { $0.isPaperOut = true }
            _ = bus.plug("1", .zebra4(), zebra)
            try await node.device(Self.zebra, is: "ready")
            let jobs = try await node.checkIn()
            let held = try await node.until("print-jobs?state=held") {
                ($0["items"] as? [[String: Any]])?.contains {
                    $0["detail"] as? String == "paperOut"
                } ?? false
            }
            #expect((held["items"] as? [Any])?.isEmpty == false)
            let standing = try await node.device(Self.zebra, is: "troubled")
            #expect(standing["conditions"] as? [String] == ["paper.out"])
            #expect(!zebra.state.value.received.contains(UInt8(ascii: "^")))
            zebra.change { $0.isPaperOut = false }
            for job in jobs.values { try await node.job(job, is: "printed") }
            #expect(zebra.labels == 102)
        }
    }

    @Test func `a mute printer holds the job as silent and gets no byte of it`() async throws {
        try await ServedNode.with { node, bus in
            let zebra = EmulatedZebra(model: Self.model)
            zebra.change { $0.isMute = true }
            _ = bus.plug("1", .zebra4(), zebra)
            let jobs = try await node.checkIn()
            _ = try await node.until("print-jobs?state=held") {
                ($0["items"] as? [[String: Any]])?.contains {
                    $0["detail"] as? String == "silent"
                } ?? false
            }
            try await node.device(Self.zebra, is: "silent")
            #expect(!zebra.state.value.received.contains(UInt8(ascii: "^")))
            zebra.change { $0.isMute = false }
            for job in jobs.values { try await node.job(job, is: "printed") }
        }
    }

    /// The same job again and again, each time by a person's word, cut one packet of 64 bytes
    /// later; every eighth is a boundary of 512.
    @Test func `a cable pulled at any packet of a label leaves a doubt and never a second label`()
        async throws
    {
        try await ServedNode.with(settings: Self.largeCards) { node, bus in
            let job = try await node.cardOnly()
            var printers: [EmulatedZebra] = []
            var isPrinted = false
            while !isPrinted {
                let cut = 64 * (printers.count + 1)
                let zebra = EmulatedZebra(model: Self.model)
                zebra.change { $0.room = Self.talkBytes + cut }
                printers.append(zebra)
                let device = bus.plug("\(printers.count)", .zebra4(packet: 64), zebra)
                await zebra.state.until { $0.refusals > 0 || $0.labels > 100 }
                isPrinted = zebra.labels > 100
                if isPrinted { break }
                #expect(zebra.state.value.received.count == Self.talkBytes + cut)
                device.unplug()
                try await node.job(job, is: "unknown")
                try await node.device(Self.zebra, is: "absent")
                // Nothing prints it again by itself, whatever is plugged in.
                let again = try await node.post(
                    "print-jobs/\(job):retry", key: "retry-\(printers.count)")
                #expect(again.status == 200)
                try await node.job(job, is: "held", detail: "absent")
            }
            printers.last?.change { $0.room = nil }
            try await node.job(job, is: "printed", detail: "counters")
            #expect(printers.count > 512 / 64 + 1)
            #expect(printers.map(\.labels).reduce(0, +) == 100 * printers.count + 1)
            let done = try await node.get("print-jobs/\(job)").object
            #expect(done["attempt"] as? Int == printers.count)
        }
    }

    @Test func `an uncertain job is not printed by another plug, only by a person or never`()
        async throws
    {
        try await ServedNode.with(settings: Self.largeCards) { node, bus in
            let job = try await node.cardOnly()
            let zebra = EmulatedZebra(model: Self.model)
            zebra.change { $0.room = Self.talkBytes + 512 }
            let first = bus.plug("1", .zebra4(), zebra)
            await zebra.state.until { $0.refusals > 0 }
            #expect(zebra.labels == 100)
            first.unplug()
            try await node.job(job, is: "unknown")
            let second = EmulatedZebra(model: Self.model)
            _ = bus.plug("2", .zebra4(), second)
            // It is asked what became of the job, and gets no label.
            await second.state.until { $0.received.contains(UInt8(ascii: "!")) }
            try await node.job(job, is: "unknown")
            #expect(!second.state.value.received.contains(UInt8(ascii: "^")))
            let seen = try await node.post("print-jobs/\(job):confirm", key: "seen")
            #expect(seen.object["state"] as? String == "printed")
            let replayed = try await node.post("print-jobs/\(job):confirm", key: "seen")
            #expect(replayed.status == 200)
            let late = try await node.post("print-jobs/\(job):retry", key: "late")
            #expect(late.status == 409)
            #expect(second.labels == 100)
        }
    }

    @Test func `killed in the middle of a label, it asks what became of it and prints no second`()
        async throws
    {
        try await ServedNode.with(settings: Self.largeCards) { node, bus in
            let job = try await node.cardOnly()
            let zebra = EmulatedZebra(model: Self.model)
            zebra.change { $0.room = Self.talkBytes + 512 }
            let first = bus.plug("1", .zebra4(), zebra)
            await zebra.state.until { $0.refusals > 0 }
            node.crash()
            // Off and on again: the half of a label in its memory is gone.
            first.unplug()
            let second = EmulatedZebra(model: Self.model)
            try await node.start()
            _ = bus.plug("2", .zebra4(), second)
            try await node.job(job, is: "unknown")
            await second.state.until { $0.received.contains(UInt8(ascii: "!")) }
            #expect(!second.state.value.received.contains(UInt8(ascii: "^")))
            _ = try await node.post("print-jobs/\(job):retry", key: "again")
            try await node.job(job, is: "printed", detail: "counters")
            #expect(zebra.labels + second.labels == 201)
        }
    }

    @Test func `killed before the printer could confirm, the count of before still confirms it`()
        async throws
    {
        try await ServedNode.with(settings: Self.largeCards) { node, bus in
            let job = try await node.cardOnly()
            let zebra = EmulatedZebra(model: Self.model)
            zebra.change { $0.mutesAfterLabel = true }
            let cable = bus.plug("1", .zebra4(), zebra)
            try await node.job(job, is: "sent")
            node.crash()
            // The kernel ends what a dead process left; the emulator does so with the cable.
            cable.unplug()
            zebra.change { state in
                state.mutesAfterLabel = false
                state.isMute = false
            }
            try await node.start()
            _ = bus.plug("2", .zebra4(), zebra)
            try await node.job(job, is: "printed", detail: "counters")
            #expect(zebra.labels == 101)
            #expect(try await node.get("print-jobs/\(job)").object["attempt"] as? Int == 1)
        }
    }

    /// The emulator keeps a dead process's transfers, unlike a kernel; the node has to end even so.
    @Test func `the life after kill -9 takes the printer over and ends when it is told to`()
        async throws
    {
        try await ServedNode.with { node, bus in
            _ = bus.plug("1", .zebra4(), EmulatedZebra(model: Self.model))
            try await node.device(Self.zebra, is: "ready")
            node.crash()
            try await node.start()
            try await node.device(Self.zebra, is: "ready")
            #expect(await node.stop() == 0)
        }
    }

    /// A printer that keeps no count leaves its jobs `sent`; a scan of the card says that it is
    /// there. Two scanners without serial numbers read two cards in the same moment.
    @Test func `two identical scanners at once never mix, and each card that is read is there`()
        async throws
    {
        try await ServedNode.with { node, bus in
            let zebra = EmulatedZebra(model: "GK420d")
            var build = EmulatedBuild.zebra4(serial: "G1")
            (build.product, build.productText) = (0x0080, "ZTC GK420d")
            _ = bus.plug("1", build, zebra)
            let (left, right) = (EmulatedKeys(), EmulatedKeys())
            _ = bus.plug("2", .scanner(), left)
            _ = bus.plug("3", .scanner(), right)
            try await node.device("05e0-1200-port-1-2", is: "ready")
            try await node.device("05e0-1200-port-1-3", is: "ready")
            var cards: [String] = []
            for number in [0, 1] {
                let jobs = try await node.checkIn(number)
                cards.append(try #require(jobs["kennel-card"]))
            }
            for card in cards { try await node.job(card, is: "sent") }
            var codes: [String] = []
            for card in cards { codes.append(try await node.code(of: card)) }
            for (one, other) in zip(
                EmulatedKeys.reports(codes[0] + "\n"), EmulatedKeys.reports(codes[1] + "\n"))
            {
                left.give(one)
                right.give(other)
            }
            for card in cards { try await node.job(card, is: "printed", detail: "scan") }
            for port in ["1-2", "1-3"] {
                let scanner = try await node.get("devices/05e0-1200-port-\(port)").object
                #expect(scanner["scans"] as? Int == 1)
            }
        }
    }

    @Test func `from a scan to the printer's first byte is measured`() async throws {
        try await ServedNode.with { node, bus in
            let (zebra, keys) = (EmulatedZebra(model: Self.model), EmulatedKeys())
            _ = bus.plug("1", .zebra4(), zebra)
            _ = bus.plug("2", .scanner(), keys)
            try await node.device(Self.zebra, is: "ready")
            try await node.device("05e0-1200-port-1-2", is: "ready")
            let start = ContinuousClock.now
            keys.type(node.codes[0] + "\n")
            _ = try await node.until("devices/05e0-1200-port-1-2") { $0["scans"] as? Int == 1 }
            let scanned = ContinuousClock.now
            let jobs = try await node.checkIn()
            let answered = ContinuousClock.now
            await zebra.state.until { $0.received.contains(UInt8(ascii: "^")) }
            let printing = ContinuousClock.now
            // Told, not judged: what is fast on one machine is slow on another.
            print(
                "measured scan-to-paper: scan \(scanned - start), check-in \(answered - scanned), "
                    + "first byte \(printing - answered), together \(printing - start)")
            for job in jobs.values { try await node.job(job, is: "printed") }
        }
    }

    @Test func `two printers that both fit print nothing until somebody says which`() async throws {
        try await ServedNode.with { node, bus in
            let (one, two) = (EmulatedZebra(model: Self.model), EmulatedZebra(model: Self.model))
            _ = bus.plug("1", .zebra4(serial: "S1"), one)
            _ = bus.plug("2", .zebra4(serial: "S2"), two)
            try await node.device(Self.zebra, is: "ready")
            try await node.device("0a5f-011c-S2", is: "ready")
            let jobs = try await node.checkIn()
            for job in jobs.values { try await node.job(job, is: "held", detail: "undecided") }
            #expect(one.labels == 100 && two.labels == 100)
        }
    }

    @Test func `each role's labels go to the printer that the settings name for it`() async throws {
        let settings = """
            {"printers": {"0a5f-011c-S1": {"roles": ["collar"]},
             "0a5f-011c-S2": {"roles": ["card"],
              "paper": {"widthMillimetres": 101.6, "lengthMillimetres": 152.4}}}}
            """
        try await ServedNode.with(settings: settings) { node, bus in
            let (one, two) = (EmulatedZebra(model: Self.model), EmulatedZebra(model: Self.model))
            _ = bus.plug("1", .zebra4(serial: "S1"), one)
            // The card's printer is known and not there: no other one gets the card.
            let jobs = try await node.checkIn()
            let (tag, card) = (try #require(jobs["collar-tag"]), try #require(jobs["kennel-card"]))
            try await node.job(tag, is: "printed")
            try await node.job(card, is: "held", detail: "absent")
            _ = bus.plug("2", .zebra4(serial: "S2"), two)
            try await node.job(card, is: "printed")
            #expect(one.labels == 101 && two.labels == 101)
            // 152.4 mm at 8 dots: the design of four by six inches.
            let received = String(decoding: two.state.value.received, as: UTF8.self)
            #expect(received.contains("^LL1219"))
        }
    }

    /// One printer with labels of four by six inches, so that a card has more than one packet.
    static let largeCards = """
        {"printers": {"0a5f-011c-S1": {"roles": ["card", "collar"],
          "paper": {"widthMillimetres": 101.6, "lengthMillimetres": 152.4}}}}
        """
    static let model = "ZTC ZD420-203dpi ZPL"
    /// What is asked before a label: the status and the count.
    static let talkBytes =
        "~HS".utf8.count + "! U1 getvar \"odometer.total_label_count\"\r\n".utf8.count
}

extension ServedNode {
    /// Checks a dog in while there is no printer, and cancels its collar tag.
    func cardOnly() async throws -> String {
        let jobs = try await checkIn()
        let card = try #require(jobs["kennel-card"])
        try await job(card, is: "held", detail: "absent")
        for other in try await openJobs() where other != card {
            let answer = try await post("print-jobs/\(other):cancel", key: "cancel-\(other)")
            #expect(answer.object["state"] as? String == "cancelled")
        }
        return card
    }

    func openJobs() async throws -> [String] {
        let items = try await get("print-jobs?state=open").object["items"] as? [[String: Any]] ?? []
        return items.compactMap { $0["id"] as? String }
    }

    /// The code on a job's label.
    func code(of job: String) async throws -> String {
        let row = try await get("print-jobs/\(job)").object
        let text = row["data"] as? String ?? "{}"
        let words = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return try #require(words["code"])
    }
}

extension EmulatedBuild {
    /// A Zebra of four inches, for both labels of a check-in.
    static func zebra4(serial: String = "S1", packet: Int = 512) -> EmulatedBuild {
        var build = EmulatedBuild.zebra(serial: serial, packet: packet)
        build.productText = "ZTC ZD420-203dpi ZPL"
        return build
    }
}
