import CRDT

/// The one request to the storage that may be outstanding.
struct FrameFetch: Equatable, Sendable {
    private(set) var request: FrameRequest?
    /// More is known to be waiting: fetch ahead while the link is busy. Otherwise fetching waits
    /// until the link is idle, so that what was written meanwhile travels in one frame.
    private(set) var isBulk = false
    private var number: UInt64 = 0

    /// The peer told what it lacks.
    mutating func begin() {
        request = nil
        isBulk = true
    }

    /// What was asked is out of date; its answer will be dropped.
    mutating func forget() { request = nil }

    mutating func ask(
        _ gaps: [FrameRequest.Gap], bytesMax: Int
    ) -> FrameRequest {
        number += 1
        let asked = FrameRequest(
            number: number, gaps: gaps, bytesMax: bytesMax,
            bytesPerWriter: max(1, bytesMax / max(1, gaps.count)))
        request = asked
        return asked
    }

    /// The request that this answers; `nil` for an old one.
    mutating func take(_ answer: FrameAnswer) -> FrameRequest? {
        guard let asked = request, asked.number == answer.number else { return nil }
        request = nil
        return asked
    }

    mutating func end(isMoreWaiting: Bool) { isBulk = isMoreWaiting }
}
