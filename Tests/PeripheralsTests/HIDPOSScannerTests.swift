import Peripherals
import Testing

@Suite struct HIDPOSScannerTests {
    private static let settings = HIDPOSScanner.Settings(
        reportID: 2, lengthOffset: 0, aimOffset: 1, data: 4..<60, moreOffset: 62)

    private let start = ContinuousClock.now

    private static func report(
        _ data: String, aim: String = "]Q1", goesOn: Bool = false, id: UInt8 = 2
    ) -> [UInt8] {
        var report = [UInt8](repeating: 0, count: 64)
        report[0] = id
        report[1] = UInt8(data.utf8.count)
        report.replaceSubrange(2..<5, with: Array(aim.utf8))
        report.replaceSubrange(5..<(5 + data.utf8.count), with: Array(data.utf8))
        report[63] = goesOn ? 1 : 0
        return report
    }

    private static func kept(_ effects: [HIDPOSScanner.Effect]) -> [HIDPOSScanner.Effect] {
        effects.filter { if case .wake = $0 { false } else { true } }
    }

    private func read(_ reports: [[UInt8]]) -> [HIDPOSScanner.Effect] {
        var scanner = HIDPOSScanner(Self.settings)
        return reports.flatMap { Self.kept(scanner.handle(.report($0), at: start)) }
    }

    private func scan(_ text: String, _ aim: String = "]Q1") -> HIDPOSScanner.Effect {
        .scan(
            Scan(bytes: Array(text.utf8), text: text, aim: AIMIdentifier(aim.utf8), at: start))
    }

    @Test func `a report is a scan with its kind`() {
        #expect(read([Self.report("WRN1:A")]) == [scan("WRN1:A")])
        #expect(AIMIdentifier("]Q1".utf8)?.symbology == .qrCode)
        #expect(AIMIdentifier("]d2".utf8)?.symbology == .dataMatrix)
        #expect(AIMIdentifier("]E0".utf8)?.symbology == .ean)
        #expect(AIMIdentifier("]e0".utf8)?.symbology == .dataBar)
        #expect(AIMIdentifier("]X0".utf8)?.symbology == nil)
        #expect(AIMIdentifier("]X0".utf8)?.text == "]X0")
    }

    @Test(arguments: ["", "]", "]Q", "Q1]", "]1Q", "]Q1 ", "]Q!"])
    func `an identifier has a bracket, a letter and a modifier`(text: String) {
        #expect(AIMIdentifier(text.utf8) == nil)
    }

    @Test func `a long code comes in parts`() {
        let part = String(repeating: "0123456", count: 8)
        #expect(
            read([
                Self.report(part, goesOn: true), Self.report(part, goesOn: true),
                Self.report("END"), Self.report("next", aim: "]C0"),
            ]) == [scan(part + part + "END"), scan("next", "]C0")])
    }

    @Test func `a length beyond the report is refused, never clamped`() {
        for length in UInt8(57)...255 {
            var report = Self.report("abc")
            report[1] = length
            #expect(
                read([report]) == [.refuse(ScanRefusal(.lengthBeyondReport(Int(length))))])
        }
    }

    @Test func `the tail of a spoiled scan is no scan`() {
        var bad = Self.report("", goesOn: true)
        bad[1] = 200
        let first = Self.report("head", goesOn: true)
        #expect(
            read([first, bad, Self.report("tail"), Self.report("new")]) == [
                .refuse(ScanRefusal(.lengthBeyondReport(200), count: 8)), scan("new"),
            ])
        #expect(
            read([first, Self.report("other", aim: "]C0"), Self.report("new")]) == [
                .refuse(ScanRefusal(.brokenContinuation, count: 9)), scan("new"),
            ])
        #expect(
            read([first, Self.report("x", id: 9), Self.report("tail")]) == [
                .refuse(ScanRefusal(.oddReport(bytes: 64), count: 8))
            ])
    }

    @Test func `a continuation that does not come is reported after the gap`() {
        for isPunctual in [true, false] {
            var scanner = HIDPOSScanner(Self.settings)
            let due = start.advanced(by: .milliseconds(201))
            #expect(
                scanner.handle(.report(Self.report("head", goesOn: true)), at: start)
                    == [.wake(at: due)])
            let refusal = HIDPOSScanner.Effect.refuse(ScanRefusal(.unfinished, count: 4))
            if isPunctual {
                #expect(scanner.handle(.timerFired, at: due) == [refusal])
            } else {
                let later = start.advanced(by: .seconds(5))
                #expect(
                    Self.kept(scanner.handle(.report(Self.report("new")), at: later)).first
                        == refusal)
            }
        }
    }

    @Test func `what is not text stays bytes`() {
        var settings = Self.settings
        settings.charset = .utf8
        var report = Self.report("ab")
        report[5] = 0xFF
        var strict = HIDPOSScanner(settings)
        #expect(
            strict.handle(.report(report), at: start) == [
                .scan(
                    Scan(
                        bytes: [0xFF, 0x62], text: nil, aim: AIMIdentifier("]Q1".utf8), at: start))
            ])
        settings.charset = .utf8OrLatin1
        settings.suffix = [0x62]
        var lenient = HIDPOSScanner(settings)
        #expect(
            lenient.handle(.report(report), at: start) == [
                .scan(
                    Scan(bytes: [0xFF], text: "ÿ", aim: AIMIdentifier("]Q1".utf8), at: start))
            ])
    }

    @Test func `a pulled cable ends the scan`() {
        var scanner = HIDPOSScanner(Self.settings)
        _ = scanner.handle(.report(Self.report("head", goesOn: true)), at: start)
        #expect(
            scanner.handle(.unplugged, at: start) == [
                .refuse(ScanRefusal(.unplugged, count: 4))
            ])
        #expect(scanner.handle(.unplugged, at: start) == [])
    }

    @Test func `no reports whatever trap the machine, and what it keeps is bounded`() {
        var dice = Dice(seed: 13)
        for _ in 0..<300 {
            func offset(_ most: Int) -> Int { Int.random(in: -1...most, using: &dice) }
            var settings = Self.settings
            if Bool.random(using: &dice) {
                let start = max(0, offset(70))
                settings.lengthOffset = offset(70)
                settings.aimOffset = Bool.random(using: &dice) ? offset(70) : nil
                settings.moreOffset = Bool.random(using: &dice) ? offset(70) : nil
                settings.data = start..<(start + max(0, offset(70)))
            }
            settings.bytesMax = 300
            var scanner = HIDPOSScanner(settings)
            for step in 0..<60 {
                var report = (0..<Int.random(in: 0...66, using: &dice)).map { _ in
                    UInt8.random(in: 0...255, using: &dice)
                }
                if !report.isEmpty, Bool.random(using: &dice) { report[0] = 2 }
                let now = start.advanced(by: .milliseconds(step * 7))
                for effect in scanner.handle(.report(report), at: now) {
                    if case .scan(let scan) = effect {
                        #expect((1...300).contains(scan.bytes.count))
                    }
                }
            }
        }
    }
}
