/// A label printer that is not there: takes the very bytes that a real one would get, answers what
/// our drivers ask, and makes pictures instead of paper. Whatever it does not know it refuses.
public struct VirtualZPLPrinter: Sendable {
    public enum Fault: String, Sendable, CaseIterable {
        case none
        /// Takes labels and prints none until there is paper; like the real ones it does not say
        /// how it is meanwhile, and names its errors.
        case paperOut = "paper-out"
        /// Answers nothing.
        case mute
    }

    public enum Input: Sendable, Hashable {
        case received([UInt8])
        case fault(Fault)
    }

    public enum Effect: Sendable, Hashable {
        case answer([UInt8])
        case printed(ZPLRenderer.Drawn)
        /// A label that it does not print.
        case refused(ZPLRefusal)
    }

    private let dotsPerMillimetre: Int
    private let headDots: Int
    private var stream = ZPLStream()
    private var label: ZPLRenderer?
    private var refusal: ZPLRefusal?
    private var waiting: [ZPLRenderer.Drawn] = []
    private var labels = 0
    private var fault = Fault.none
    /// Labels that may wait for paper.
    private static let waitingMax = 64

    public init(dotsPerMillimetre: Int, headDots: Int) {
        self.dotsPerMillimetre = dotsPerMillimetre
        self.headDots = headDots
    }

    /// Pure and total, as every machine; it needs no time.
    public mutating func handle(
        _ input: Input, at now: ContinuousClock.Instant
    ) -> [Effect] {
        switch input {
        case .fault(let fault):
            self.fault = fault
            return feed()
        case .received(let bytes):
            var effects: [Effect] = []
            for piece in stream.read(bytes) { effects += take(piece) }
            return effects
        }
    }

    private mutating func take(_ piece: ZPLStream.Piece) -> [Effect] {
        switch piece {
        case .refused(let why):
            if label != nil {
                refusal = refusal ?? why
                return []
            }
            return [.refused(why)]
        case .question(let name): return answer(name)
        case .command("~HS", _): return fault == .none ? say(status) : []
        case .command("~HI", _):
            return fault == .mute
                ? [] : say(["WARREN-VIRTUAL,V1.0.0,\(dotsPerMillimetre),2048KB"])
        case .command("~HQES", _): return fault == .mute ? [] : say([errors])
        case .command("^XA", _):
            label = ZPLRenderer(headDots: headDots)
            refusal = nil
            return []
        case .command("^XZ", _): return end()
        case .command(let name, let parameters):
            guard label != nil else { return [.refused(.unknownCommand(ZPLStream.plain(name)))] }
            do throws(ZPLRefusal) {
                try label?.take(name, parameters)
            } catch {
                refusal = refusal ?? error
            }
            return []
        }
    }

    private mutating func end() -> [Effect] {
        defer { (label, refusal) = (nil, nil) }
        if let refusal { return [.refused(refusal)] }
        guard var whole = label else { return [.refused(.strayBytes)] }
        do throws(ZPLRefusal) {
            let drawn = try whole.finish()
            guard waiting.count < Self.waitingMax else { return [.refused(.tooLong)] }
            waiting.append(drawn)
        } catch {
            return [.refused(error)]
        }
        return feed()
    }

    private mutating func feed() -> [Effect] {
        guard fault != .paperOut else { return [] }
        let printed = waiting
        waiting = []
        labels += printed.reduce(0) { $0 + $1.copies }
        return printed.map { .printed($0) }
    }

    private func answer(_ name: String) -> [Effect] {
        guard fault != .mute else { return [] }
        let value = name == "odometer.total_label_count" ? "\(labels)" : "?"
        return [.answer(Array("\"\(value)\"\r\n".utf8))]
    }

    private func say(_ lines: [String]) -> [Effect] {
        [.answer(lines.flatMap { [0x02] + $0.utf8 + [0x03, 0x0D, 0x0A] })]
    }

    /// The three frames of `~HS` (`ZPL-Status.md`).
    private var status: [String] {
        let half = label == nil ? 0 : 1
        return [
            "030,0,0,1218,\(Self.padded(waiting.count)),0,0,\(half),000,0,0,0",
            "000,0,0,0,0,2,4,0,00000000,1,000", "0000,0",
        ]
    }

    private var errors: String {
        "ERRORS: " + (fault == .paperOut ? "1 00000000 00000001" : "0 00000000 00000000")
    }

    private static func padded(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 3 - String(number).count)) + String(number)
    }
}
