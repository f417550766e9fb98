internal import CRDT
internal import FrontDesk
internal import Peripherals
internal import ReplicaStorage

/// What each turn does. Turns never overlap, so that a run is the same before and after an `await`.
extension PrintService {
    func perform(_ turn: Turn) async throws {
        switch turn {
        case .look:
            try await takeUp()
            try await assign()
        case .tick:
            isDiskStuck = false
            try await payDebts()
            for job in runs.keys.sorted() { try await give(job, .timerFired) }
            try await takeUp()
            try await assign()
        case .report(.keep(let job, let labels)): runs[job]?.labelsBefore = labels
        case .report(.tell(let job, let input)):
            try await give(job, input)
            try await assign()
        case .slot(let slot):
            slots[slot.id] = slot
            meet(slot.id)
            try await reunite(with: slot)
            try await assign()
        case .scanned(let code):
            let bearing = runs.values.filter { $0.isUncertain && $0.order.isShown(by: code) }
            // Two labels that bear one code: which of them hangs there nobody knows.
            guard bearing.count == 1, let run = bearing.first, run.copy == 1,
                run.order.firstCopy == 1
            else { return }
            try await give(run.job, .confirmed(.scan))
            await withdraw(run.job, from: run.slot)
            try await assign()
        case .command(let command, let reply):
            do {
                reply.answer(.success(try await obey(command)))
            } catch let refusal as DeskRefusal {
                reply.answer(.failure(refusal))
            } catch let fault as NodeFault where fault.kind != .stopped {
                reply.answer(.failure(fault))
            }
            try await assign()
        case .test(let slot, let job, let reply):
            do {
                reply.answer(.success(try await beginTest(of: slot, as: job)))
            } catch let refusal as DeskRefusal {
                reply.answer(.failure(refusal))
            }
        }
    }

    // MARK: From the disk

    /// Jobs on disk that this process does not know yet. One that an earlier process had begun is
    /// in doubt, and its printer is asked where it can tell.
    private func takeUp() async throws {
        try await learn()
        let open = Set(Self.openStates.map(\.rawValue))
        let owed = try node.read { reader throws(StorageError) in
            try reader.effects(of: Self.effectKind, in: open)
        }
        for effect in owed where runs[effect.row] == nil && !parked.contains(effect.row) {
            let past = try past(of: effect)
            switch past {
            case .awaited: continue
            case .over(let end):
                try await adopt(end, of: effect.row)
                continue
            case .known, .older: break
            }
            guard let order = try PrintOrder(of: effect.row, node, packs) else { continue }
            let run = PrintRun(order, kept: effect, after: past.number)
            runs[effect.row] = run
            if case .older = past {
                try await give(effect.row, .restored)
            } else if run.attempt > 0 {
                try await give(effect.row, .restarted)
            } else {
                tell(effect.row, run.record)
                continue
            }
            // A file can be looked for, whichever printer stands in now.
            let known = run.slot.flatMap { slots[$0] } ?? slots.values.first(where: \.isStandIn)
            if let known { try await reunite(effect.row, with: known) }
        }
    }

    private func reunite(with slot: PrinterSlot) async throws {
        let jobs = runs.values.filter { $0.slot == slot.id && $0.isUncertain }
            .sorted { ($0.order.requestedAt, $0.job) > ($1.order.requestedAt, $1.job) }
        for run in jobs where current[slot.id] != run.job { try await reunite(run.job, with: slot) }
    }

    private func reunite(_ job: RowID, with slot: PrinterSlot) async throws {
        guard var run = runs[job], run.isUncertain else { return }
        run.reunite(with: slot)
        runs[job] = run
        await slot.target.restore(
            job, labelsBefore: run.labelsBefore, copies: run.order.copies)
        // A printer that tells gets its time once more, then a person is asked: one that says
        // nothing would else leave the job on its way for ever.
        guard slot.confirmsWithin == nil else {
            try await give(job, .restarted)
            return
        }
        for input in await slot.target.ask(job, attempt: run.attempt) {
            try await give(job, input)
        }
    }

    /// Records that the disk did not take at first.
    private func payDebts() async throws {
        for (job, run) in runs.sorted(by: { $0.key < $1.key }) {
            guard let owed = run.owed else { continue }
            if try await keep(owed, of: job) { try await give(job, .stored(owed)) }
        }
    }

    // MARK: To the printers

    var choice: PrinterChoice {
        PrinterChoice(
            slots: slots.values.sorted { $0.id < $1.id }, expected: expected,
            absent: Set(slots.keys.filter(isAbsent)), companions: companions)
    }

    private func isAbsent(_ slot: String) -> Bool { node.devices[slot]?.state == .absent }

    /// Remembers with which others a printer was here.
    private func meet(_ slot: String) {
        for other in slots.keys where other != slot && !isAbsent(other) {
            companions[slot, default: []].insert(other)
            companions[other, default: []].insert(slot)
        }
    }

    /// A job that waits before a printer that is gone is free for the one in its place.
    private func release(_ choice: PrinterChoice) async {
        for (slot, job) in current.sorted(by: { $0.key < $1.key })
        where choice.absent.contains(slot) {
            guard let run = runs[job], run.isWaiting, !run.isTest,
                case .slot(let other) = choice.slot(for: run.order.template), other.id != slot
            else { continue }
            current[slot] = nil
            await withdraw(job, from: slot)
        }
    }

