/// What is plugged in, and the way to talk to it. `USBHost` implements it with libusb.
public protocol DeviceBus: Sendable {
    /// The whole set of devices, now and after each change. A reader that is slow misses sets in
    /// between and never the last one.
    func levels() -> AsyncStream<[BusDevice]>

    /// Asks a device for its names and leaves it where it is: a keyboard goes on writing.
    ///
    /// - Throws: as `open`, but never `busy`.
    func sight(_ device: BusDevice) async throws(LinkFault) -> PeripheralSighting

    /// Takes an interface of a device and asks the device who it is.
    ///
    /// - Throws: `unplugged` when it is no longer there, `busy` while another program holds it,
    ///   `noAccess` with the cure.
    func open(
        _ device: BusDevice, _ interface: BusInterface
    ) async throws(LinkFault) -> OpenDevice
}

/// A device whose interface is ours, and what it says of itself.
public struct OpenDevice: Sendable {
    public let link: any DeviceLink
    public let sighting: PeripheralSighting

    public init(link: any DeviceLink, sighting: PeripheralSighting) {
        self.link = link
        self.sighting = sighting
    }
}

/// One device on the bus, as its descriptors say; nobody has talked to it yet.
public struct BusDevice: Sendable, Hashable {
    /// Another number after each arrival, never used again by this process.
    public let arrival: UInt64
    public let vendor: UInt16
    public let product: UInt16
    /// Bus and ports from the root, like `1-2.4`.
    public let portPath: String
    public let interfaces: [BusInterface]

    public init(
        arrival: UInt64, vendor: UInt16, product: UInt16, portPath: String,
        interfaces: [BusInterface]
    ) {
        self.arrival = arrival
        self.vendor = vendor
        self.product = product
        self.portPath = portPath
        self.interfaces = interfaces
    }
}

/// One setting of one interface (USB 2.0, 9.6.5).
public struct BusInterface: Sendable, Hashable {
    public let number: UInt8
    /// The alternate setting; 0 is the one that a device starts with.
    public let setting: UInt8
    public let classCode: UInt8
    public let subclassCode: UInt8
    public let protocolCode: UInt8
    /// The first bulk endpoint to the device; nil where there is none.
    public let output: BusEndpoint?
    /// The first bulk or interrupt endpoint from the device.
    public let input: BusEndpoint?
    /// Bytes of the report descriptor (HID 1.11, 6.2.1); 0 where there is none.
    public let reportDescriptorBytes: Int

    public init(
        number: UInt8, setting: UInt8 = 0, classCode: UInt8, subclassCode: UInt8 = 0,
        protocolCode: UInt8 = 0, output: BusEndpoint? = nil, input: BusEndpoint? = nil,
        reportDescriptorBytes: Int = 0
    ) {
        self.number = number
        self.setting = setting
        self.classCode = classCode
        self.subclassCode = subclassCode
        self.protocolCode = protocolCode
        self.output = output
        self.input = input
        self.reportDescriptorBytes = reportDescriptorBytes
    }
}

public struct BusEndpoint: Sendable, Hashable {
    public enum Kind: Sendable { case bulk, interrupt }

    /// With bit 7 set for those that the device sends on.
    public let address: UInt8
    public let kind: Kind
    /// Bytes of one packet, 1 to 1,024.
    public let packetBytes: Int

    public init(address: UInt8, kind: Kind, packetBytes: Int) {
        self.address = address
        self.kind = kind
        self.packetBytes = packetBytes
    }
}
