internal import Peripherals
internal import Synchronization

/// The present set of devices for any number of readers. Each has room for one set, the latest.
final class LevelBoard: Sendable {
    private struct State {
        var level: [BusDevice]?
        var readers: [Int: AsyncStream<[BusDevice]>.Continuation] = [:]
        var last = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    func publish(_ level: [BusDevice]) {
        state.withLock { state in
            state.level = level
            for reader in state.readers.values { reader.yield(level) }
        }
    }

    func follow() -> AsyncStream<[BusDevice]> {
        let (stream, reader) = AsyncStream<[BusDevice]>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            if state.isFinished { reader.finish() }
            if let level = state.level { reader.yield(level) }
            state.last += 1
            state.readers[state.last] = reader
            return state.last
        }
        reader.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.readers.removeValue(forKey: number) }
        }
        return stream
    }

    func finish() {
        let readers = state.withLock { state in
            state.isFinished = true
            defer { state.readers = [:] }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}
