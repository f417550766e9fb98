internal import Foundation

extension NodeEnvironment {
    /// The machine's own clocks and random source.
    public static var system: NodeEnvironment {
        let start = ContinuousClock.now
        return NodeEnvironment(
            wallMilliseconds: { Int64(Date().timeIntervalSince1970 * 1_000) },
            steadyMilliseconds: {
                let (seconds, attoseconds) = (ContinuousClock.now - start).components
                return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
            },
            sleep: { try await ContinuousClock().sleep(for: $0) },
            randomBytes: { count in
                // Eight at a time: each call of the source is one of the kernel.
                var source = SystemRandomNumberGenerator()
                let words = (0..<(count + 7) / 8).map { _ in source.next() }
                return words.withUnsafeBytes { Array($0.prefix(count)) }
            },
            roomBytes: { path in
                var facts = statvfs()
                guard statvfs(path, &facts) == 0 else { return nil }
                return Int64(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
            })
    }
}
