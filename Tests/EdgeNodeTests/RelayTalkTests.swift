import CFaultVFS
import CRDT
import EdgeNode
import ReplicaStorage
import SyncProtocol
import Testing

/// What a talk with the relay came to, by which the next one is begun sooner or later.
@Suite(.timeLimit(.minutes(5))) struct RelayTalkTests {
    @Test func `a box whose disk is full is let in and yet gets nowhere`() async throws {
        let disk = fvfs_create(15, 512)
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let north = try scene.open(0, roster)
        let south = try scene.open(1, roster, vfs: String(cString: fvfs_name(disk)))
        try await stand.settle(boxes: 2)
        for number in 0..<3 { try await north.commitGuest("\(number)") }
        try await stand.connect([0: north]) { tap in
            try await tap.wait { _ in
                try await north.transactionsMissing(in: stand.access(0).name) == 0
            }
        }
        let next = fvfs_calls(disk, FVFS_WRITE) + 1
        #expect(fvfs_fail_at(disk, FVFS_WRITE, next, FVFS_FULL, true, nil))
        try await stand.connect([1: south]) { tap in
            try await tap.wait { !$0.endings.isEmpty }
            let talk = tap.talk(1)
            #expect(talk.hasEntered)
            guard case .storageFailed = talk.ending else {
                Issue.record("\(String(describing: talk.ending))")
                return
            }
            #expect(!talk.isProgress)
        }
        fvfs_clear_faults(disk)
        try await south.checkDisk()
        try await stand.connect([1: south]) { tap in
            try await tap.wait { $0.talk(1).isProgress }
        }
        #expect(try await south.progress(of: stand.access(1).name) != nil)
        try scene.remove()
    }

    @Test(arguments: [
        RelayLink.Ending.closed(.notBelieved), .storageFailed("the disk is full"),
    ])
    func `a page that was kept does not make up for such an end`(ending: RelayLink.Ending) {
        var talk = RelayTalk()
        talk.note(.read(7))
        #expect(talk.isProgress)
        talk.end(ending)
        #expect(!talk.isProgress)
    }

    @Test func `to be let in is not enough; to find nothing missing is`() {
        var talk = RelayTalk()
        talk.note(.waiting(3))
        talk.end(.closed(.linkLost))
        #expect(!talk.isProgress)
        talk.note(.report(.caughtUp))
        #expect(talk.isProgress)
    }
}
