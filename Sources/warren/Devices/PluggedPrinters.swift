internal import Foundation
internal import Peripherals

/// The printers that the kernel lists, looked at without opening any.
struct PluggedPrinters {
    /// `/sys/bus/usb/devices`: a folder for each device (`1-2`) and each interface (`1-2:1.0`).
    var kernel = URL(fileURLWithPath: "/sys/bus/usb/devices")
    /// `/dev/bus/usb`: a node for each device, `001/004`.
    var nodes = URL(fileURLWithPath: "/dev/bus/usb")

    private static let printerClass = "07"

    /// Whether a label printer is there that a profile knows and that this program may open.
    func areUsable(by shelf: ProfileShelf) -> Bool {
        // A machine without the folder has no USB.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: kernel.path)) ?? []
        return names.contains { name in
            let interface = kernel.appendingPathComponent(name)
            guard word("bInterfaceClass", of: interface) == Self.printerClass,
                let device = name.split(separator: ":").first.map(String.init),
                let sighting = sighting(of: device, interface),
                case .bind(let match) = shelf.verdict(on: sighting)
            else { return false }
            return shelf.profile(match.profile)?.kind == .labelPrinter && mayBeOpened(device)
        }
    }

    /// As the bus would sight it; the IEEE-1284 id is there while the kernel's printer driver is.
    private func sighting(of device: String, _ interface: URL) -> PeripheralSighting? {
        let folder = kernel.appendingPathComponent(device)
        guard let vendor = word("idVendor", of: folder).flatMap({ UInt16($0, radix: 16) }),
            let product = word("idProduct", of: folder).flatMap({ UInt16($0, radix: 16) })
        else { return nil }
        return PeripheralSighting(
            vendor: vendor, product: product, manufacturerText: word("manufacturer", of: folder),
            productText: word("product", of: folder), serial: word("serial", of: folder),
            portPath: device,
            ieee1284: word("ieee1284_id", of: interface).map { IEEE1284ID($0) })
    }

    private func mayBeOpened(_ device: String) -> Bool {
        let folder = kernel.appendingPathComponent(device)
        guard let bus = word("busnum", of: folder).flatMap({ Int($0) }),
            let number = word("devnum", of: folder).flatMap({ Int($0) })
        else { return false }
        let node = nodes.appendingPathComponent(String(format: "%03d/%03d", bus, number))
        return access(node.path, R_OK | W_OK) == 0
    }

    /// What a file of the kernel's says, without the line's end; nil where there is none.
    private func word(_ name: String, of folder: URL) -> String? {
        let file = folder.appendingPathComponent(name)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
