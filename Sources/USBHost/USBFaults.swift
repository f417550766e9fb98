internal import CLibUSB
internal import Peripherals

/// libusb's answers in the words of a link.
extension LinkFault {
    /// - Parameter code: a negative return value of libusb.
    init(libusb code: Int32, opening device: BusDevice? = nil) {
        switch libusb_error(rawValue: code) {
        case LIBUSB_ERROR_NO_DEVICE, LIBUSB_ERROR_NOT_FOUND: self.init(.unplugged)
        case LIBUSB_ERROR_ACCESS: self.init(.noAccess, advice: device.map(Self.accessAdvice))
        case LIBUSB_ERROR_BUSY: self.init(.busy, advice: device.map(Self.busyAdvice))
        case LIBUSB_ERROR_PIPE: self.init(.stalled)
        default: self.init(.failed(String(cString: libusb_error_name(code))))
        }
    }

    /// - Parameter bytes: what the host counted of the whole transfer.
    init(_ status: libusb_transfer_status, bytes: Int) {
        switch status {
        case LIBUSB_TRANSFER_NO_DEVICE:
            self.init(.unplugged, bytes: bytes, certainty: .atLeast)
        case LIBUSB_TRANSFER_CANCELLED, LIBUSB_TRANSFER_TIMED_OUT:
            self.init(.cancelled, bytes: bytes, certainty: bytes == 0 ? .exact : .uncertain)
        case LIBUSB_TRANSFER_STALL: self.init(.stalled, bytes: bytes, certainty: .atLeast)
        case LIBUSB_TRANSFER_OVERFLOW: self.init(.overflow, bytes: bytes, certainty: .atLeast)
        default:
            self.init(
                .failed("transfer status \(status.rawValue)"), bytes: bytes, certainty: .atLeast)
        }
    }

    private static func accessAdvice(_ device: BusDevice) -> String {
        """
        No permission to open \(name(device)). Put the user that runs warren into the group lp, \
        or add a udev rule: SUBSYSTEM=="usb", ATTR{idVendor}=="\(digits(device.vendor))", \
        ACTION!="remove", GROUP="lp", MODE="0660"; then plug it in again.
        """
    }

    private static func busyAdvice(_ device: BusDevice) -> String {
        """
        Another program holds \(name(device)), perhaps the printing service of this machine. It is \
        tried again; end that program or take the device out of its list.
        """
    }

    private static func name(_ device: BusDevice) -> String {
        "\(digits(device.vendor)):\(digits(device.product)) at port \(device.portPath)"
    }

    private static func digits(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
