/// The figures of one phase, in order; printed as one JSON object on one line.
struct Figures {
    private(set) var members: [(name: String, value: JSON)] = []

    mutating func add(_ name: String, _ value: JSON) { members.append((name, value)) }
    mutating func add(_ name: String, _ value: Double) { members.append((name, .real(value))) }
    mutating func add(_ name: String, _ value: Int) {
        members.append((name, .integer(Int64(value))))
    }
    mutating func add(_ name: String, _ value: Int64) { members.append((name, .integer(value))) }
    mutating func add(_ name: String, _ value: String) { members.append((name, .text(value))) }
    mutating func add(_ name: String, _ value: Bool) { members.append((name, .bool(value))) }

    /// `<name>_s`, `<name>_cpu_s` and what of `count` was done in a second of each.
    mutating func add(_ name: String, _ watch: Stopwatch, _ count: Int, of unit: String) {
        add("\(name)_s", watch.seconds)
        add("\(name)_cpu_s", watch.processorSeconds)
        addRates(name, watch, count, of: unit)
    }

    mutating func addRates(_ name: String, _ watch: Stopwatch, _ count: Int, of unit: String) {
        add("\(name)_\(unit)_s", Double(count) / max(watch.seconds, 1e-9))
        add("\(name)_\(unit)_cpu_s", Double(count) / max(watch.processorSeconds, 1e-9))
    }

    subscript(name: String) -> JSON? { members.first { $0.name == name }?.value }

    var line: String { JSON.object(members).line }
}
