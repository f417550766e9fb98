internal import Peripherals
internal import Synchronization

/// One device that this program plays. It keeps what it has when it is unplugged.
final class VirtualDevice: Sendable {
    let kind: VirtualBus.Kind
    private let printer: Mutex<VirtualZPLPrinter>
    private let outcome: @Sendable (String, VirtualBus.Outcome) -> Void

    /// As the profile `warren.virtual-printer` has it.
    private static let (dotsPerMillimetre, headDots) = (8, 832)

    init(
        _ kind: VirtualBus.Kind, outcome: @escaping @Sendable (String, VirtualBus.Outcome) -> Void
    ) {
        self.kind = kind
        self.outcome = outcome
        printer = Mutex(
            VirtualZPLPrinter(
                dotsPerMillimetre: Self.dotsPerMillimetre, headDots: Self.headDots))
    }

    /// - Returns: what a printer answers.
    @discardableResult
    func hear(_ input: VirtualZPLPrinter.Input) -> [UInt8] {
        let effects = printer.withLock { $0.handle(input, at: ContinuousClock.now) }
        var answer: [UInt8] = []
        for effect in effects {
            switch effect {
            case .answer(let bytes): answer += bytes
            case .printed(let drawn): outcome(kind.serial, .printed(drawn))
            case .refused(let refusal): outcome(kind.serial, .refused(refusal))
            }
        }
        return answer
    }

    var sighting: PeripheralSighting {
        PeripheralSighting(
            vendor: 0, product: 0, manufacturerText: "Warren",
            productText: "Warren virtual \(kind == .scanner ? "scanner" : "printer")",
            serial: kind.serial, portPath: "virtual")
    }

    func described(_ arrival: UInt64) -> BusDevice {
        BusDevice(
            arrival: arrival, vendor: 0, product: 0, portPath: "virtual",
            interfaces: [kind == .scanner ? Self.reportInterface : Self.printerInterface])
    }

    private static let printerInterface = BusInterface(
        number: 0, classCode: 7, subclassCode: 1, protocolCode: 2,
        output: BusEndpoint(address: 0x01, kind: .bulk, packetBytes: 512),
        input: BusEndpoint(address: 0x82, kind: .bulk, packetBytes: 512))

    private static let reportInterface = BusInterface(
        number: 0, classCode: 3,
        input: BusEndpoint(address: 0x81, kind: .interrupt, packetBytes: 64),
        reportDescriptorBytes: reportDescriptor.count)

    /// Its first collection lies on the bar code scanners' page (HID POS 1.02, 4.1).
    static let reportDescriptor: [UInt8] = [0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0xC0]

    /// A reading in the reports that its profile describes: id 2, length, three bytes of AIM
    /// identifier (a QR code), at most 56 of content, and at 62 whether it goes on.
    ///
    /// - Returns: nil for none or more than 4,096 bytes.
    static func reports(of code: String) -> [[UInt8]]? {
        let bytes = Array(code.utf8)
        guard (1...4_096).contains(bytes.count) else { return nil }
        return stride(from: 0, to: bytes.count, by: 56).map { start in
            let part = bytes[start..<min(bytes.count, start + 56)]
            var report = [UInt8](repeating: 0, count: 64)
            report[0] = 2
            report[1] = UInt8(part.count)
            report.replaceSubrange(2..<5, with: "]Q3".utf8)
            report.replaceSubrange(5..<(5 + part.count), with: part)
            report[63] = start + part.count < bytes.count ? 1 : 0
            return report
        }
    }
}
