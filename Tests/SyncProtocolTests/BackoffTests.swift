import SyncProtocol
import Testing

@Suite struct BackoffTests {
    @Test func `waits lie between half the least and the most, and the ceiling doubles`() {
        var low = Backoff(least: .seconds(1), most: .seconds(60))
        var high = low
        let ceilings = (0..<10).map { _ in high.next(random: .max) }
        #expect((0..<10).allSatisfy { _ in low.next(random: 0) == .milliseconds(500) })
        for (ceiling, seconds) in zip(ceilings, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]) {
            #expect(ceiling <= .seconds(seconds))
            #expect(ceiling > .seconds(seconds) - .milliseconds(1))
        }
    }

    @Test func `a thousand failures neither overflow nor pass the most`() {
        var random = Seeded(1)
        var backoff = Backoff(least: .nanoseconds(1), most: .seconds(86_400))
        for _ in 0..<2_000 {
            let wait = backoff.next(random: random.next())
            #expect(wait <= backoff.most && wait >= .zero)
        }
    }

    @Test func `a success begins anew`() {
        var backoff = Backoff()
        let first = backoff.next(random: 7)
        for _ in 0..<9 { _ = backoff.next(random: 7) }
        backoff.reset()
        #expect(backoff.attempts == 0)
        #expect(backoff.next(random: 7) == first)
    }
}
