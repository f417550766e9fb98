internal import CUSBEmulator
internal import Foundation

/// What an emulated device does with its bytes. Called with the bus locked.
package protocol EmulatedModel: AnyObject, Sendable {
    /// The device that it is the model of; set once, before anything is called.
    func arrive(as device: EmulatedDevice)
    /// - Returns: the answer, or nil to refuse.
    func request(_ setup: [UInt8]) -> [UInt8]?
    /// - Returns: how many of these it took, or one of the emulator's negative answers.
    func take(_ packet: [UInt8]) -> Int32
}

extension EmulatedModel {
    package func arrive(as device: EmulatedDevice) {}
    package func request(_ setup: [UInt8]) -> [UInt8]? { nil }
    package func take(_ packet: [UInt8]) -> Int32 { Int32(packet.count) }
}

/// The one testbed of this process.
// Sendable because the emulator locks for itself.
package final class EmulatedBus: @unchecked Sendable {
    package static let isPossible =
        ProcessInfo.processInfo.environment["LD_PRELOAD"]?.contains("libumockdev-preload") == true

    private let raw: OpaquePointer
    private let models = Watch<[ModelBox]>([])

    /// - Throws: without the preload.
    package init() throws(NoPreload) {
        guard let raw = emulated_bus_new() else { throw NoPreload() }
        self.raw = raw
    }

    package struct NoPreload: Error {}

    package func free() { emulated_bus_free(raw) }

    /// - Parameter port: the path below bus 1.
    package func plug(
        _ port: String, _ build: EmulatedBuild, _ model: some EmulatedModel
    ) -> EmulatedDevice {
        let box = ModelBox(model)
        models.update { $0.append(box) }
        let device = EmulatedDevice(port: port)
        model.arrive(as: device)
        var behaviour = emulated_behaviour(
            model: Unmanaged.passUnretained(box).toOpaque(),
            request: { model, setup, data, room in
                let bytes = Array(UnsafeBufferPointer(start: setup, count: 8))
                guard let answer = ModelBox.at(model)?.request(bytes), let data else {
                    return EMULATED_STALL.code
                }
                for (index, byte) in answer.prefix(Int(room)).enumerated() { data[index] = byte }
                return Int32(min(answer.count, Int(room)))
            },
            take: { model, bytes, count in
                let packet = Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
                return ModelBox.at(model)?.take(packet) ?? EMULATED_STALL.code
            })
        build.withRaw { described in
            device.raw.update {
                $0 = EmulatedDevice.Raw(emulated_plug(raw, port, &described, &behaviour))
            }
        }
        return device
    }

    private final class ModelBox: Sendable {
        let model: any EmulatedModel

        init(_ model: any EmulatedModel) { self.model = model }

        static func at(_ raw: UnsafeMutableRawPointer?) -> (any EmulatedModel)? {
            raw.map { Unmanaged<ModelBox>.fromOpaque($0).takeUnretainedValue().model }
        }
    }
}

/// A device on the emulated bus.
package final class EmulatedDevice: Sendable {
    // Sendable because the emulator locks for itself.
    package struct Raw: @unchecked Sendable {
        package let pointer: OpaquePointer?

        package init(_ pointer: OpaquePointer?) { self.pointer = pointer }
    }

    package let port: String
    package let raw = Watch<Raw>(Raw(nil))

    package init(port: String) { self.port = port }

    private var pointer: OpaquePointer? { raw.value.pointer }

    /// Returns when all that it said was fetched and another read waits.
    package func hasNothingToSay() async {
        while emulated_waiting(pointer, 0x81) == 0 { await Task.yield() }
    }

    package func unplug() { emulated_unplug(pointer) }
    package func pull(after bytes: Int) { emulated_pull_after(pointer, Int32(bytes)) }
    package func lie(_ lies: UInt32) { emulated_lie(pointer, Int32(lies)) }
    package func releaseDriver() { emulated_release_driver(pointer) }
    package func forbid(_ isForbidden: Bool) { emulated_forbid(pointer, isForbidden ? 1 : 0) }
    package func kick() { emulated_kick(pointer) }
    package var hasDriver: Bool { emulated_has_driver(pointer) != 0 }
    package var clearedHalts: Int { Int(emulated_cleared_halts(pointer)) }
    /// How often an interface of it was taken.
    package var claims: Int { Int(emulated_claims(pointer)) }
    package var isClaimed: Bool { emulated_is_claimed(pointer) != 0 }

    package func give(_ bytes: [UInt8], on endpoint: UInt8) {
        emulated_give(pointer, endpoint, bytes, Int32(bytes.count))
    }
}

