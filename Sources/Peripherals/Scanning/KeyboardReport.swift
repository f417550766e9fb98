/// A report of HID's boot keyboard: 8 bytes (HID 1.11, appendix B.1).
///
/// | byte | |
/// |---|---|
/// | 0 | modifiers, one bit each: 0 left control, 1 shift, 2 alt, 3 GUI; 4 to 7 the right ones |
/// | 1 | reserved; read and ignored |
/// | 2 to 7 | the usages of the keys that are down, 0 for none, in no defined order |
struct KeyboardReport: Hashable {
    let modifiers: Modifiers
    /// The keys that are down, each once, in the order of the bytes.
    let keys: [UInt8]
    /// Usage 1, 2 or 3: what is down is not known.
    let fault: UInt8?

    static let length = 8
    static let released = KeyboardReport(modifiers: [], keys: [])

    struct Modifiers: OptionSet, Hashable {
        let rawValue: UInt8

        static let controls = Modifiers(rawValue: 0x11)
        static let shifts = Modifiers(rawValue: 0x22)
        static let leftAlt = Modifiers(rawValue: 0x04)
        static let rightAlt = Modifiers(rawValue: 0x40)
        static let systemKeys = Modifiers(rawValue: 0x88)
    }

    private init(modifiers: Modifiers, keys: [UInt8]) {
        self.modifiers = modifiers
        self.keys = keys
        fault = nil
    }

    /// - Returns: nil for another number of bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        modifiers = Modifiers(rawValue: bytes[0])
        let usages = bytes[2...]
        fault = usages.first { (1...3).contains($0) }
        keys = usages.reduce(into: []) { keys, usage in
            if usage > 3, !keys.contains(usage) { keys.append(usage) }
        }
    }

    /// The level that the modifiers choose; nil for a chord that writes nothing: control, GUI, alt.
    var level: KeyboardLayout.Level? {
        let plain = modifiers.subtracting(.shifts).subtracting(.rightAlt)
        // Windows takes control and alt together for AltGr, and some scanners send it so.
        let isAltGr =
            modifiers.contains(.rightAlt)
            || (modifiers.contains(.leftAlt) && !modifiers.isDisjoint(with: .controls))
        guard plain.isEmpty || (isAltGr && plain.isDisjoint(with: .systemKeys)) else { return nil }
        let isShifted = !modifiers.isDisjoint(with: .shifts)
        return isAltGr ? (isShifted ? .shiftedAltGr : .altGr) : (isShifted ? .shifted : .plain)
    }
}
