public import Peripherals

/// The class requests that drivers need.
extension LinkRequest {
    /// GET_DEVICE_ID (USB Printer Class 1.1, 4.2.1): the IEEE-1284 id, at most 1,024 bytes.
    public static func deviceID(_ interface: BusInterface) -> LinkRequest {
        LinkRequest(
            kind: 0xA1, code: 0, index: UInt16(interface.number) << 8 | UInt16(interface.setting),
            answerBytes: 1_024)
    }

    /// GET_PORT_STATUS (USB Printer Class 1.1, 4.2.2): one byte.
    public static func portStatus(_ interface: BusInterface) -> LinkRequest {
        LinkRequest(kind: 0xA1, code: 1, index: UInt16(interface.number), answerBytes: 1)
    }

    /// The report descriptor (HID 1.11, 7.1.1), as long as the interface says, at most 4,096 bytes.
    public static func reportDescriptor(_ interface: BusInterface) -> LinkRequest {
        LinkRequest(
            kind: 0x81, code: 6, value: 0x2200, index: UInt16(interface.number),
            answerBytes: min(4_096, interface.reportDescriptorBytes))
    }

    /// SET_PROTOCOL (HID 1.11, 7.2.6): reports as appendix B.1 lays them out.
    static func bootProtocol(_ interface: BusInterface) -> LinkRequest {
        LinkRequest(kind: 0x21, code: 0x0B, value: 0, index: UInt16(interface.number))
    }

    /// SET_IDLE (HID 1.11, 7.2.4): a report only when something changed.
    static func quiet(_ interface: BusInterface) -> LinkRequest {
        LinkRequest(kind: 0x21, code: 0x0A, value: 0, index: UInt16(interface.number))
    }

    /// A string descriptor (USB 2.0, 9.6.7); index 0 holds the languages.
    static func text(_ index: UInt8, language: UInt16) -> LinkRequest {
        LinkRequest(
            kind: 0x80, code: 6, value: 0x0300 | UInt16(index), index: language, answerBytes: 255)
    }
}

/// What a printer's port says: three lines of a parallel cable (USB Printer Class 1.1, 4.2.2).
public struct PrinterPortStatus: Sendable, Hashable {
    public let isPaperOut: Bool
    public let isSelected: Bool
    public let hasError: Bool

    /// - Returns: nil unless there is exactly one byte.
    public init?(_ answer: [UInt8]) {
        guard answer.count == 1 else { return nil }
        isPaperOut = answer[0] & 0x20 != 0
        isSelected = answer[0] & 0x10 != 0
        // The line is low while something is wrong.
        hasError = answer[0] & 0x08 == 0
    }
}

/// String descriptors, as text.
enum USBText {
    /// The first language that a device offers.
    static func language(_ descriptor: [UInt8]) -> UInt16? {
        guard descriptor.count >= 4, descriptor[1] == 3 else { return nil }
        return UInt16(descriptor[2]) | UInt16(descriptor[3]) << 8
    }

    /// At most 126 units of UTF-16; control characters go, and so do spaces at both ends.
    static func text(_ descriptor: [UInt8]) -> String? {
        guard descriptor.count >= 2, descriptor[1] == 3 else { return nil }
        let end = min(Int(descriptor[0]), descriptor.count) & ~1
        let units = stride(from: 2, to: end, by: 2).map {
            UInt16(descriptor[$0]) | UInt16(descriptor[$0 + 1]) << 8
        }
        let scalars = String(decoding: units, as: UTF16.self).unicodeScalars.filter {
            $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
        }
        var text = Substring(String(String.UnicodeScalarView(scalars)))
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
