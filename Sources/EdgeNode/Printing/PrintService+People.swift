internal import CRDT
internal import Foundation
internal import FrontDesk
internal import Peripherals
internal import ReplicaStorage

/// What people want of jobs and printers.
extension PrintService {
    func obey(_ command: PrintCommand) async throws -> PrintAnswer {
        guard let before = runs[command.job] else { throw try missing(command.job) }
        if command.wish == .confirm, !before.isUncertain { throw DeskRefusal.nothingToConfirm }
        let occupied = current
        let refusal: PrintJob.Refusal?
        do {
            refusal = try await give(command.job, command.input, command: command)
        } catch let error as StorageError where error.code == .refused {
            runs[command.job] = before
            current = occupied
            throw NodeFault(
                .refused, "Nothing was done to the job, for it cannot be recorded: \(error.message)"
            )
        }
        if let refusal { throw DeskRefusal.printing(refusal) }
        if runs[command.job]?.owed != nil {
            // Nothing was promised to anybody: what is not on disk was not said, and a printer that
            // had the job has it still.
            runs[command.job] = before
            current = occupied
            throw NodeFault(.diskFull, "the job could not be recorded")
        }
        // What the printer still owes of it is settled by what the person said.
        await withdraw(command.job, from: before.slot)
        return PrintAnswer(command.job, runs[command.job]?.record.state ?? command.last)
    }

    private func missing(_ job: RowID) throws -> DeskRefusal {
        let kept = try node.read { reader throws(StorageError) in try reader.effect(of: job) }
        guard let kept, kept.kind == Self.effectKind else { return .noSuchJob }
        if awaitsOthers, node.before.printJobs.contains(job) {
            return DeskRefusal(
                .conflict,
                """
                This label was asked for before the box was started. The box asks the others \
                whether it was printed; try again in half a minute.
                """)
        }
        if parked.contains(job) {
            return DeskRefusal(
                .conflict, "This job could not be recorded; it waits for the next start.")
        }
        return .printing(.over)
    }

    /// Whatever the printer was told of this job, it is not to say more of it.
    func withdraw(_ job: RowID, from slot: String?) async {
        guard let slot = slot.flatMap({ slots[$0] }) else { return }
        await slot.target.withdraw(job)
    }

    /// Says whether a printer would take a test label now.
    ///
    /// - Throws: `DeskRefusal` where it would not.
    public func checkTest(of id: String) throws {
        _ = try slotForTest(id)
    }

    private func slotForTest(_ id: String) throws -> PrinterSlot {
        guard let slot = slots[id] else {
            throw DeskRefusal(.unknown, "There is no such printer here.")
        }
        guard current[id] == nil else {
            throw DeskRefusal(
                .conflict, "The printer has a job before it; see what that one waits for.")
        }
        return slot
    }

    func beginTest(of id: String, as job: RowID) async throws -> PrintAnswer {
        let slot = try slotForTest(id)
        let order = try PrintOrder.test(
            on: slot, siteName: node.facts.name, node.environment.wallMilliseconds())
        var run = PrintRun(order, test: job)
        run.assign(slot)
        runs[job] = run
        current[id] = job
        for input in await slot.target.prepare(job) { try await give(job, input) }
        return PrintAnswer(job, runs[job]?.record.state ?? .printed)
    }
}

extension PrintCommand {
    /// The state that ends a job by this wish.
    fileprivate var last: PrintJob.StateWord { wish == .cancel ? .cancelled : .printed }
}

extension PrintOrder {
    /// A small label that every printer can take.
    static func test(on slot: PrinterSlot, siteName: String, _ now: Int64) throws -> PrintOrder {
        let template = try JSONDecoder().decode(
            LabelTemplate.self, from: Data(testDesign.utf8))
        return PrintOrder(
            template: template, words: ["site": siteName, "printer": slot.id], copies: 1,
            requestedAt: now)
    }

    private static let testDesign = """
        {"name": "feed-test", "version": 1, "role": "test", "width": 25, "height": 25,
         "feed": "upright", "elements": [
          {"at": [1, 2, 23, 6], "text": "Warren"},
          {"at": [1, 10, 23, 5], "text": "{site}", "least": 2},
          {"at": [1, 17, 23, 3], "text": "{printer}", "least": 1.5}]}
        """
}
