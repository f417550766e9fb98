import CRDT
import SyncProtocol
import Testing

private func writer(_ number: Int) -> WriterID {
    WriterID(device: DeviceID(UInt128(number)), incarnation: 1)
}

private struct Dice {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

struct SessionTests {
    @Test func `equal replicas agree with one message each way`() {
        var replica = ToyReplica()
        replica.heads = [writer(1): 4, writer(2): 9]
        var pair = Pair(replica, replica)
        pair.open()
        #expect(pair.settle() == 2)
        #expect(pair.reports == [[.inSync], [.inSync]])
    }

    @Test func `each side gets what it lacks and both then say so`() {
        var (left, right) = (ToyReplica(), ToyReplica())
        left.heads = [writer(1): 40, writer(2): 3]
        right.heads = [writer(2): 17, writer(3): 5]
        var pair = Pair(left, right)
        pair.open()
        pair.settle()
        #expect(pair.replicas[0].heads == [writer(1): 40, writer(2): 17, writer(3): 5])
        #expect(pair.replicas[1].heads == pair.replicas[0].heads)
        #expect(pair.reports[0].last == .inSync)
        #expect(pair.reports[1].last == .inSync)
    }

    @Test func `a commit on an idle link goes out at once and is not echoed`() {
        var pair = Pair(ToyReplica(), ToyReplica())
        pair.open()
        pair.settle()
        pair.commit(writer(1), at: 0)
        #expect(pair.wires[0].count == 1)
        pair.settle()
        #expect(pair.replicas[1].heads == [writer(1): 1])
        let echoed = pair.sent[1].filter { if case .frame = $0 { true } else { false } }
        #expect(echoed.isEmpty)
        #expect(pair.reports[0].last == .inSync)
    }

    @Test func `a session cut at any message goes on from the vectors alone`() {
        for cut in 0..<60 {
            var (left, right) = (ToyReplica(), ToyReplica())
            left.heads = [writer(1): 12, writer(2): 3]
            right.heads = [writer(3): 9]
            var first = Pair(left, right)
            first.open()
            first.settle(limit: cut)
            var second = Pair(first.replicas[0], first.replicas[1])
            second.open()
            second.settle()
            #expect(second.replicas[0].heads == second.replicas[1].heads)
            #expect(second.reports[1].last == .inSync)
            let merged = second.replicas[0].merged + second.replicas[1].merged
            #expect(merged == 24, "nothing durable is sent again (cut \(cut))")
        }
    }

    @Test(arguments: 0..<500)
    func `busy sides converge whatever the order of messages`(seed: Int) {
        var dice = Dice(state: UInt64(seed))
        var pair = Pair(ToyReplica(), ToyReplica())
        pair.open()
        for _ in 0..<80 {
            switch dice.below(3) {
            case 0: pair.commit(writer(dice.below(3) + 1), at: 0)
            case 1: pair.commit(writer(dice.below(3) + 11), at: 1)
            default: for _ in 0..<dice.below(5) { pair.deliver(from: dice.below(2)) }
            }
        }
        pair.settle()
        #expect(pair.closed == [nil, nil])
        #expect(pair.replicas[0].heads == pair.replicas[1].heads)
        #expect(pair.reports[0].last == .inSync)
        #expect(pair.reports[1].last == .inSync)
    }

    @Test func `no more bytes are under way than the other side granted`() {
        var left = ToyReplica()
        left.heads = [writer(1): 200]
        var pair = Pair(left, ToyReplica())
        pair.padding = 300_000
        pair.open()
        while pair.wires[0].contains(where: { if case .frame = $0 { false } else { true } })
            || !pair.wires[1].isEmpty
        {
            pair.deliver(from: pair.wires[1].isEmpty ? 0 : 1)
        }
        let underWay = pair.wires[0].reduce(0) { sum, message in
            if case .frame(let bytes) = message { sum + bytes.count } else { sum }
        }
        #expect(underWay > 0)
        #expect(underWay <= SyncLimits.creditBytes)
        pair.settle()
        #expect(pair.replicas[1].heads == [writer(1): 200])
    }

    @Test func `every input in every state is answered`() {
        let state = ToyReplica().state
        let messages: [Message] = [
            .hello(versions: 1...1, state.summary), .vector([]), .frame([1]), .acknowledge([]),
            .credit(UInt64.max), .control([]), .state(state.summary), .close(.done),
            .hello(versions: 9...9, state.summary),
        ]
        for opened in [false, true] {
            for greeted in [false, true] {
                for message in messages {
                    var session = SyncSession()
                    if opened { _ = session.handle(.opened(state)) }
                    if greeted { _ = session.handle(.received(messages[0])) }
                    _ = session.handle(.received(message))
                    _ = session.handle(.fetched([]))
                    _ = session.handle(.merged(.gap, bytes: 5, state))
                    _ = session.handle(.changed(state))
                }
            }
        }
    }

    @Test func `a side that speaks another version is told so`() {
        var session = SyncSession()
        _ = session.handle(.opened(ToyReplica().state))
        let effects = session.handle(
            .received(.hello(versions: 2...3, ToyReplica().state.summary)))
        #expect(effects == [.send(.close(.version)), .close(.version)])
    }
}
