/// Why a phase could not run: what happened and what to do.
struct BenchmarkError: Error, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}
