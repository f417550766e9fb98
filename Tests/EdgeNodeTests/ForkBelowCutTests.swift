import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import SyncProtocol
import Testing

/// Whoever copied a revoked device's key branches off below the cut. The pinned branch counts
/// through the cut; of the other nothing does, in whatever order what reaches a box.
@Suite(.timeLimit(.minutes(5))) struct ForkBelowCutTests {
    /// Frames of one transaction each: two that are common, three of the pinned branch, of which
    /// the cut names the second, and two of the thief, both below the cut or at its height.
    private struct Frames {
        let common: [[UInt8]]
        let honest: [[UInt8]]
        let thief: [[UInt8]]
        let cut: Cut
    }

    private func write(
        _ replica: Replica, _ names: [String]
    ) async throws -> (frames: [[UInt8]], end: ContentHash) {
        var frames: [[UInt8]] = []
        var end = ContentHash(0, 0, 0, 0)
        for name in names {
            let before = await replica.status().vector.entries
            let commit = try await replica.commitGuest(name).name
            end = commit.chain
            let entries = await replica.status().vector.entries
            let answer = try await replica.answer(
                FrameRequest(
                    number: 1,
                    gaps: [
                        FrameRequest.Gap(
                            writer: commit.writer, held: entries, peerHolds: before,
                            isForked: false)
                    ], bytesMax: 1 << 20, bytesPerWriter: 1 << 20))
            frames += answer.frames.map(\.bytes)
        }
        #expect(frames.count == names.count)
        return (frames, end)
    }

    private func frames(_ scene: LinkScene) async throws -> Frames {
        let roster = try scene.roster(upTo: 4)
        let box = try scene.open(1, roster)
        let common = try await write(box, ["one", "two"]).frames
        await box.close()
        try scene.copy(1, to: "copy")
        let thief = try scene.open(1, roster, as: "copy")
        let stolen = try await write(thief, ["stolen three", "stolen four"]).frames
        await thief.close()
        let again = try scene.open(1, roster)
        let within = try await write(again, ["three", "four"])
        let beyond = try await write(again, ["five"]).frames
        await again.close()
        return Frames(
            common: common, honest: within.frames + beyond, thief: stolen,
            cut: Cut(incarnation: 1, sequence: 4, chain: within.end))
    }

    private func rosterWithCut(_ scene: LinkScene, _ cut: Cut) throws -> Roster {
        var roster = try scene.roster(upTo: 4)
        _ = roster.admit(
            RosterEntry(
                tenant: scene.tenant, parents: roster.parentsForNext,
                deed: .revoke(scene.identities[1].device, cuts: [cut]), by: scene.identities[0]))
        return roster
    }

    @Test func `a branch off below the cut counts nowhere in whatever order it comes`()
        async throws
    {
        let scene = try LinkScene(boxes: 4)
        let frames = try await frames(scene)
        let roster = try rosterWithCut(scene, frames.cut)
        let pinFirst = try scene.open(0, roster)
        let thiefFirst = try scene.open(2, roster)
        var restarted = try scene.open(3, roster)
        for frame in frames.common + frames.honest + frames.thief {
            _ = try await pinFirst.deliver([frame])
        }
        #expect(try pinFirst.guests() == ["four", "one", "three", "two"])
        for frame in frames.common + frames.thief + frames.honest {
            #expect(try thiefFirst.guests().allSatisfy { !$0.hasPrefix("stolen") })
            _ = try await thiefFirst.deliver([frame])
        }
        // The pin comes to a process that has not seen what waits for it.
        for frame in frames.thief.reversed() + frames.common + frames.thief {
            _ = try await restarted.deliver([frame])
        }
        await restarted.close()
        restarted = try scene.open(3, roster)
        #expect(try restarted.guests().isEmpty)
        _ = try await restarted.deliver(frames.honest)
        for box in [thiefFirst, restarted] {
            #expect(try box.guests() == ["four", "one", "three", "two"])
            #expect(await box.status().vector == pinFirst.status().vector)
            #expect(await box.status().digest == pinFirst.status().digest)
            #expect(try await box.verify().isClean)
            #expect(try await box.forks().map(\.shared) == [2])
        }
        for box in [pinFirst, thiefFirst, restarted] { await box.close() }
        try scene.remove()
    }

    @Test func `the cut may come between the branch and the pinned entry`() async throws {
        let scene = try LinkScene(boxes: 4)
        let frames = try await frames(scene)
        let (before, after) = (
            try scene.open(0, try scene.roster(upTo: 4)),
            try scene.open(2, try rosterWithCut(scene, frames.cut))
        )
        for frame in frames.common {
            for box in [before, after] { _ = try await box.deliver([frame]) }
        }
        // Judged before the cut was known, and after: the digests of the two prove nothing yet.
        #expect(try before.guests() == ["one", "two"])
        #expect(try after.guests().isEmpty)
        _ = try await before.enter(
            .revoke(scene.identities[1].device, cuts: [frames.cut]), by: scene.identities[0])
        let summaries = await (before.localState().summary, after.localState().summary)
        #expect(summaries.0.verdict(against: summaries.1) == .notComparable([.roster]))
        for frame in frames.thief + frames.honest {
            for box in [before, after] { _ = try await box.deliver([frame]) }
        }
        #expect(try before.guests() == ["four", "one", "three", "two"])
        let settled = await (before.localState().summary, after.localState().summary)
        #expect(settled.0.verdict(against: settled.1) == .inSync)
        for box in [before, after] { await box.close() }
        try scene.remove()
    }
}
