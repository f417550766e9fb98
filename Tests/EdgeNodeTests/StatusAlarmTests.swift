import Testing

@testable import EdgeNode

struct StatusAlarmTests {
    @Test func `a log beyond four times its bound raises an alarm and says what to do`() {
        #expect(Node.logAlarm(16_000, due: 4_000) == nil)
        let alarm = Node.logAlarm(16_001, due: 4_000)
        #expect(alarm?.contains("16001 pages") == true)
        #expect(alarm?.contains("free some space") == true)
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
