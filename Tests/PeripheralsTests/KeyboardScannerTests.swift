import Peripherals
import Testing

@Suite struct KeyboardScannerTests {
    private static let code = "WRN1:A:01ARZ3NDEKTSV4RRFFQ69G5FAVCJ"

    @Test func `what is typed and ended is one scan`() {
        var bench = ScannerBench()
        bench.type(Typist.reports(Self.code) + Typist.enter)
        #expect(bench.texts == [Self.code])
        #expect(bench.scans.map(\.bytes) == [Array(Self.code.utf8)])
        #expect(bench.refusals == [])
    }

    @Test func `every sign that a US keyboard has is read as it was typed`() {
        let signs = String((0x20...0x7E).map { Character(Unicode.Scalar(UInt8($0))) })
        var bench = ScannerBench()
        bench.type(Typist.reports(signs) + Typist.enter)
        #expect(bench.texts == [signs])
    }

    /// What a scanner set to the layout sends for the text, as (usage, modifiers).
    static let vectors: [(KeyboardLayout, String, [(UInt8, UInt8)])] = [
        (.us, "a1!@", [(0x04, 0), (0x1E, 0), (0x1E, 2), (0x1F, 2)]),
        (
            .uk, "\"@£#~\\|€",
            [
                (0x1F, 2), (0x34, 2), (0x20, 2), (0x32, 0), (0x31, 2), (0x64, 0), (0x64, 2),
                (0x21, 0x40),
            ]
        ),
        (
            .de, "zyZ-_:/?ß",
            [
                (0x1C, 0), (0x1D, 0), (0x1C, 2), (0x38, 0), (0x38, 0x20), (0x37, 2), (0x24, 2),
                (0x2D, 2), (0x2D, 0),
            ]
        ),
        (
            .de, "@{}[]\\|~€µ",
            [
                (0x14, 0x40), (0x24, 0x40), (0x27, 0x40), (0x25, 0x05), (0x26, 0x40), (0x2D, 0x40),
                (0x64, 0x40), (0x30, 0x40), (0x08, 0x40), (0x10, 0x40),
            ]
        ),
        (
            .de, "áÈ^´`",
            [
                (0x2E, 0), (0x04, 0), (0x2E, 2), (0x08, 2), (0x35, 0), (0x2C, 0), (0x2E, 0),
                (0x2C, 0), (0x2E, 2), (0x2C, 0),
            ]
        ),
        (
            .fr, "azqwm,AM",
            [
                (0x14, 0), (0x1A, 0), (0x04, 0), (0x1D, 0), (0x33, 0), (0x10, 0), (0x14, 2),
                (0x33, 2),
            ]
        ),
        (
            .fr, "123:;.!?/",
            [
                (0x1E, 2), (0x1F, 2), (0x20, 2), (0x37, 0), (0x36, 0), (0x36, 2), (0x38, 0),
                (0x10, 2), (0x37, 2),
            ]
        ),
        (
            .fr, "@#ê~ñ^",
            [
                (0x27, 0x40), (0x20, 0x40), (0x2F, 0), (0x08, 0), (0x1F, 0x40), (0x2C, 0),
                (0x1F, 0x40), (0x11, 0), (0x26, 0x40),
            ]
        ),
    ]

    @Test(arguments: vectors.indices)
    func `each layout writes what its keys say`(index: Int) {
        let (layout, text, keys) = Self.vectors[index]
        var bench = ScannerBench(.init(layout: layout))
        bench.type(keys.flatMap { Typist.press($0.0, $0.1) } + Typist.enter)
        #expect(bench.texts == [text])
    }

    @Test func `a US scanner read as AZERTY gives what hospitals saw`() {
        var bench = ScannerBench(.init(layout: .fr))
        bench.type(Typist.reports("004HQ3NIDBVD") + Typist.enter)
        #expect(bench.texts == ["àà'HA\"NIDBVD"])
    }

