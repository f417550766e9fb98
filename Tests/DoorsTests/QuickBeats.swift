import EdgeNode

/// A system whose waits take a thousandth of their time, and that tells of each.
struct QuickBeats {
    let environment: NodeEnvironment
    private let beats: AsyncStream<Duration>

    init() {
        let (beats, beat) = AsyncStream<Duration>.makeStream()
        self.beats = beats
        var environment = NodeEnvironment.system
        let sleep = environment.sleep
        environment.sleep = { duration in
            beat.yield(duration)
            try await sleep(duration / 1_000)
        }
        self.environment = environment
    }

    /// Returns after so many beats of an event stream.
    func pass(_ count: Int) async {
        var left = count
        for await duration in beats where duration == .seconds(15) {
            left -= 1
            if left == 0 { return }
        }
    }
}
