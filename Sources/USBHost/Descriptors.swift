internal import CLibUSB
internal import Peripherals

/// Reads what the kernel knows of a device without talking to it.
enum Descriptors {
    /// Bounds on what a device may claim to have.
    private static let interfacesMax = 32
    private static let settingsMax = 16
    private static let endpointsMax = 30
    private static let portsMax = 7
    private static let hubClass = UInt8(0x09)

    /// - Returns: nil for hubs and for what has no readable configuration.
    static func device(_ raw: OpaquePointer, arrival: UInt64) -> BusDevice? {
        var head = libusb_device_descriptor()
        guard libusb_get_device_descriptor(raw, &head) == 0, head.bDeviceClass != hubClass else {
            return nil
        }
        return BusDevice(
            arrival: arrival, vendor: head.idVendor, product: head.idProduct,
            portPath: portPath(raw), interfaces: interfaces(raw))
    }

    static func textIndices(_ raw: OpaquePointer) -> TextIndices {
        var head = libusb_device_descriptor()
        guard libusb_get_device_descriptor(raw, &head) == 0 else {
            return TextIndices(manufacturer: 0, product: 0, serial: 0)
        }
        return TextIndices(
            manufacturer: head.iManufacturer, product: head.iProduct, serial: head.iSerialNumber)
    }

    private static func portPath(_ raw: OpaquePointer) -> String {
        var ports = [UInt8](repeating: 0, count: portsMax)
        let count = libusb_get_port_numbers(raw, &ports, Int32(portsMax))
        let path = ports.prefix(max(0, Int(count))).map(String.init).joined(separator: ".")
        return "\(libusb_get_bus_number(raw))-\(path)"
    }

    private static func interfaces(_ raw: OpaquePointer) -> [BusInterface] {
        var found: UnsafeMutablePointer<libusb_config_descriptor>?
        if libusb_get_active_config_descriptor(raw, &found) != 0 {
            libusb_get_config_descriptor(raw, 0, &found)
        }
        guard let found else { return [] }
        defer { libusb_free_config_descriptor(found) }
        let count = min(Int(found.pointee.bNumInterfaces), interfacesMax)
        guard let list = found.pointee.interface else { return [] }
        return (0..<count).flatMap { index in
            let settings = min(Int(list[index].num_altsetting), settingsMax)
            guard settings > 0, let all = list[index].altsetting else { return [BusInterface]() }
            return (0..<settings).map { interface(all[$0]) }
        }
    }

    private static func interface(_ raw: libusb_interface_descriptor) -> BusInterface {
        let count = min(Int(raw.bNumEndpoints), endpointsMax)
        let endpoints = (0..<count).compactMap { index in raw.endpoint.map { $0[index] } }
            .compactMap(endpoint)
        let extra = UnsafeBufferPointer(start: raw.extra, count: max(0, Int(raw.extra_length)))
        return BusInterface(
            number: raw.bInterfaceNumber, setting: raw.bAlternateSetting,
            classCode: raw.bInterfaceClass, subclassCode: raw.bInterfaceSubClass,
            protocolCode: raw.bInterfaceProtocol,
            output: endpoints.first { $0.address & 0x80 == 0 && $0.kind == .bulk },
            input: endpoints.first { $0.address & 0x80 != 0 },
            reportDescriptorBytes: reportDescriptorBytes(Array(extra)))
    }

    private static func endpoint(_ raw: libusb_endpoint_descriptor) -> BusEndpoint? {
        // Bits 11 and 12 count more packets in one slot of time and are no part of the size.
        let packet = Int(raw.wMaxPacketSize & 0x7FF)
        guard (1...1_024).contains(packet) else { return nil }
        switch raw.bmAttributes & 3 {
        case 2: return BusEndpoint(address: raw.bEndpointAddress, kind: .bulk, packetBytes: packet)
        case 3:
            return BusEndpoint(
                address: raw.bEndpointAddress, kind: .interrupt, packetBytes: packet)
        default: return nil
        }
    }

    /// The HID descriptor among the class's own ones names its report descriptor's length.
    static func reportDescriptorBytes(_ extra: [UInt8]) -> Int {
        var start = 0
        while start + 1 < extra.count {
            let length = Int(extra[start])
            guard length >= 2, start + length <= extra.count else { return 0 }
            if extra[start + 1] == 0x21, length >= 9, extra[start + 6] == 0x22 {
                return Int(extra[start + 7]) | Int(extra[start + 8]) << 8
            }
            start += length
        }
        return 0
    }
}
