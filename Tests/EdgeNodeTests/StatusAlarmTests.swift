import CRDT
import Testing

@testable import EdgeNode

struct StatusAlarmTests {
    @Test func `a log beyond four times its bound raises an alarm and says what to do`() {
        #expect(Node.logAlarm(16_000, due: 4_000) == nil)
        let alarm = Node.logAlarm(16_001, due: 4_000)
        #expect(alarm?.contains("16001 pages") == true)
        #expect(alarm?.contains("free some space") == true)
    }

    @Test func `guests without records are counted by run, and no list grows without an end`() {
        #expect(Node.alarm(guestsByRun: [:]) == nil)
        let few = Node.alarm(guestsByRun: ["B2": 1, "A1": 2, "": 1])
        #expect(few?.contains("4 guests in house") == true)
        #expect(few?.contains("(1 without a run, 2 in run A1, 1 in run B2)") == true)
        let many = Node.alarm(
            guestsByRun: Dictionary(uniqueKeysWithValues: (10..<30).map { ("R\($0)", 1) }))
        #expect(many?.contains("1 in run R17, and more)") == true)
    }

    @Test func `whoever goes on as this box after it is told of, and its own past is not`() {
        let (device, other) = (DeviceID(1), DeviceID(2))
        let own = WriterID(device: device, incarnation: 5)
        func alarm(_ writers: WriterID...) -> String? {
            Node.copyAlarm(
                own,
                VersionVector(writers.map { ContextEntry(writer: $0, sequence: 1, chain: 1) }))
        }
        #expect(alarm(own) == nil)
        #expect(alarm(WriterID(device: device, incarnation: 4), own) == nil)
        #expect(alarm(own, WriterID(device: other, incarnation: 9)) == nil)
        #expect(alarm(own, WriterID(device: device, incarnation: 6))?.contains("copy") == true)
    }

    @Test func `stray keys are said in the number that they have`() {
        #expect(RelayBoard.words(strayKeys: 1).hasPrefix("1 key of the mailbox is claimed by no"))
        #expect(RelayBoard.words(strayKeys: 2).hasPrefix("2 keys of the mailbox are claimed by no"))
    }

    @Test func `a replica says how long its log is`() async throws {
        let scene = try LinkScene(boxes: 1)
        let box = try scene.open(0, try scene.roster(upTo: 1))
        try await box.commitGuest("Waffle")
        let status = await box.status()
        #expect(status.logPages > 0)
        #expect(status.logPagesDue == 4_000)
        try scene.remove()
    }
}
