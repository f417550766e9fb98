import SyncProtocol
import Testing

@Suite struct MemoryFrameLinkTests {
    @Test func `messages arrive whole, in order and once`() async throws {
        let (first, second) = await MemoryFrameLink.pair(capacity: 4)
        async let sending: Void = {
            for number in 0..<100 { try await first.send([UInt8(number)]) }
        }()
        var heard: [UInt8] = []
        for _ in 0..<100 { heard += try #require(await second.receive()) }
        try await sending
        #expect(heard == Array(0..<100))
    }

    @Test func `both ends of a closed link end`() async {
        let (first, second) = await MemoryFrameLink.pair()
        await first.close()
        #expect(await second.receive() == nil)
        #expect(await first.receive() == nil)
        await #expect(throws: LinkEnded.self) { try await second.send([1]) }
        await second.close()
    }

    @Test func `what was taken before the end is still received`() async throws {
        let (first, second) = await MemoryFrameLink.pair()
        try await first.send([1])
        await first.close()
        #expect(await second.receive() == [1])
        #expect(await second.receive() == nil)
    }
}
