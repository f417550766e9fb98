/// A small generator of good quality whose whole state is its seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; the bias of the remainder does not matter here.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    /// True `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool { below(100) < percent }
    mutating func chance(_ one: Int, in all: Int) -> Bool { below(all) < one }
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// A number of up to `bits` bits, every length equally often: small ones and edges come up.
    mutating func number(bits: Int) -> UInt64 {
        let width = below(bits + 1)
        return width == 0 ? 0 : next() >> UInt64(64 - width)
    }
}
