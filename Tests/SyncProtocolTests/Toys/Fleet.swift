import CRDT
import SyncProtocol

/// Toy replicas and links between them under one seed: every step is drawn from what could happen.
final class Fleet {
    struct Link {
        let first: End
        let second: End
        var ends: [End] { [first, second] }
        var isUp: Bool { first.isOpen && second.isOpen }
    }

    let replicas: [ToyReplica]
    private(set) var links: [Link] = []
    private(set) var now: Duration = .zero
    private(set) var steps = 0
    private var random: Seeded
    private var nonce: UInt128 = 0

    init(seed: UInt64, replicas: [ToyReplica], links pairs: [(Int, Int)]) {
        random = Seeded(seed)
        self.replicas = replicas
        links = pairs.map {
            Link(
                first: End(replicas[$0.0], .initiator), second: End(replicas[$0.1], .responder))
        }
        for place in links.indices {
            links[place].first.peer = links[place].second
            links[place].second.peer = links[place].first
            open(place)
        }
    }

    var ends: [End] { links.flatMap(\.ends) }
    var brokenLaws: [String] { ends.flatMap(\.brokenLaws) }

    func open(_ place: Int) {
        nonce += 2
        links[place].first.open(.initiator, nonce: nonce, at: now)
        links[place].second.open(.responder, nonce: nonce + 1, at: now)
    }

    func cut(_ place: Int) {
        for end in links[place].ends { end.cut(at: now) }
    }

    func commit(_ place: Int) {
        replicas[place].commit(random.next() | 1)
        announce(replicas[place], but: nil)
    }

    func addControl(_ place: Int) {
        replicas[place].addControl(toyHash(random.next()))
        announce(replicas[place], but: nil)
    }

    func announce(_ replica: ToyReplica, but source: End?) {
        for end in ends where end.replica === replica && end !== source && end.isOpen {
            end.handle(.localChanged(replica.state), at: now)
        }
    }

    /// Runs until nothing can happen but timers far away; `commits` and `cuts` fall in between.
    func run(commits: Int = 0, cuts: Int = 0, controls: Int = 0, stepsMax: Int = 200_000) {
        var commits = commits
        var cuts = cuts
        var controls = controls
        while steps < stepsMax {
            steps += 1
            now += .milliseconds(1)
            let bad = Int(random.next() % 64)
            if commits > 0, bad < 8 {
                commits -= 1
                commit(Int(random.next() % UInt64(replicas.count)))
            } else if cuts > 0, bad == 8 {
                cuts -= 1
                let place = Int(random.next() % UInt64(links.count))
                cut(place)
                open(place)
            } else if controls > 0, bad == 9 {
                controls -= 1
                addControl(Int(random.next() % UInt64(replicas.count)))
            } else if !step(), commits == 0, cuts == 0, controls == 0, !fireNextTimer() {
                return
            }
        }
    }

    /// One thing that can happen at one end; false when nothing can.
    func step(settling: Bool = true) -> Bool {
        carry()
        var choices: [() -> Void] = []
        for end in ends where end.isOpen {
            let now = now
            if !end.inbox.isEmpty { choices.append { end.hear(at: now) } }
            if end.owesSent { choices.append { end.saySent(at: now) } }
            if !end.fetches.isEmpty { choices.append { end.answerFetch(at: now) } }
            if !end.controlFetches.isEmpty { choices.append { end.answerControl(at: now) } }
            if !end.pinFetches.isEmpty { choices.append { end.answerPins(at: now) } }
            if settling, !end.delivered.isEmpty {
                let count = 1 + Int(random.next() % UInt64(end.delivered.count))
                choices.append { [self] in
                    end.settle(count, at: now)
                    announce(end.replica, but: end)
                }
            }
        }
        guard !choices.isEmpty else { return false }
        choices[Int(random.next() % UInt64(choices.count))]()
        carry()
        return true
    }

    private func carry() {
        for link in links {
            link.second.inbox += link.first.takeOutbox()
            link.first.inbox += link.second.takeOutbox()
        }
    }

    /// Greeting timers of greeted sessions fire too: they must do nothing.
    private func fireNextTimer() -> Bool {
        let armed = ends.filter { $0.isOpen && !$0.timers.isEmpty }
        guard let end = armed.min(by: { $0.timers[0].at < $1.timers[0].at }) else { return false }
        now = max(now, end.timers[0].at)
        end.fireTimer(at: now)
        return true
    }
}

/// Two toys that share `common` transactions of each other and wrote `own` more on their own.
func twoToys(common: Int, own: (Int, Int), seed: UInt64) -> [ToyReplica] {
    var random = Seeded(seed)
    let toys = [ToyReplica(toyWriter(1)), ToyReplica(toyWriter(2))]
    for writer in [toyWriter(1), toyWriter(2)] {
        for _ in 0..<common {
            let chain = random.next()
            for toy in toys { toy.append(to: writer, chain: chain) }
        }
        for toy in toys { toy.seal(writer) }
    }
    for _ in 0..<own.0 { toys[0].commit(random.next()) }
    for _ in 0..<own.1 { toys[1].commit(random.next()) }
    return toys
}
