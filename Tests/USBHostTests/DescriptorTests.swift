import Peripherals
import Testing

@testable import USBHost

/// What is read from descriptors, without a bus: every byte of them comes from outside.
@Suite struct DescriptorTests {
    private func interface(
        _ number: UInt8, _ code: UInt8, _ protocolCode: UInt8 = 0, input: Bool = true,
        subclass: UInt8 = 1
    ) -> BusInterface {
        BusInterface(
            number: number, classCode: code, subclassCode: subclass, protocolCode: protocolCode,
            output: code == 3 ? nil : BusEndpoint(address: 1, kind: .bulk, packetBytes: 64),
            input: input
                ? BusEndpoint(address: 0x81, kind: code == 3 ? .interrupt : .bulk, packetBytes: 64)
                : nil)
    }

    private func device(_ interfaces: [BusInterface]) -> BusDevice {
        BusDevice(arrival: 1, vendor: 1, product: 2, portPath: "1-1", interfaces: interfaces)
    }

    @Test func `both ways go before one way, and class 7 before a vendor's own`() {
        let oneWay = interface(0, 7, 1, input: false)
        let bothWays = interface(1, 7, 2)
        let vendor = interface(2, 0xFF)
        #expect(device([oneWay, bothWays, vendor]).printerInterface == bothWays)
        #expect(device([vendor, oneWay]).printerInterface == oneWay)
        #expect(device([vendor]).printerInterface == vendor)
        #expect(device([interface(0, 3, 1)]).printerInterface == nil)
    }

    @Test func `keyboards go before other ways of reporting`() {
        let plain = interface(0, 3, 0, subclass: 0)
        let board = interface(1, 3, 1)
        #expect(device([plain, board]).reportInterfaces == [board, plain])
        #expect(device([interface(0, 7, 2)]).reportInterfaces == [])
    }

    @Test(
        arguments: [
            ([0x05, 0x01, 0x09, 0x06, 0xA1, 0x01], 0x01), ([0x06, 0x8C, 0x00, 0xA1, 0x01], 0x8C),
            ([0x06, 0x8C, 0xFF, 0xA1], 0xFF8C), ([0x09, 0x06, 0x05, 0x0C], 0x0C),
            ([0xFE, 0x02, 0x00, 0xAA, 0xBB, 0x05, 0x07], 0x07), ([0xA1, 0x01, 0x05, 0x01], nil),
            ([0x06, 0x8C], nil), ([0xFE], nil), ([0xFE, 0xFF], nil), ([], nil),
            ([0x07, 1, 2], nil),
        ] as [([UInt8], UInt16?)])
    func `the first usage page is found or there is none`(bytes: [UInt8], page: UInt16?) {
        #expect(ReportDescriptor.usagePage(bytes) == page)
    }

    @Test func `no report descriptor can trap the reader`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                _ = ReportDescriptor.usagePage([first, second, first])
                _ = Descriptors.reportDescriptorBytes([first, second, 0x21, first])
            }
        }
    }

    @Test(
        arguments: [
            ([8, 3, 0x41, 0, 0x42, 0, 0x20, 0], "AB"), ([255, 3, 0x41, 0, 0x42], "A"),
            ([4, 3, 0x07, 0], nil), ([2, 3], nil), ([6, 2, 0x41, 0, 0x42, 0], nil), ([], nil),
            ([0, 3, 0x41, 0], nil), ([6, 3, 0x3D, 0xD8, 0x36, 0xDC], "\u{1F436}"),
            ([4, 3, 0x3D, 0xD8], "\u{FFFD}"),
        ] as [([UInt8], String?)])
    func `a string descriptor is text or none`(bytes: [UInt8], text: String?) {
        #expect(USBText.text(bytes) == text)
    }

    @Test func `the length of a report descriptor is where HID says`() {
        let hid: [UInt8] = [9, 0x21, 0x11, 1, 0, 1, 0x22, 0x3F, 0x01]
        #expect(Descriptors.reportDescriptorBytes(hid) == 0x13F)
        #expect(Descriptors.reportDescriptorBytes([4, 0x24, 0, 0] + hid) == 0x13F)
        #expect(Descriptors.reportDescriptorBytes([0, 0x21]) == 0)
        #expect(Descriptors.reportDescriptorBytes(Array(hid.dropLast())) == 0)
    }
}