    @Test(arguments: KeyboardLayout.allCases)
    func `an unknown key spoils the scan and is named, never guessed`(layout: KeyboardLayout) {
        for usage: UInt8 in [0x29, 0x2A, 0x3A, 0x4A, 0x65, 0x87, 0xA5, 0xFF] {
            var bench = ScannerBench(.init(layout: layout))
            bench.type(Typist.reports("12") + Typist.press(usage) + Typist.reports("34"))
            bench.type(Typist.enter + Typist.reports("56") + Typist.enter)
            #expect(bench.scans.count == 1)
            #expect(
                bench.refusals == [
                    ScanRefusal(.unknownKey(usage: usage, modifiers: 0), count: 4)
                ])
        }
    }

    @Test func `a chord that writes nothing spoils`() {
        for modifiers: UInt8 in [0x01, 0x08, 0x04, 0x10, 0x80, 0x60] {
            var bench = ScannerBench()
            bench.type(Typist.press(0x04, modifiers) + Typist.enter)
            #expect(bench.scans == [])
            #expect(
                bench.refusals.map(\.reason) == [.unknownKey(usage: 4, modifiers: modifiers)])
        }
    }

    @Test func `a repeated report changes nothing and a held key writes once`() {
        let steady = Typist.reports(Self.code) + Typist.enter
        let doubled = steady.flatMap { [$0, $0, $0] }
        var bench = ScannerBench()
        bench.type(doubled)
        #expect(bench.texts == [Self.code])
    }

    @Test func `keys may roll over one another`() {
        var bench = ScannerBench()
        bench.type([
            [0, 0, 4, 0, 0, 0, 0, 0], [0, 0, 4, 5, 0, 0, 0, 0], [0, 0, 5, 0, 0, 0, 0, 0],
            [0, 0, 6, 5, 0, 0, 0, 0], [0, 0, 6, 5, 6, 0, 0, 0], [0, 0, 6, 5, 4, 0, 0, 0],
        ])
        bench.type([Typist.released] + Typist.enter)
        #expect(bench.texts == ["abca"])
    }

    @Test func `two keys in one report have no order unless the profile gives them one`() {
        let chord: [UInt8] = [0, 0, 5, 4, 0, 0, 0, 0]
        var plain = ScannerBench()
        plain.type([chord, Typist.released] + Typist.enter)
        #expect(plain.scans == [])
        #expect(plain.refusals.map(\.reason) == [.severalKeysAtOnce(2)])
        var ordered = ScannerBench(.init(takesSeveralKeysInOrder: true))
        ordered.type([chord, Typist.released] + Typist.enter)
        #expect(ordered.texts == ["ba"])
    }

    @Test func `a keyboard that lost count spoils the scan and no later one`() {
        var bench = ScannerBench()
        bench.type(Typist.reports("1") + [[0, 0, 1, 1, 1, 1, 1, 1]] + Typist.enter)
        bench.type(Typist.reports("2") + Typist.enter)
        #expect(bench.texts == ["2"])
        #expect(bench.refusals == [ScanRefusal(.keyboardFault(usage: 1), count: 1)])
    }

    @Test func `caps lock turns letters and nothing else`() {
        let toggled = Typist.press(0x39) + Typist.reports("aB1:") + Typist.press(0x39)
        var obeying = ScannerBench(.init(capsLock: .toggled))
        obeying.type(toggled + Typist.reports("a") + Typist.enter)
        #expect(obeying.texts == ["Ab1:a"])
        var ignoring = ScannerBench()
        ignoring.type(toggled + Typist.enter)
        #expect(ignoring.texts == ["aB1:"])
        var always = ScannerBench(.init(capsLock: .on))
        always.type(Typist.reports("wrn1:a") + Typist.enter)
        #expect(always.texts == ["WRN1:A"])
    }

    @Test func `digits on the keypad are digits`() {
        var bench = ScannerBench()
        bench.type((0x59...0x62).flatMap { Typist.press(UInt8($0)) } + Typist.press(0x58))
        #expect(bench.texts == ["1234567890"])
    }

    @Test func `a number typed with alt is a character`() {
        func code(_ digits: String) -> [[UInt8]] {
            let keys = digits.compactMap(\.wholeNumberValue).flatMap { digit -> [[UInt8]] in
                [
                    [4, 0, UInt8(digit == 0 ? 0x62 : 0x58 + digit), 0, 0, 0, 0, 0],
                    [4] + [0, 0, 0, 0, 0, 0, 0],
                ]
            }
            return keys + [Typist.released]
        }
        var bench = ScannerBench(.init(takesAltCodes: true))
        bench.type(code("87") + code("0233") + code("065") + Typist.enter)
        bench.type(code("130") + Typist.enter)
        #expect(bench.texts == ["WéA"])
        #expect(bench.refusals.map(\.reason) == [.unknownKey(usage: 0, modifiers: 4)])
        var without = ScannerBench()
        without.type(code("87") + Typist.enter)
        #expect(without.scans == [])
    }
}
