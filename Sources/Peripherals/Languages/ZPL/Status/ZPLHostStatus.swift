/// What a printer answers to `~HS`: three frames (`ZPL-Status.md`; ZPL II guide 45541L-004,
/// pages 171 and 172).
public struct ZPLHostStatus: Sendable, Hashable {
    public let isPaperOut: Bool
    public let isPaused: Bool
    public let labelLengthDots: Int
    public let formatsInBuffer: Int
    public let isBufferFull: Bool
    public let hasPartialFormat: Bool
    public let isMemoryCorrupt: Bool
    public let isTooCold: Bool
    public let isTooHot: Bool
    public let isHeadOpen: Bool
    public let isRibbonOut: Bool
    public let isThermalTransfer: Bool
    /// In peel-off mode a label waits to be taken.
    public let isLabelWaiting: Bool
    public let labelsRemaining: Int

    /// Nothing of any job is in it any more.
    public var isDrained: Bool {
        formatsInBuffer == 0 && labelsRemaining == 0 && !hasPartialFormat
    }

    public var conditions: [PrinterCondition] {
        let flags: [(Bool, PrinterCondition)] = [
            (isPaperOut, .paperOut), (isRibbonOut, .ribbonOut), (isHeadOpen, .headOpen),
            (isPaused, .paused), (isTooHot, .headHot), (isTooCold, .headCold),
            (isBufferFull, .bufferFull), (hasPartialFormat, .formatPartial),
            (isMemoryCorrupt, .memoryCorrupt), (isLabelWaiting, .labelWaiting),
        ]
        return flags.filter(\.0).map(\.1)
    }

    /// - Parameter lines: the fields of the three frames, without STX and ETX.
    /// - Returns: nil unless there are 12, 11 and 2 fields, the flags are 0 or 1 and the numbers
    ///   decimal.
    init?(_ lines: [[Substring]]) {
        guard lines.map(\.count) == [12, 11, 2] else { return nil }
        func flag(_ line: Int, _ field: Int) -> Bool? {
            switch lines[line][field] {
            case "0": false
            case "1": true
            default: nil
            }
        }
        guard let isPaperOut = flag(0, 1), let isPaused = flag(0, 2),
            let labelLengthDots = ZPLField.number(lines[0][3]),
            let formatsInBuffer = ZPLField.number(lines[0][4]), let isBufferFull = flag(0, 5),
            let hasPartialFormat = flag(0, 7), let isMemoryCorrupt = flag(0, 9),
            let isTooCold = flag(0, 10), let isTooHot = flag(0, 11),
            let isHeadOpen = flag(1, 2), let isRibbonOut = flag(1, 3),
            let isThermalTransfer = flag(1, 4), let isLabelWaiting = flag(1, 7),
            let labelsRemaining = ZPLField.number(lines[1][8])
        else { return nil }
        self.isPaperOut = isPaperOut
        self.isPaused = isPaused
        self.labelLengthDots = labelLengthDots
        self.formatsInBuffer = formatsInBuffer
        self.isBufferFull = isBufferFull
        self.hasPartialFormat = hasPartialFormat
        self.isMemoryCorrupt = isMemoryCorrupt
        self.isTooCold = isTooCold
        self.isTooHot = isTooHot
        self.isHeadOpen = isHeadOpen
        self.isRibbonOut = isRibbonOut
        self.isThermalTransfer = isThermalTransfer
        self.isLabelWaiting = isLabelWaiting
        self.labelsRemaining = labelsRemaining
    }
}

enum ZPLField {
    /// One to nine decimal digits.
    static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
