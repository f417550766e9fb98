import LinkTalk
import SyncProtocol
import Testing

@Suite struct LinkPumpTests {
    @Test func `the next message is not asked for before the one before was understood`()
        async
    {
        let link = ScriptedLink(messages: [[1], [2]])
        await events(of: link) { pump, events in
            #expect(await events.next(isolation: nil) == .message([1]))
            #expect(link.messagesLeft == 1)
            pump.receiveNext()
            #expect(await events.next(isolation: nil) == .message([2]))
        }
    }

    @Test func `the end of the link is told`() async {
        await events(of: ScriptedLink(messages: [])) { _, events in
            #expect(await events.next(isolation: nil) == .ended)
        }
    }

    @Test func `a goodbye is over once it has left`() async {
        let link = ScriptedLink(messages: [[1]])
        await events(of: link) { pump, events in
            #expect(await events.next(isolation: nil) == .message([1]))
            pump.send([9], isGoodbye: true)
            #expect(pump.isSayingGoodbye)
            let sent = await events.next(isolation: nil)
            #expect(sent == .sent)
            pump.note(.sent)
            #expect(!pump.isSayingGoodbye)
            #expect(link.sent == [[9]])
        }
    }

    @Test func `nobody who does not read is said goodbye to`() async {
        let link = ScriptedLink(messages: [[1]])
        await events(of: link) { pump, events in
            #expect(await events.next(isolation: nil) == .message([1]))
            pump.send([5], isGoodbye: false)
            pump.send([9], isGoodbye: true)
            #expect(!pump.isSayingGoodbye)
            #expect(await events.next(isolation: nil) == .sent)
            #expect(link.sent == [[5]])
        }
    }

    @Test func `a link that takes no more ends the goodbye as well`() async {
        let link = ScriptedLink(messages: [[1]], takesMessages: false)
        await events(of: link) { pump, events in
            #expect(await events.next(isolation: nil) == .message([1]))
            pump.send([9], isGoodbye: true)
            let ended = await events.next(isolation: nil)
            #expect(ended == .ended)
            pump.note(.ended)
            #expect(!pump.isSayingGoodbye)
        }
    }

    @Test func `a timer waits anew each time and ends when it is cancelled`() async {
        let waits = Turn<Duration>()
        let (told, sink) = AsyncStream<Duration>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            waits.startTimer(in: &group, sleep: { sink.yield($0) }, { sink.yield(.zero) })
            var told = told.makeAsyncIterator()
            for wait in [Duration.seconds(1), .seconds(2)] {
                waits.give(wait)
                #expect(await told.next() == wait)
                #expect(await told.next() == .zero)
            }
            group.cancelAll()
        }
    }

    @Test func `of what was not taken yet the newest stays`() async {
        let turn = Turn<Int>()
        for number in 1...5 { turn.give(number) }
        var taken = turn.stream.makeAsyncIterator()
        #expect(await taken.next() == 5)
    }

    private func events(
        of link: ScriptedLink,
        _ body: (inout LinkPump, inout AsyncStream<LinkPump.Event>.Iterator) async -> Void
    ) async {
        let (told, sink) = AsyncStream<LinkPump.Event>.makeStream()
        var pump = LinkPump(link)
        await withTaskGroup(of: Void.self) { group in
            pump.start(in: &group) { sink.yield($0) }
            var iterator = told.makeAsyncIterator()
            await body(&pump, &iterator)
            group.cancelAll()
        }
    }
}
