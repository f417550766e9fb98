import SyncProtocol

@testable import EdgeNode

extension TemporaryNode {
    /// Joins two nodes in memory until each knows that both have the same.
    static func exchange(_ left: Node, _ right: Node) async throws {
        let (changes, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        for node in [left, right] { node.board.listen { sink.yield() } }
        let (near, far) = await MemoryFrameLink.pair()
        async let first = left.serve(near, peer: "right", isDialled: true)
        async let second = right.serve(far, peer: "left", isDialled: false)
        let isLevel = { (node: Node) in
            node.board.all.contains { ["caught up", "in sync"].contains($0.report) }
        }
        for await _ in changes where isLevel(left) && isLevel(right) { break }
        await near.close()
        _ = await (first, second)
    }
}
