internal import CRDT
internal import EdgeNode
internal import Peripherals
internal import USBHost

/// A printer with its driver, as the print service sees it.
struct DrivenPrinter: PrintTarget {
    let driver: USBPrinter<RowID>

    func prepare(_ job: RowID) async -> [PrintJob.Input] {
        driver.prepare(job) ? [] : [.blocked(.busy)]
    }

    func withdraw(_ job: RowID) async { _ = driver.withdraw(job) }

    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        driver.send(job, bytes, copies: copies) ? [] : [.interrupted(acceptedBytes: 0)]
    }

    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] {
        // Whoever does not get to ask learns nothing, which is what a silent printer says too.
        _ = driver.ask(job)
        return []
    }

    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {
        _ = driver.restore(job, labelsBefore: labelsBefore, copies: copies)
    }
}
