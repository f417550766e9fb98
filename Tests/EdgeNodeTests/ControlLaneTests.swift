import CRDT
import EdgeNode
import ReplicaStorage
import Sealing
import Signing
import SyncProtocol
import Testing

/// Trust that travels: what one box enters, others learn, keep and obey.
@Suite(.timeLimit(.minutes(5))) struct ControlLaneTests {
    @Test func `a third box learns who was admitted before it takes their frames`() async throws {
        let scene = try LinkScene(boxes: 3)
        let north = try scene.open(0, try scene.roster(upTo: 3))
        let south = try scene.open(2, try scene.roster(upTo: 1))
        let middle = try scene.open(1, try scene.roster(upTo: 3))
        try await middle.commitGuest("Waffle")
        let tap = Tap()
        _ = try await scene.link(middle, north, tap) {
            try await tap.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        let next = Tap()
        _ = try await scene.link(north, south, next) {
            try await next.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        #expect(try south.guests() == ["Waffle"])
        #expect(await south.status().lane == north.status().lane)
        let refused = next.notices.contains {
            if case .frameRefused = $0.notice { true } else { false }
        }
        #expect(!refused)
        try scene.remove()
    }

    @Test func `a revocation with a cut holds for frames that come after it`() async throws {
        let scene = try LinkScene(boxes: 3)
        let roster = try scene.roster(upTo: 3)
        let boxes = try (0..<3).map { try scene.open($0, roster) }
        let last = try await boxes[2].commitGuest("within the cut")
        try await sync(scene, boxes[2], boxes[0])
        try await boxes[2].commitGuest("beyond the cut")
        _ = try await boxes[0].enter(
            .revoke(
                scene.identities[2].device,
                cuts: [Cut(incarnation: 1, sequence: 1, chain: last.name.chain)]),
            by: scene.identities[0])
        try await sync(scene, boxes[0], boxes[1])
        #expect(try boxes[1].guests() == ["within the cut"])
        // The revoked box brings its second transaction itself; it counts as delivered only.
        try await sync(scene, boxes[1], boxes[2])
        #expect(try boxes[1].guests() == ["within the cut"])
        let writer = await boxes[2].status().writer
        #expect(await boxes[1].status().vector.sequence(of: writer) == 2)
        await #expect(throws: StorageError(.refused, "")) {
            try await boxes[2].commitGuest("after it learned")
        }
        try scene.remove()
    }

    @Test func `what the lane brought is known after a restart`() async throws {
        let scene = try LinkScene(boxes: 2)
        let first = try scene.open(0, try scene.roster(upTo: 1))
        let bundle = DeviceBundle(
            keys: scene.identities[1].keys, site: RowID(5), rights: .desk)
        let entry = try await first.enter(.add(bundle), by: scene.identities[0])
        let order = try #require(
            EraseOrder(
                tenant: scene.tenant, subject: RowID(3), reason: .request, stamp: .zero,
                sections: [], by: scene.identities[0]))
        try await first.enter(.erase(order))
        try await first.enter(.carried(kind: 99, body: [1, 2, 3]))
        let lane = await first.status().lane
        await first.close()
        let again = try scene.open(0, try scene.roster(upTo: 1))
        #expect(await again.status().lane == lane)
        #expect(await again.roster?.entry(entry.hash) == entry)
        #expect(await again.known(of: [order.hash]) == [order.hash])
        try scene.remove()
    }

    @Test func `equal lanes send no item and one new item sends itself alone`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let boxes = try (0..<2).map { try scene.open($0, roster) }
        for number in 0..<40 {
            try await boxes[0].enter(.carried(kind: 99, body: [UInt8(number)]))
        }
        let first = try await sync(scene, boxes[0], boxes[1])
        #expect(first.controls == 40)
        #expect(try await sync(scene, boxes[0], boxes[1]).controls == 0)
        _ = try await boxes[1].enter(.carried(kind: 99, body: [1]), by: scene.identities[1])
        #expect(try await sync(scene, boxes[0], boxes[1]).controls == 1)
    }

    @Test(arguments: [true, false])
    func `an item that nobody of the tenant signed is not kept`(isForged: Bool) async throws {
        let scene = try LinkScene(boxes: 2)
        let replica = try scene.open(0, try scene.roster(upTo: 1))
        let order = try #require(
            EraseOrder(
                tenant: isForged ? scene.tenant : TenantID(4), subject: RowID(3),
                reason: .request, stamp: .zero, sections: [],
                by: scene.identities[isForged ? 1 : 0]))
        await #expect(throws: StorageError(.refused, "")) {
            try await replica.enter(.erase(order))
        }
        #expect(try await replica.deliver(control: [[1, 2, 3]]) == [nil])
        try scene.remove()
    }

    @Test func `a lane filled by a holder of the control key still takes a revocation`()
        async throws
    {
        let scene = try LinkScene(boxes: 2)
        let replica = try scene.open(0, try scene.roster(upTo: 2))
        func send(_ items: [ControlItem]) async throws -> Int {
            let sealed = try items.map { item in
                let nonce = try #require(Nonce(bytes: LinkScene.environment.randomBytes(24)))
                return try scene.control.seal(item.encoded, nonce: nonce)
            }
            return try await replica.deliver(control: sealed).count { $0 != nil }
        }
        let small = (0..<300).map {
            ControlItem.carried(kind: 99, body: [UInt8($0 & 255), UInt8($0 >> 8)])
        }
        #expect(try await send(small) == 256)
        let heads = try (0..<300).map { number in
            let tips = [ContentHash(0, 0, 0, UInt64(number)), ContentHash(1, 0, 0, 0)]
            return ControlItem.head(try #require(RosterHead(tips: tips)))
        }
        #expect(try await send(heads) == 256)
        // Signed by a device that is no admin, of a kind without effect, and as large as may be.
        let roster = try #require(await replica.roster)
        let bulk = (0..<300).map { number in
            ControlItem.entry(
                RosterEntry(
                    tenant: scene.tenant, parents: [roster.entries[1].hash],
                    deed: .carried(
                        kind: 99, body: [UInt8](repeating: 1, count: 60_000 + number)),
                    by: scene.identities[1]))
        }
        let kept = try await send(bulk)
        #expect((200..<300).contains(kept))
        _ = try await replica.enter(
            .revoke(scene.identities[1].device, cuts: []), by: scene.identities[0])
        #expect(await replica.roster?.current.member(scene.identities[1].device)?.isRevoked == true)
        // The same after a restart.
        await replica.close()
        let again = try scene.open(0, try scene.roster(upTo: 2))
        #expect(await again.roster?.current.member(scene.identities[1].device)?.isRevoked == true)
        try scene.remove()
    }

    @Test func `a revoked device orders no erasure`() async throws {
        let scene = try LinkScene(boxes: 2)
        let replica = try scene.open(0, try scene.roster(upTo: 2))
        func order(_ row: UInt128) throws -> ControlItem {
            .erase(
                try #require(
                    EraseOrder(
                        tenant: scene.tenant, subject: RowID(row), reason: .request, stamp: .zero,
                        sections: [], by: scene.identities[1])))
        }
        try await replica.enter(try order(1))
        _ = try await replica.enter(
            .revoke(scene.identities[1].device, cuts: []), by: scene.identities[0])
        await #expect(throws: StorageError(.refused, "")) {
            try await replica.enter(try order(2))
        }
        let lane = await replica.status().lane
        await replica.close()
        let again = try scene.open(0, try scene.roster(upTo: 2))
        #expect(await again.status().lane == lane)
        try scene.remove()
    }

    @Test func `a box that began a new incarnation goes on speaking for its site`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (site, identity) = (RowID(77), scene.identities[0])
        let first = try scene.open(0, roster)
        let old = await first.status().writer
        _ = try await first.enter(.speaker(site: site, writer: old), by: identity)
        try await first.keepVoice(of: site, by: identity)
        #expect(await first.roster?.entries.count == 3)
        await first.close()
        try scene.loseAnchor(of: 0)
        let again = try scene.open(0, roster)
        let new = await again.status().writer
        #expect(new != old)
        try await again.keepVoice(of: site, by: identity)
        #expect(await again.roster?.current.speaker(of: site) == .writer(new))
        // A box that never spoke says nothing.
        let other = try scene.open(1, roster)
        try await other.keepVoice(of: site, by: scene.identities[1])
        #expect(await other.roster?.entries.count == 2)
        try scene.remove()
    }

    /// Joins two boxes until both say that they hold the same.
    @discardableResult
    private func sync(
        _ scene: LinkScene, _ left: Replica, _ right: Replica
    ) async throws -> (controls: Int, messages: Int) {
        let before = await (left.localState().controlNumber, right.localState().controlNumber)
        let tap = Tap()
        _ = try await scene.link(left, right, tap) {
            try await tap.wait { tap in
                let standings = [tap.standing(0), tap.standing(1)]
                return standings.allSatisfy { standing in
                    switch standing {
                    case .inSync, .digestMismatch: true
                    case .notComparable, .caughtUp, .behind, nil: false
                    case .greeted, .forkSuspected, .historyUnavailable: false
                    }
                }
            }
        }
        let after = await (left.localState().controlNumber, right.localState().controlNumber)
        return (Int(after.0 - before.0 + after.1 - before.1), tap.messages.count)
    }
}
