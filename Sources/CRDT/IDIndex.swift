/// Finds ids among at most a few thousand: open addressing over small numbers, the ids themselves
/// standing with their owner.
///
/// The hash is a plain multiplication, several times faster than the seeded one. Whoever draws ids
/// that collide slows down his own transaction only, and `Limits` bounds by how much: some 10 ms.
public struct IDIndex: Sendable {
    /// A number + 1; 0 is free. A power of two long, at most half full.
    @usableFromInline var slots: [Int32] = []
    @usableFromInline var count = 0

    @inlinable public init() {}

    /// The first number of this id that `matches`.
    @inlinable
    public func find(_ id: UInt128, where matches: (Int) -> Bool) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = Self.hash(id) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if matches(number) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// - Parameter identify: the id of a number already inserted.
    @inlinable
    public mutating func insert(_ id: UInt128, at number: Int, identify: (Int) -> UInt128) {
        if (count + 1) * 2 > slots.count {
            let known = slots
            slots = [Int32](repeating: 0, count: max(8, known.count * 4))
            for entry in known where entry != 0 { put(identify(Int(entry) - 1), entry) }
        }
        put(id, Int32(number + 1))
        count += 1
    }

    @usableFromInline
    mutating func put(_ id: UInt128, _ entry: Int32) {
        var slot = Self.hash(id) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }

    @usableFromInline
    static func hash(_ id: UInt128) -> Int {
        let low = UInt64(truncatingIfNeeded: id)
        let high = UInt64(truncatingIfNeeded: id >> 64)
        let mixed = (low ^ (high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32)
    }
}
