import CRDT
import EdgeNode
import FrontDesk
import ReplicaStorage
import Signing
import Synchronization

// Every fourth fleet has desks. Their commands are the node's own, from the turn on; what stands
// between a browser and the turn is not here.
extension World {
    static func hasDesk(_ seed: UInt64) -> Bool { seed % 4 == 1 }

    private static let today = LocalDate("2026-09-21")

    private func premises(_ box: Int, _ replica: Replica) -> Premises {
        Premises(
            replica, tenant: tenant.tenant, site: tenant.sites[box], siteName: "Site \(box)",
            environment: boxes[box].environment)
    }

    /// Before anything breaks: each site's row, its runs and its bookings.
    func openDesks() throws {
        guard let desk else { return }
        for box in boxes.indices {
            let ids = try ask(box) { await $0.drawRowIDs(SimulatedDesk.guestsEach * 7) }
            var rows = [
                try desk.row(
                    tenant.sites[box], "site",
                    [
                        "name": .text("Site \(box)"), "origin_site": .reference(tenant.sites[box]),
                    ])
            ]
            for number in 0..<SimulatedDesk.guestsEach {
                rows += try booking(number, at: box, Array(ids[number * 7..<number * 7 + 7]))
            }
            let booked = rows
            _ = try ask(box) { replica in
                await Result { () async throws in try await replica.commit(booked) }
            }.get()
        }
    }

    private func booking(_ number: Int, at box: Int, _ ids: [RowID]) throws -> [RowOperation] {
        guard let desk else { return [] }
        let site = Value.reference(tenant.sites[box])
        let (party, first, second, booking, item) = (ids[0], ids[1], ids[2], ids[3], ids[4])
        let (resource, claim) = (ids[5], ids[6])
        let days: [String: Value] = [
            "from_date": .text("2026-01-01"), "to_date": .text("2036-01-01"),
        ]
        desk.guests.append(
            SimulatedDesk.Guest(box: box, booking: booking, animals: [first, second]))
        let animals = try [first, second].enumerated().map { place, animal in
            try desk.row(
                animal, "animal", ["name": .text("G\(box)\(number)\(place)"), "origin_site": site])
        }
        let items = try desk.collection("booking_item")
        return animals + [
            try desk.row(
                party, "party", ["kind": .text("person"), "display": .text("Ana \(number)")]),
            try desk.row(
                booking, "booking",
                days.merging([
                    "party": .reference(party), "kind": .text("boarding"), "home_site": site,
                    "status": .text("confirmed"),
                ]) { $1 }),
            try desk.row(
                item, "booking_item",
                [
                    "booking": .reference(booking), "status": .text("confirmed"),
                    "home_site": site,
                ], elements: ["animals": .reference(first)]),
            RowOperation(
                collection: items.id, row: item, kind: .update,
                cells: [
                    CellOperation(
                        field: items.field(named: "animals")?.id ?? 0,
                        action: .add(.reference(second)))
                ]),
            try desk.row(
                resource, "resource",
                [
                    "kind": .text("run"), "home_site": site, "code": .text("R\(number)"),
                    "active": .integer(1), "max_animals": .integer(2),
                ]),
            try desk.row(
                claim, "resource_claim",
                days.merging([
                    "resource": .reference(resource), "booking_item": .reference(item),
                    "site": site, "state": .text("confirmed"), "fence": .integer(1),
                ]) { $1 }),
        ]
    }

    /// What desks do in one step.
    func playDesk() {
        guard let desk else { return }
        switch desk.dice.below(1_000) {
        case ..<120:
            let guest = desk.dice.pick(desk.guests)
            checkIn(guest, key: "\(RowName.text(guest.booking))-\(desk.dice.below(2))")
        case ..<150: importFile(desk.dice.below(desk.files.count))
        default: break
        }
    }

    private func checkIn(_ guest: SimulatedDesk.Guest, key: String) {
        guard let desk, let replica = boxes[guest.box].replica else { return }
        let turn = CheckInTurn(
            wish: CheckInWish(guest: .booking(guest.booking)), candidate: .success(guest.booking),
            key: key, request: BLAKE2bHasher().hash(Array(key.utf8)),
            now: boxes[guest.box].wall.read(), today: Self.today,
            premises: premises(guest.box, replica), forms: desk.forms, labels: desk.labels,
            encode: CheckInAnswer.encode)
        let task = executor.start { [weak self] in
            let told = Told<DeskEnding>()
            do throws(StorageError) {
                _ = try await replica.commit(deed: { reader, ids throws(StorageError) in
                    let (deed, ending) = try turn.perform(reader, &ids)
                    told.value.withLock { $0 = ending }
                    return deed
                })
                self?.hear(told.value.withLock { $0 }, at: guest.box, key: key)
            } catch {
                self?.refuse(error, at: guest.box)
            }
        }
        boxes[guest.box].tasks.append(task)
    }

    /// One key, one answer, for ever; and a key that was answered is never refused.
    private func hear(_ ending: DeskEnding?, at box: Int, key: String) {
        guard let desk else { return }
        let before = desk.answers.withLock { $0[key]?.answer }
        switch ending {
        case .success(let reply):
            guard let answer = CheckInAnswer(reply.bytes), before ?? answer == answer,
                reply.isReplayed || desk.firsts.withLock({ $0.insert(key).inserted })
            else { return notices.withLock { $0.append("one key, two answers: \(key)") } }
            if before != nil { desk.repeats.withLock { $0 += 1 } }
            desk.answers.withLock { $0[key] = SimulatedDesk.Answered(box: box, answer: answer) }
        case .failure(let refusal):
            // Another key was first.
            if before == nil, refusal.kind == .conflict { return }
            notices.withLock { $0.append("a check-in at \(box) was refused: \(refusal)") }
        case nil: notices.withLock { $0.append("a check-in at \(box) was not tried") }
        }
    }

    private func importFile(_ place: Int) {
        guard let desk, let replica = boxes[desk.files[place].box].replica else { return }
        let box = desk.files[place].box
        desk.begun.insert(place)
        guard let clerk = clerk(for: place, replica) else { return }
        let task = executor.start { [weak self] in
            do {
                _ = try await clerk.work()
                _ = self?.desk?.imported.withLock { $0.insert(place) }
            } catch let fault as NodeFault {
                self?.desk?.cuts.withLock { $0 += 1 }
                self?.refuse(fault, at: box)
            } catch {
                self?.notices.withLock { $0.append("an import at \(box): \(error)") }
            }
        }
        boxes[box].tasks.append(task)
    }

    func clerk(for place: Int, _ replica: Replica) -> SimulatedClerk? {
        guard let desk else { return nil }
        let file = desk.files[place]
        return SimulatedClerk(
            FileImport(
                premises(file.box, replica), desk.packs,
                operationsAtOnce: SimulatedDesk.operationsAtOnce),
            ImportOrder(items: [file.item]), executor)
    }

    private func refuse(_ fault: NodeFault, at box: Int) {
        switch fault.kind {
        case .stopped: failures.withLock { $0[box] = fault.message }
        case .diskFull: break
        case .busy, .refused:
            notices.withLock { $0.append("an import at \(box): \(fault.message)") }
        }
    }
}

/// Carries a value out of a task.
private final class Told<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
