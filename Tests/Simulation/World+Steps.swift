import CFaultVFS
import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import SyncProtocol
import Synchronization

extension World {
    /// One thing happens, then the fleet runs a little.
    func step() throws {
        for box in boxes { box.wall.advance(Int64(dice.below(4_000))) }
        clock.advance(Int64(dice.below(2_000)))
        switch dice.below(1_000) {
        case ..<520: edit(at: dice.below(boxes.count))
        case ..<700: deliver(upTo: 1 + dice.below(12))
        case ..<760: cutSomeLink()
        case ..<850: connectSomePair()
        case ..<880: partition()
        case ..<905: try crash(dice.below(boxes.count))
        case ..<935: armFault()
        case ..<960: jumpClock()
        case ..<972: try betray()
        case ..<987: enterNews(at: dice.below(boxes.count))
        default: deliver(upTo: 100)
        }
        prowl()
        playRelay()
        playDesk()
        executor.drain(upTo: dice.below(120))
        if dice.chance(600) { deliver(upTo: dice.below(6)) }
        try restartFailed()
    }

    /// No day without a crash, a partition and a frame that comes twice.
    func assure() throws {
        isDoubleOwed = report.duplicates == 0
        if report.partitions == 0 { partition() }
        if report.crashes == 0 { try crash(dice.below(boxes.count)) }
    }

    func deliver(upTo limit: Int) {
        for _ in 0..<limit {
            let waiting = connections.filter { $0.inFlight > 0 }
            guard !waiting.isEmpty else { return }
            let connection = dice.pick(waiting)
            let side = dice.below(2)
            guard
                let handed = connection.deliver(side, &dice, isDoubleOwed: isDoubleOwed)
            else { continue }
            report.messages += 1
            if handed.isDouble {
                report.duplicates += 1
                isDoubleOwed = false
            }
            if handed.isFlipped { report.bitsFlipped += 1 }
            note(handed.message)
            let sender = side == 0 ? connection.boxes.0 : connection.boxes.1
            if handed.message.first == MessageKind.frame.rawValue {
                overhear(Array(handed.message.dropFirst()), from: sender)
            }
            if side == 0, let frame = Self.upload(handed.message) { overhear(frame, from: sender) }
            executor.drain(upTo: dice.below(40))
        }
    }

    /// What a box sent of its own is published: it must be durable there.
    private func overhear(_ sealed: [UInt8], from sender: Int) {
        report.framesMerged += 1
        guard case .success(let opened) = eavesdropper.open(sealed) else { return }
        guard opened.frame.writer.device == tenant.identities[sender].device else { return }
        for bytes in opened.frame.transactions {
            guard let encoded = try? EncodedTransaction(decoding: bytes) else { continue }
            for row in encoded.transaction.rows where row.collection == SimulatedPack.ledger {
                published[row.row] = sender
            }
        }
    }

    private func cutSomeLink() {
        guard !connections.isEmpty else { return }
        dice.pick(connections).cut()
        report.linksCut += 1
    }

    private func connectSomePair() {
        let left = dice.below(boxes.count - 1)
        connect(left, left + 1 + dice.below(boxes.count - 1 - left))
    }

    /// One box loses all its links at once.
    private func partition() {
        let lonely = dice.below(boxes.count)
        for connection in connections
        where connection.boxes.0 == lonely || connection.boxes.1 == lonely { connection.cut() }
        report.partitions += 1
    }

    private func armFault() {
        let box = dice.pick(boxes)
        switch dice.below(5) {
        case 0, 1: box.disk.armPowerCut(within: 60, &dice)
        case 2: box.disk.armError(FVFS_IOERR, within: 60, &dice)
        case 3: box.disk.armError(FVFS_SHORT, within: 60, &dice)
        default: box.disk.armError(FVFS_FULL, within: 60, &dice)
        }
    }

    private func jumpClock() {
        let wall = dice.pick(boxes).wall
        switch dice.below(6) {
        case 0: wall.jump(to: 0)
        case 1: wall.jump(to: 4_070_908_800_000)
        case 2: wall.jump(to: 1_790_000_000_000)
        case 3: wall.advance(-86_400_000)
        default: wall.advance(Int64(dice.below(600_000)) - 300_000)
        }
        report.clockJumps += 1
    }

    /// Power goes at one box in the middle of whatever it does.
    func crash(_ number: Int) throws {
        let box = boxes[number]
        for connection in connections
        where connection.boxes.0 == number || connection.boxes.1 == number { connection.cut() }
        let mode = [FVFS_TEAR, FVFS_TEAR, FVFS_DROP, FVFS_KEEP, FVFS_TRASH][dice.below(5)]
        box.crash(seed: dice.next(), mode: mode)
        report.crashes += 1
        // The old process's tasks see dead handles and closed links, and end.
        executor.drain()
        _ = failures.withLock { $0.removeValue(forKey: number) }
        let isForgiven = hasLostSyncs && number == unreliable
        hasLostSyncs = hasLostSyncs && !isForgiven
        try boot(number, isForgiven: isForgiven)
    }

    /// - Parameter isForgiven: the disk had lied or is an older image: what nobody else holds may
    ///   be gone.
    func boot(_ number: Int, isForgiven: Bool = false) throws {
        do {
            try boxes[number].boot()
        } catch {
            throw Broken(invariant: "I02", detail: "box \(number) does not start: \(error)")
        }
        keepVoice(at: number)
        if isForgiven { try forgive(number) }
        try checkAfterBoot(number)
        if number == unreliable { awaited.subtract(try proofs(at: number)) }
    }

    /// After an I/O error the process restarts: never on the same handle.
    func restartFailed() throws {
        let failed = failures.withLock { $0.keys.sorted() }
        for number in failed { try crash(number) }
    }

    /// All faults end; everything is connected until nothing moves.
    func heal() throws {
        for box in boxes { box.disk.disarm() }
        for number in boxes.indices {
            executor.drain()
            if failures.withLock({ $0[number] != nil }) { try crash(number) }
        }
        if hub != nil {
            payDouble()
            return try healByRelay()
        }
        for round in 0..<400 {
            connectAll()
            executor.drain()
            try restartFailed()
            if connections.allSatisfy({ $0.inFlight == 0 }) {
                if round > 3 { return }
                continue
            }
            deliver(upTo: 200)
        }
        throw Broken(invariant: "I24", detail: "the fleet does not come to rest")
    }

    /// Lets boxes speak directly until a frame came twice: by the relay alone none does, and the
    /// day owes one.
    private func payDouble() {
        for _ in 0..<20 where isDoubleOwed {
            edit(at: dice.below(boxes.count))
            connectAll()
            executor.drain()
            deliver(upTo: 200)
        }
    }
}
