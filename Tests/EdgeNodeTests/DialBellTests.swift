import Synchronization
import Testing

@testable import EdgeNode

@Suite(.timeLimit(.minutes(5))) struct DialBellTests {
    /// A clock on which no time passes until it is cancelled.
    private static func environment(
        _ isWaiting: @escaping @Sendable () -> Void
    ) -> NodeEnvironment {
        NodeEnvironment(
            wallMilliseconds: { 0 }, steadyMilliseconds: { 0 },
            sleep: { _ in
                isWaiting()
                try await Task.sleep(for: .seconds(3_600))
            }, randomBytes: { [UInt8](repeating: 0, count: $0) })
    }

    @Test func `a ring ends the wait of everybody who waits`() async throws {
        let bell = DialBell()
        let (waiting, wait) = AsyncStream<Void>.makeStream()
        let environment = Self.environment { wait.yield() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask { try await bell.wait(.seconds(60), in: environment) }
            }
            var count = 0
            for await _ in waiting {
                count += 1
                if count == 3 { break }
            }
            bell.ring()
            for try await rang in group { #expect(rang) }
        }
    }

    @Test func `a ring that nobody waited for shortens no later wait`() async throws {
        let bell = DialBell()
        bell.ring()
        let environment = NodeEnvironment(
            wallMilliseconds: { 0 }, steadyMilliseconds: { 0 }, sleep: { _ in },
            randomBytes: { [UInt8](repeating: 0, count: $0) })
        #expect(try await bell.wait(.seconds(60), in: environment) == false)
    }

    @Test func `who is cancelled while waiting does not dial`() async {
        let bell = DialBell()
        let (waiting, wait) = AsyncStream<Void>.makeStream()
        let environment = Self.environment { wait.yield() }
        let task = Task { try await bell.wait(.seconds(60), in: environment) }
        for await _ in waiting { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
