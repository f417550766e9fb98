import EdgeNode
import SyncProtocol

extension TemporaryNode {
    /// Joins two nodes in memory until both have the same and know it.
    static func exchange(_ left: Node, _ right: Node) async throws {
        let (near, far) = await MemoryFrameLink.pair()
        async let first = left.serve(near, peer: "right", isDialled: true)
        async let second = right.serve(far, peer: "left", isDialled: false)
        let isLevel = { (node: Node) in
            node.board.all.contains { ["caught up", "in sync"].contains($0.report) }
        }
        while true {
            let (ours, theirs) = (await left.status().vector, await right.status().vector)
            if ours == theirs, isLevel(left), isLevel(right) { break }
            await Task.yield()
        }
        await near.close()
        _ = await (first, second)
    }
}
