internal import CLibUSB
internal import Peripherals

/// All that is known and open on the bus. Lives on the event thread and nowhere else.
final class BusCore {
    let context: OpaquePointer
    private let levels: @Sendable ([BusDevice]) -> Void
    private var hotplug: libusb_hotplug_callback_handle = 0
    /// Something came or went; what, the next look at the whole set says.
    private var needsRescan = true
    private var hasPublished = false
    private var arrivals: UInt64 = 0
    /// By libusb's device, which is kept alive as long as it is here.
    private var known: [OpaquePointer: BusDevice] = [:]
    var handles: [UInt64: OpenHandle] = [:]
    var transfers: [LinkTicket: Transfer] = [:]
    private var handleNumbers: UInt64 = 0

    /// Devices that are looked at; a bus has room for 127.
    static let devicesMax = 512

    init(_ context: OpaquePointer, levels: @escaping @Sendable ([BusDevice]) -> Void) {
        self.context = context
        self.levels = levels
    }

    /// Asks to be told of comings and goings. Without (no udev), only `askForRescan` finds them.
    func watch() {
        let both =
            LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED.rawValue
            | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT.rawValue
        libusb_hotplug_register_callback(
            context, Int32(both), 0, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
            LIBUSB_HOTPLUG_MATCH_ANY,
            { _, _, _, user in
                guard let user else { return 0 }
                Unmanaged<BusCore>.fromOpaque(user).takeUnretainedValue().needsRescan = true
                return 0
            }, Unmanaged.passUnretained(self).toOpaque(), &hotplug)
    }

    func unwatch() {
        if hotplug != 0 { libusb_hotplug_deregister_callback(context, hotplug) }
        for raw in known.keys { libusb_unref_device(raw) }
        known = [:]
    }

    func askForRescan() { needsRescan = true }

    /// What must not be done inside of a callback.
    func tidy() {
        for handle in handles.values where handle.haltedEndpoint != nil {
            if let endpoint = handle.haltedEndpoint { libusb_clear_halt(handle.raw, endpoint) }
            handle.haltedEndpoint = nil
        }
        if needsRescan { rescan() }
        for (number, handle) in handles where handle.isClosing && handle.transfers.isEmpty {
            if let interface = handle.interface {
                // The kernel's driver comes back with it, where nobody said otherwise.
                libusb_release_interface(handle.raw, Int32(interface.number))
            }
            libusb_close(handle.raw)
            handles[number] = nil
        }
    }

    var isIdle: Bool { handles.isEmpty && transfers.isEmpty }

    func closeAll() {
        for number in handles.keys { close(number) }
        tidy()
    }

    /// Compares the whole set of devices with what was known; events only say when.
    private func rescan() {
        needsRescan = false
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = libusb_get_device_list(context, &list)
        guard count >= 0, let list else { return }
        defer { libusb_free_device_list(list, 1) }
        let present = (0..<min(count, Self.devicesMax)).compactMap { list[$0] }
        let gone = Set(known.keys).subtracting(present)
        for raw in gone {
            for handle in handles.values where handle.device == raw { cancelAll(of: handle) }
            known[raw] = nil
            libusb_unref_device(raw)
        }
        let before = arrivals
        for raw in present where known[raw] == nil {
            guard let device = Descriptors.device(raw, arrival: arrivals + 1) else { continue }
            arrivals += 1
            libusb_ref_device(raw)
            known[raw] = device
        }
        guard !gone.isEmpty || arrivals > before || !hasPublished else { return }
        hasPublished = true
        levels(known.values.sorted { $0.arrival < $1.arrival })
    }

    /// Opens a device and takes one of its interfaces, from the kernel's driver if need be.
    ///
    /// - Parameter interface: nil to ask the device for its names and leave its driver alone.
    func open(_ device: BusDevice, _ interface: BusInterface?) throws(LinkFault) -> Opened {
        guard let raw = known.first(where: { $0.value.arrival == device.arrival })?.key else {
            throw LinkFault(.unplugged)
        }
        var opened: OpaquePointer?
        try check(libusb_open(raw, &opened), device)
        guard let opened else { throw LinkFault(.unplugged) }
        do throws(LinkFault) {
            if let interface { try claim(interface, of: device, opened) }
        } catch {
            libusb_close(opened)
            throw error
        }
        handleNumbers += 1
        handles[handleNumbers] = OpenHandle(opened, device: raw, interface: interface)
        return Opened(number: handleNumbers, texts: Descriptors.textIndices(raw))
    }

    private func claim(
        _ interface: BusInterface, of device: BusDevice, _ opened: OpaquePointer
    ) throws(LinkFault) {
        libusb_set_auto_detach_kernel_driver(opened, 1)
        try check(libusb_claim_interface(opened, Int32(interface.number)), device)
        guard interface.setting != 0 else { return }
        try check(
            libusb_set_interface_alt_setting(
                opened, Int32(interface.number), Int32(interface.setting)), device)
    }

    private func check(_ code: Int32, _ device: BusDevice) throws(LinkFault) {
        if code < 0 { throw LinkFault(libusb: code, opening: device) }
    }

    /// libusb then leaves the interface without a driver when it is released.
    func keepDriverAway(_ number: UInt64) {
        if let handle = handles[number] { libusb_set_auto_detach_kernel_driver(handle.raw, 0) }
    }

    func close(_ number: UInt64) {
        guard let handle = handles[number], !handle.isClosing else { return }
        handle.isClosing = true
        cancelAll(of: handle)
    }
}

/// An open device of which one interface is ours.
final class OpenHandle {
    let raw: OpaquePointer
    let device: OpaquePointer
    /// Nil where only names are asked for.
    let interface: BusInterface?
    var transfers: Set<LinkTicket> = []
    var isClosing = false
    /// An endpoint that stalled and is to be set free again.
    var haltedEndpoint: UInt8?

    init(_ raw: OpaquePointer, device: OpaquePointer, interface: BusInterface?) {
        self.raw = raw
        self.device = device
        self.interface = interface
    }
}

/// What opening gives to those who are not on the thread.
struct Opened: Sendable {
    let number: UInt64
    let texts: TextIndices
}

/// Where a device keeps its names; 0 for none (USB 2.0, 9.6.1).
struct TextIndices: Sendable {
    let manufacturer: UInt8
    let product: UInt8
    let serial: UInt8
}
