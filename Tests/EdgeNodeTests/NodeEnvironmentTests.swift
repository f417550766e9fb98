import EdgeNode
import Testing

@Suite(.timeLimit(.minutes(5))) struct NodeEnvironmentTests {
    @Test(arguments: [0, 1, 7, 8, 9, 24, 32])
    func `as many random bytes come as were asked for, and never those of before`(count: Int) {
        let draws = (0..<100).map { _ in NodeEnvironment.system.randomBytes(count) }
        #expect(draws.allSatisfy { $0.count == count })
        // Of fewer bytes two draws may well be equal.
        if count > 6 { #expect(Set(draws).count == draws.count) }
    }
}
