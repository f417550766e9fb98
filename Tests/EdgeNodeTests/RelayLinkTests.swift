import CRDT
import EdgeNode
import Foundation
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// Boxes that meet at a relay only.
@Suite(.timeLimit(.minutes(5))) struct RelayLinkTests {
    @Test func `two boxes converge through the relay alone`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        for number in 0..<20 { try await north.commitGuest("north \(number)") }
        try await south.commitGuest("south")
        try await stand.connect([0: north, 1: south]) { _ in
            try await south.wait { try south.guests().count == 21 }
            try await north.wait { try north.guests().count == 21 }
            // Live, in both directions.
            try await north.commitGuest("live north")
            try await south.wait { try south.guests().contains("live north") }
            try await south.commitGuest("live south")
            try await north.wait { try north.guests().contains("live south") }
        }
        #expect(await north.status().digest == south.status().digest)
        #expect(await north.status().lane == south.status().lane)
        try scene.remove()
    }

    @Test func `edits made while the relay is down arrive when it is back`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        try await north.commitGuest("before")
        try await converge(stand, north, south)
        for number in 0..<10 { try await north.commitGuest("meanwhile \(number)") }
        try await stand.restart()
        try await converge(stand, north, south)
        #expect(try south.guests().count == 11)
        try scene.remove()
    }

    @Test func `nobody uploads twice what two boxes hold`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 3), try RelayStand())
        let roster = try scene.roster(upTo: 3)
        let boxes = try (0..<3).map { try scene.open($0, roster) }
        try await stand.settle(boxes: 3)
        for number in 0..<30 { try await boxes[2].commitGuest("\(number)") }
        // The author is away; two boxes have its frames, byte for byte.
        let frames = try await boxes[2].frames()
        for box in boxes[..<2] { _ = try await box.deliver(frames) }
        try await stand.connect([0: boxes[0], 1: boxes[1]]) { tap in
            try await wait(stand, tap, forFrames: 1)
        }
        let reader = try scene.open(2, roster, as: "reader")
        try await stand.connect([2: reader]) { _ in
            try await reader.wait { try reader.guests().count == 30 }
        }
        let items = try await stand.items()
        #expect(Set(items).count == items.count)
        #expect(items.count { $0.first == 1 } == frames.count)
        try scene.remove()
    }

    @Test func `the relay holds padded sealed bytes, and equal content never as equal bytes`()
        async throws
    {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        try await stand.connect([0: north, 1: south]) { tap in
            for _ in 0..<5 {
                let before = try await stand.items().count { $0.first == 1 }
                try await north.commitGuest("Canary Wainwright")
                try await wait(stand, tap, forFrames: before + 1)
            }
        }
        let frames = try await stand.items().filter { $0.first == 1 }
        #expect(frames.count == 5)
        // The first names its context and roster head; the others differ in nothing but identity.
        #expect(Set(frames.dropFirst().map(\.count)).count == 1)
        #expect(Set(frames).count == 5)
        for (_, data) in try await stand.image() {
            #expect(data.range(of: Data("Canary".utf8)) == nil)
        }
        try scene.remove()
    }

    @Test func `a full mailbox holds uploads back by name, and goes on once there is room`()
        async throws
    {
        let quota = MailboxQuota(bytesMax: 1 << 30, itemsMax: 6)
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand(quota: quota))
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        try await stand.connect([0: north, 1: south]) { tap in
            for number in 0..<8 {
                try await north.commitGuest("\(number)")
                let missing = tap.reports(0).contains(.heldBack(.quotaItems))
                if missing { break }
                try await tap.wait { tap in
                    try south.guests().count == number + 1
                        || tap.reports(0).contains(.heldBack(.quotaItems))
                }
            }
            try await tap.wait { $0.reports(0).contains(.heldBack(.quotaItems)) }
        }
        #expect(try south.guests().count < 8)
        #expect(try await north.transactionsMissing(in: stand.access(0).name) > 0)
        try await stand.restart(quota: MailboxQuota())
        try await converge(stand, north, south)
        #expect(try await north.transactionsMissing(in: stand.access(0).name) == 0)
        try scene.remove()
    }

    @Test func `a box whose key was removed gets nothing more, and says why`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        try await converge(stand, north, south)
        let key = stand.access(1).key
        try await stand.connect([1: south]) { tap in
            try await tap.wait { $0.reports(1).contains(.caughtUp) }
        }
        try await stand.errand { $0 == nil ? .removeKey(key) : nil }
        try await stand.connect([0: north, 1: south]) { tap in
            try await tap.wait { !$0.endings.isEmpty }
            #expect(tap.endings.map(\.ending) == [.closed(.notAdmitted)])
            #expect(tap.endings.map(\.box) == [1])
        }
        try scene.remove()
    }

    @Test func `a box that dies between a page and its cursor reads the page again`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        for number in 0..<5 { try await north.commitGuest("\(number)") }
        try await stand.connect([0: north]) { tap in
            try await wait(stand, tap, forFrames: 1)
        }
        // The page is merged, its cursor is not kept: as after a power cut between the two.
        for item in try await stand.items() where item.first == 1 {
            _ = try await south.deliver([Array(item.dropFirst())])
        }
        #expect(try await south.progress(of: stand.access(1).name) == nil)
        let before = await south.status().digest
        try await converge(stand, north, south)
        #expect(await south.status().digest == before)
        #expect(try south.guests().count == 5)
        try scene.remove()
    }
}

/// Keeps both boxes in the mailbox until they hold the same and the mailbox holds it too.
func converge(_ stand: RelayStand, _ left: Replica, _ right: Replica) async throws {
    try await stand.connect([0: left, 1: right]) { tap in
        try await tap.wait { _ in
            let names = (stand.access(0).name, stand.access(1).name)
            guard await left.status().vector == right.status().vector,
                try await left.transactionsMissing(in: names.0) == 0,
                try await right.transactionsMissing(in: names.1) == 0
            else { return false }
            return await left.status().lane == right.status().lane
        }
    }
    let (first, second) = await (left.status().digest, right.status().digest)
    #expect(first == second)
}

/// Waits until the mailbox holds so many frames.
func wait(_ stand: RelayStand, _ tap: RelayTap, forFrames count: Int) async throws {
    try await tap.wait { _ in try await stand.items().count { $0.first == 1 } >= count }
}