/// What a device says of itself when it is plugged in.
package struct EmulatedBuild {
    package var vendor: UInt16
    package var product: UInt16
    package var manufacturerText: String?
    package var productText: String?
    package var serial: String?
    package var driver: String?
    package var isMute = false
    package var isHub = false
    package var reportDescriptor: [UInt8] = []
    /// One block for each setting of each interface.
    package var interfaces: [[UInt8]]

    package init(
        vendor: UInt16, product: UInt16, manufacturerText: String? = nil,
        productText: String? = nil, serial: String? = nil, driver: String? = nil,
        isMute: Bool = false, isHub: Bool = false, reportDescriptor: [UInt8] = [],
        interfaces: [[UInt8]]
    ) {
        self.vendor = vendor
        self.product = product
        self.manufacturerText = manufacturerText
        self.productText = productText
        self.serial = serial
        self.driver = driver
        self.isMute = isMute
        self.isHub = isHub
        self.reportDescriptor = reportDescriptor
        self.interfaces = interfaces
    }

    /// - Parameter endpoints: address, kind (2 bulk, 3 interrupt), packet size.
    package static func interface(
        _ number: UInt8, setting: UInt8 = 0, class code: UInt8, _ subclass: UInt8,
        _ protocolCode: UInt8, reportBytes: Int = 0, _ endpoints: [(UInt8, UInt8, Int)]
    ) -> [UInt8] {
        var block: [UInt8] = [
            9, 4, number, setting, UInt8(endpoints.count), code, subclass, protocolCode, 0,
        ]
        if reportBytes > 0 {
            block += [9, 0x21, 0x11, 1, 0, 1, 0x22, UInt8(reportBytes & 255)]
            block += [UInt8(reportBytes >> 8)]
        }
        for (address, kind, packet) in endpoints {
            block += [7, 5, address, kind, UInt8(packet & 255), UInt8(packet >> 8), 4]
        }
        return block
    }

    private var descriptors: [UInt8] {
        let numbers = Set(interfaces.map { $0[2] })
        let body = interfaces.flatMap(\.self)
        let total = 9 + body.count
        func index(_ number: UInt8, _ text: String?) -> UInt8 { text == nil ? 0 : number }
        return [
            18, 1, 0, 2, isHub ? 9 : 0, 0, 0, 64, UInt8(vendor & 255), UInt8(vendor >> 8),
            UInt8(product & 255), UInt8(product >> 8), 0, 1, index(1, manufacturerText),
            index(2, productText), index(3, serial), 1,
            9, 2, UInt8(total & 255), UInt8(total >> 8), UInt8(numbers.count), 1, 0, 0xC0, 50,
        ] + body
    }

    /// Calls with a description whose memory lasts until the call returns.
    func withRaw(_ body: (inout emulated_build) -> Void) {
        let texts = [manufacturerText, productText, serial, driver].map { text in
            text.flatMap { strdup($0) }
        }
        defer { for text in texts { Foundation.free(text) } }
        descriptors.withUnsafeBufferPointer { descriptors in
            reportDescriptor.withUnsafeBufferPointer { report in
                var raw = emulated_build(
                    descriptors: descriptors.baseAddress,
                    descriptor_bytes: Int32(descriptors.count),
                    report_descriptor: report.baseAddress,
                    report_descriptor_bytes: Int32(report.count), manufacturer: texts[0],
                    product: texts[1], serial: texts[2], driver: texts[3], mute: isMute ? 1 : 0)
                body(&raw)
            }
        }
    }
}

extension EmulatedBuild {
    /// A label printer as Zebra builds them: class 7 both ways.
    package static func zebra(
        serial: String? = "S1", driver: String? = "usblp", output: UInt8 = 0x01,
        input: UInt8 = 0x82, packet: Int = 512
    ) -> EmulatedBuild {
        EmulatedBuild(
            vendor: 0x0A5F, product: 0x011C, manufacturerText: "Zebra Technologies",
            productText: "ZTC ZD410-203dpi ZPL", serial: serial, driver: driver,
            interfaces: [
                interface(0, class: 7, 1, 2, [(output, 2, packet), (input, 2, packet)])
            ])
    }

    /// A Symbol scanner that plays a keyboard.
    package static func scanner(serial: String? = nil) -> EmulatedBuild {
        EmulatedBuild(
            vendor: 0x05E0, product: 0x1200, manufacturerText: "Symbol",
            productText: "Bar Code Scanner", serial: serial, driver: "usbhid",
            reportDescriptor: keyboardReports,
            interfaces: [
                interface(
                    0, class: 3, 1, 1, reportBytes: keyboardReports.count, [(0x81, 3, 8)])
            ])
    }

    /// What a network stick, a wireless one and a serial cable are alike in: a vendor's own class
    /// with bulk endpoints both ways, and a kernel driver that makes it work.
    package static let stick = EmulatedBuild(
        vendor: 0x0B95, product: 0x7720, manufacturerText: "ASIX", productText: "AX88772",
        serial: "000001", driver: "asix",
        interfaces: [interface(0, class: 0xFF, 0xFF, 0, [(0x02, 2, 512), (0x83, 2, 512)])])

    package static let hub = EmulatedBuild(
        vendor: 0x05E3, product: 0x0608, isHub: true,
        interfaces: [interface(0, class: 9, 0, 0, [(0x81, 3, 1)])])

    package static let keyboardReports: [UInt8] = [0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0xC0]
}

extension Int {
    /// The emulator's enumeration as its functions answer it.
    package var code: Int32 { Int32(self) }
}
