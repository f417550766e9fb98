internal import Hummingbird
internal import ServiceLifecycle

extension Application {
    /// Answers until shut down. Being cancelled is a shutdown too.
    ///
    /// A listener that is cancelled drops connections which it accepted and nobody took yet; each
    /// of them then ends the process, since its writer was never finished. So the listener runs in
    /// a task of its own that is cancelled only once it has stopped listening.
    ///
    /// - Parameter farewell: how long running requests may take to end.
    func runToTheEnd(farewell: Duration = .seconds(5)) async throws {
        let (asked, ask) = AsyncStream<Never>.makeStream()
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: self),
                .init(
                    service: EndingService(asked: asked),
                    successTerminationBehavior: .gracefullyShutdownGroup),
            ], logger: logger)
        configuration.maximumGracefulShutdownDuration = farewell
        let group = ServiceGroup(configuration: configuration)
        let running = Task { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await running.value
                } onGracefulShutdown: {
                    ask.finish()
                }
            } onCancel: {
                ask.finish()
            }
        } catch is CancellationError {
            // Asked for; a request was cut off after the farewell.
        }
    }
}

/// Ends as soon as it is asked to, and its group with it.
private struct EndingService: Service {
    let asked: AsyncStream<Never>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in asked {}
        }
    }
}
