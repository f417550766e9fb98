public import Peripherals

/// Which interface of a device serves which use. Descriptors decide, never a model's name.
extension BusInterface {
    static var printerClass: UInt8 { 0x07 }
    static var humanClass: UInt8 { 0x03 }
    static var vendorClass: UInt8 { 0xFF }

    var isBootKeyboard: Bool {
        classCode == Self.humanClass && subclassCode == 1 && protocolCode == 1
    }
}

extension BusDevice {
    /// The way to print: class 7 both ways before one way, class 7 before a vendor's own with bulk
    /// endpoints both ways, low numbers before high ones; nil where it is no printer.
    public var printerInterface: BusInterface? {
        let printers = interfaces.filter {
            $0.classCode == BusInterface.printerClass && $0.output != nil
        }
        let vendors = interfaces.filter {
            $0.classCode == BusInterface.vendorClass && $0.output != nil && $0.input?.kind == .bulk
        }
        return printers.first { $0.input != nil && [2, 3].contains($0.protocolCode) }
            ?? printers.first { $0.input != nil } ?? printers.first ?? vendors.first
    }

    /// The ways on which reports may come: keyboards first; empty where it has none.
    public var reportInterfaces: [BusInterface] {
        let human = interfaces.filter {
            $0.classCode == BusInterface.humanClass && $0.setting == 0
                && $0.input?.kind == .interrupt
        }
        return human.filter(\.isBootKeyboard) + human.filter { !$0.isBootKeyboard }
    }
}

/// The usage page of a report descriptor's first collection (HID 1.11, 6.2.2.7).
enum ReportDescriptor {
    /// - Returns: nil where none is named before the first collection.
    static func usagePage(_ bytes: [UInt8]) -> UInt16? {
        var start = 0
        while start < bytes.count {
            let head = bytes[start]
            // A long item: its length is its second byte.
            if head == 0xFE {
                guard start + 1 < bytes.count else { return nil }
                start += 3 + Int(bytes[start + 1])
                continue
            }
            let length = [0, 1, 2, 4][Int(head & 3)]
            guard start + length < bytes.count else { return nil }
            switch head & 0xFC {
            case 0x04:
                let page = bytes[(start + 1)..<(start + 1 + length)].prefix(2).reversed()
                return page.reduce(0) { $0 << 8 | UInt16($1) }
            case 0xA0: return nil
            default: start += 1 + length
            }
        }
        return nil
    }
}
