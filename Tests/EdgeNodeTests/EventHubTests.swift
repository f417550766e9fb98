import CRDT
import EdgeNode
import Testing

@Suite struct EventHubTests {
    private func fact(_ number: Int) -> DeskEvent.Fact {
        .device(id: "scanner-\(number)", state: "ready")
    }

    private func sequences(_ following: EventHub.Following?, _ count: Int) async -> [UInt64] {
        guard let following else { return [] }
        var seen: [UInt64] = []
        for await event in following.events {
            seen.append(event.sequence)
            if seen.count == count { break }
        }
        return seen
    }

    @Test func `a follower gets every event once and in order`() async {
        let hub = EventHub(life: 7)
        let following = hub.follow()
        for number in 1...5 { hub.post(fact(number), at: 0) }
        #expect(following?.start == .now(EventCursor(life: 7, sequence: 0)))
        #expect(await sequences(following, 5) == [1, 2, 3, 4, 5])
    }

    @Test func `who comes back with a cursor gets what was missed and what follows`() async {
        let hub = EventHub(life: 7)
        for number in 1...4 { hub.post(fact(number), at: 0) }
        let following = hub.follow(after: EventCursor(life: 7, sequence: 2))
        hub.post(fact(5), at: 0)
        #expect(following?.start == .resumed)
        #expect(await sequences(following, 3) == [3, 4, 5])
    }

    @Test(arguments: [
        EventCursor(life: 8, sequence: 4), EventCursor(life: 7, sequence: 1),
        EventCursor(life: 7, sequence: 6), EventCursor(life: 7, sequence: .max),
    ])
    func `a cursor whose events are not known any more is told to read anew`(
        _ cursor: EventCursor
    ) async {
        let hub = EventHub(life: 7, eventsMax: 3)
        for number in 1...5 { hub.post(fact(number), at: 0) }
        let following = hub.follow(after: cursor)
        hub.post(fact(6), at: 0)
        #expect(following?.start == .reset(EventCursor(life: 7, sequence: 5)))
        #expect(await sequences(following, 1) == [6])
    }

    @Test func `who falls behind is ended after the last event that it could still hold`() async {
        let hub = EventHub(life: 7, eventsMax: 3)
        let following = hub.follow()
        for number in 1...5 { hub.post(fact(number), at: 0) }
        #expect(await sequences(following, 9) == [1, 2, 3])
        let again = hub.follow(after: EventCursor(life: 7, sequence: 3))
        #expect(again?.start == .resumed)
        #expect(await sequences(again, 2) == [4, 5])
    }

    @Test func `followers are bounded and a place becomes free when one ends`() async {
        let hub = EventHub(life: 7)
        var followings = (0..<256).compactMap { _ in hub.follow() }
        #expect(followings.count == 256)
        #expect((hub.follow() == nil))
        followings.removeAll()
        #expect((hub.follow() != nil))
    }

    @Test func `a cursor is what it was written as and nothing else is one`() {
        let cursor = EventCursor(life: .max, sequence: 12)
        #expect(EventCursor(cursor.description) == cursor)
        for text in ["", ".", "1", "1.", ".1", "g.1", "1.1.1", "1.-1", "10000000000000000.1"] {
            #expect(EventCursor(text) == nil)
        }
    }
}
