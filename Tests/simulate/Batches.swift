import Foundation

/// Lives the seeds in processes of their own, as many at once as the machine has cores, and tells
/// what they told in the order of the seeds.
struct Batches {
    private let wish: Wish

    init(_ wish: Wish) { self.wish = wish }

    func run() throws -> Counts {
        var total = Counts("")
        var waiting = parts()[...]
        var running: [Part] = []
        let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < cores, let (seeds, first) = waiting.popFirst() {
                running.append(
                    try Part(wish.arguments(seeds: seeds, first: first), seeds: seeds, first))
            }
            let part = running.removeFirst()
            total.add(part.finish())
            tell(part, total)
        }
        return total
    }

    /// Says how far a long run is, ten times at most.
    private func tell(_ part: Part, _ total: Counts) {
        let before = Int(part.first - wish.first)
        let done = before + part.seeds
        guard wish.seeds >= 100, before * 10 / wish.seeds < done * 10 / wish.seeds else { return }
        let line = "\(done) of \(wish.seeds) seeds, \(total["failed"]) failed\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    private func parts() -> [(seeds: Int, first: UInt64)] {
        stride(from: 0, to: wish.seeds, by: Wish.batch).map { start in
            (min(Wish.batch, wish.seeds - start), wish.first + UInt64(start))
        }
    }

    /// One process.
    private struct Part {
        private let process = Process()
        private let output = Pipe()
        let seeds: Int
        let first: UInt64

        init(_ arguments: [String], seeds: Int, _ first: UInt64) throws {
            self.seeds = seeds
            self.first = first
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe")
                .resolvingSymlinksInPath()
            process.arguments = arguments
            process.standardOutput = output
            try process.run()
        }

        /// Waits for its end; prints all but its counts.
        func finish() -> Counts {
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            var lines = String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n").map(String.init)
            guard let last = lines.popLast(), last.hasPrefix("failed=") else {
                for line in lines { print(line) }
                let end = first + UInt64(seeds) - 1
                print("seeds \(first) to \(end): the process ended before its counts")
                return Counts("failed=\(seeds)")
            }
            for line in lines { print(line) }
            return Counts(last)
        }
    }
}

/// A line of `name=number`, added up over processes.
struct Counts {
    private var names: [String] = []
    private var numbers: [String: Int] = [:]

    init(_ line: String) {
        for word in line.split(separator: " ") {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let number = Int(pair[1]) else { continue }
            names.append(pair[0])
            numbers[pair[0]] = number
        }
    }

    subscript(name: String) -> Int { numbers[name] ?? 0 }

    mutating func add(_ other: Counts) {
        for name in other.names {
            if numbers[name] == nil { names.append(name) }
            numbers[name, default: 0] += other[name]
        }
    }

    var line: String { names.map { "\($0)=\(self[$0])" }.joined(separator: " ") }
}