    /// Gives waiting jobs to printers, the oldest first, and each free printer its next one.
    private func assign() async throws {
        let choice = self.choice
        await release(choice)
        let busy = Set(current.values)
        let waiting = runs.values.filter { $0.isWaiting && !$0.isTest && !busy.contains($0.job) }
            .sorted { ($0.order.requestedAt, $0.job) < ($1.order.requestedAt, $1.job) }
        for run in waiting {
            switch choice.slot(for: run.order.template) {
            case .slot(let slot): runs[run.job]?.assign(slot)
            case .hold(let hold):
                runs[run.job]?.assign(nil)
                try await give(run.job, .blocked(hold))
            }
        }
        for slot in choice.slots {
            while current[slot.id] == nil, !isDiskStuck,
                let next = waiting.first(where: { run in
                    guard let now = runs[run.job] else { return false }
                    return now.slot == slot.id && now.isWaiting
                })
            {
                current[slot.id] = next.job
                for input in await slot.target.prepare(next.job) {
                    try await give(next.job, input)
                }
            }
        }
    }

    /// Hands a job an input and does what it wants, to the end.
    ///
    /// - Returns: the refusal of a person's wish.
    @discardableResult
    func give(
        _ job: RowID, _ first: PrintJob.Input, command: PrintCommand? = nil
    ) async throws -> PrintJob.Refusal? {
        var inputs = [first]
        var refusal: PrintJob.Refusal?
        while !inputs.isEmpty, var run = runs[job] {
            let effects = run.handle(inputs.removeFirst())
            runs[job] = run
            for effect in effects {
                switch effect {
                case .store(let record):
                    if try await keep(record, of: job, command) { inputs.append(.stored(record)) }
                case .send(let attempt): inputs += try await send(job, attempt)
                case .ask(let attempt):
                    if let slot = run.slot.flatMap({ slots[$0] }) {
                        inputs += await slot.target.ask(job, attempt: attempt)
                    }
                case .refuse(let why): refusal = why
                case .wake: break
                }
            }
        }
        settle(job)
        return refusal
    }

    /// A printer is free once its job is neither before it nor on its way into it.
    private func settle(_ job: RowID) {
        guard let run = runs[job] else {
            current = current.filter { $0.value != job }
            return
        }
        if !run.isAtPrinter { current = current.filter { $0.value != job } }
        let isDone = run.isTest ? !run.isAtPrinter : run.isOver
        if isDone, run.owed == nil { runs[job] = nil }
    }

    private func send(_ job: RowID, _ attempt: Int) async throws -> [PrintJob.Input] {
        guard let run = runs[job], let slot = run.slot.flatMap({ slots[$0] }) else {
            return [.interrupted(acceptedBytes: 0)]
        }
        let label: ZPL.Label
        do throws(ZPL.Problem) {
            label = try run.order.label(
                for: slot, among: packs.templates, raster, copy: run.copy)
        } catch {
            alarm(
                """
                Print job \(RowName.text(job)) cannot be set on \(slot.id): \(error). Give the \
                role to another printer, or correct the template.
                """)
            return [.interrupted(acceptedBytes: 0)]
        }
        return await slot.target.send(
            job, label.bytes, attempt: attempt, copies: run.order.copies)
    }

    // MARK: To the disk

    /// Durable before it returns true. False where the disk takes nothing for now: the job goes on
    /// in memory as far as it may without its record, and the next tick tries again.
    private func keep(
        _ record: PrintJob.Record, of job: RowID, _ command: PrintCommand? = nil
    ) async throws -> Bool {
        guard var run = runs[job] else { return false }
        let answer = command.map { command in
            StoredAnswer(
                key: command.key, request: command.request,
                answer: command.encode(PrintAnswer(job, record.state)),
                wallMilliseconds: node.environment.wallMilliseconds())
        }
        // A test label is no record of the business.
        if run.isTest {
            tell(job, record)
            return true
        }
        run.owed = record
        runs[job] = run
        if isDiskStuck { return false }
        do {
            _ = try await ledger(try run.deed(record, by: command?.staff, answer: answer, at: node))
        } catch let error as StorageError {
            switch error.code {
            case .diskFull, .busy:
                isDiskStuck = true
                return false
            // Whoever asked is told; the job itself stands where it stood.
            case .refused where command != nil: throw error
            case .refused:
                park(job, error)
                return false
            case .inputOutput, .corrupt, .schemaChanged, .internalFault: throw error
            }
        }
        run.owed = nil
        runs[job] = run
        tell(job, record)
        return true
    }

    private func park(_ job: RowID, _ error: StorageError) {
        runs[job] = nil
        parked.insert(job)
        alarm(
            """
            Print job \(RowName.text(job)) cannot be recorded and waits for the next start: \
            \(error.message)
            """)
    }

    func tell(_ job: RowID, _ record: PrintJob.Record) {
        node.events.post(
            .printJob(job, state: record.state.rawValue, detail: record.detail),
            at: node.environment.wallMilliseconds())
    }
}
