/// What one task is to do next: the task that holds a machine gives, a waiting task takes.
///
/// Given twice before it was taken, the newer stays. That happens to a timer that is set anew and
/// to news that are told once however often they came.
public struct Turn<Element: Sendable>: Sendable {
    /// What was given, in order. For one taker.
    public let stream: AsyncStream<Element>
    private let sink: AsyncStream<Element>.Continuation

    /// Nothing to do yet.
    public init() {
        (stream, sink) = AsyncStream<Element>.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Lets the taker go on with this.
    public func give(_ element: Element) { sink.yield(element) }
}

extension Turn<Duration> {
    /// Adds the task of a timer: it waits as long as it is given, tells, and can be given anew.
    ///
    /// - Parameter sleep: throws when the task is cancelled, which ends the timer.
    public func startTimer(
        in group: inout TaskGroup<Void>,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        _ tell: @escaping @Sendable () -> Void
    ) {
        group.addTask {
            for await wait in stream {
                // Cancelled when the talk is over.
                do { try await sleep(wait) } catch { return }
                tell()
            }
        }
    }
}

extension Turn<Void> {
    /// Adds a task that awaits one element of `news` each time it is given, and tells.
    public func startFollowing<News: AsyncSequence & Sendable>(
        _ news: News, in group: inout TaskGroup<Void>, _ tell: @escaping @Sendable () -> Void
    ) where News.Failure == Never {
        group.addTask {
            var iterator = news.makeAsyncIterator()
            for await _ in stream {
                guard await iterator.next(isolation: nil) != nil else { return }
                tell()
            }
        }
    }
}
