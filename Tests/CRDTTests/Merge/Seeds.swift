#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The seeds of a property: a few by default, all with `WARREN_FULL=1`, one with `WARREN_SEED=n`.
func seeds(_ few: UInt64, full: UInt64) -> [UInt64] {
    if let one = getenv("WARREN_SEED"), let seed = UInt64(String(cString: one)) { return [seed] }
    return Array(1...(isFull ? full : few))
}

/// Whether properties are tried at full length, and counted for `make full-convergence`.
var isFull: Bool { getenv("WARREN_FULL") != nil }
