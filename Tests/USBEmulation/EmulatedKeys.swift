/// A scanner that plays a keyboard: what is typed on it, tests hand over as reports.
package final class EmulatedKeys: EmulatedModel {
    package let device = Watch<EmulatedDevice?>(nil)
    /// What it was asked: class requests by their number.
    package let requests = Watch<[UInt8]>([])

    package init() {}

    package func arrive(as device: EmulatedDevice) { self.device.update { $0 = device } }

    package func request(_ setup: [UInt8]) -> [UInt8]? {
        requests.update { $0.append(setup[1]) }
        return []
    }

    /// Presses and lets go one key after the other.
    package func type(_ text: String) {
        for report in Self.reports(text) { give(report) }
    }

    package func give(_ report: [UInt8]) { device.value?.give(report, on: 0x81) }

    package static func reports(_ text: String) -> [[UInt8]] {
        text.flatMap { character -> [[UInt8]] in
            let (usage, isShifted) = key(character)
            return [[isShifted ? 2 : 0, 0, usage, 0, 0, 0, 0, 0], [UInt8](repeating: 0, count: 8)]
        }
    }

    /// Usages of HID's keyboard page, as its table 12 lists them.
    private static func key(_ character: Character) -> (UInt8, Bool) {
        switch character {
        case "\n": return (0x28, false)
        case "0": return (0x27, false)
        case ":": return (0x33, true)
        case "1"..."9": return (0x1D + UInt8(character.wholeNumberValue ?? 0), false)
        default:
            let letter = Character(character.lowercased())
            return (
                4 + (letter.asciiValue ?? 0) - UInt8(ascii: "a"), character.isUppercase
            )
        }
    }
}
