import Foundation
import SyncProtocol
import Synchronization
import Testing

@testable import EdgeNode

/// What desks see and hear of links from elsewhere.
@Suite(.timeLimit(.minutes(5))) struct PeerBoardTests {
    @Test(arguments: [[], [9, 9, 9], [UInt8](repeating: 0, count: 250)] as [[UInt8]])
    func `a stranger at the peer port stands on no page and wakes no desk`(
        words: [UInt8]
    ) async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let told = Mutex(0)
        scene.north.board.listen { told.withLock { $0 += 1 } }
        let (near, far) = await MemoryFrameLink.pair()
        async let served = scene.north.serve(near, peer: "192.0.2.7:4711", isDialled: false)
        if words.isEmpty { await far.close() } else { try await far.send(words) }
        if !words.isEmpty { while await far.receive() != nil {} }
        #expect(await !served)
        #expect(scene.north.board.all.isEmpty)
        #expect(told.withLock { $0 } == 0)
        await scene.north.close()
    }

    @Test func `a relay was heard out once its whole mailbox was read, whatever comes after`() {
        let board = RelayBoard()
        #expect(!board.hasReadAll)
        board.begin("relay.example:7443", at: 1)
        _ = board.note(.read(3), at: 2)
        #expect(!board.hasReadAll)
        _ = board.note(.report(.caughtUp), at: 3)
        #expect(board.hasReadAll)
        _ = board.closed(.closed(.linkLost), at: 4)
        #expect(board.hasReadAll)
    }

    @Test func `whom this box dials stands there at once, and is no member for that`() {
        let board = PeerBoard()
        board.opened("192.0.2.7:7071", isDialled: true, at: 1)
        #expect(board.all.map(\.report) == ["greeting"])
        #expect(!board.hasGreeted("192.0.2.7:7071"))
    }
}
