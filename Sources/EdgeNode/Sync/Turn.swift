/// What one task is to do next. Given twice before it was taken, the newer stays: that happens to a
/// timer, and to a message that a goodbye overtakes.
struct Turn<Element: Sendable>: Sendable {
    let stream: AsyncStream<Element>
    private let sink: AsyncStream<Element>.Continuation

    init() {
        (stream, sink) = AsyncStream<Element>.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func give(_ element: Element) { sink.yield(element) }
}
