import Foundation
import Peripherals
import Testing

@testable import warren

/// Which printers the demo uses instead of playing some, by what the kernel's folders say.
@Suite struct PluggedPrintersTests {
    @Test func `a label printer that a profile knows and that may be opened is used`() throws {
        try Self.usb { usb in
            try usb.plug("1-1", Self.zebra)
            #expect(usb.printers.areUsable(by: try Self.shelf()))
        }
    }

    @Test func `one that may not be opened is not`() throws {
        try Self.usb { usb in
            try usb.plug("1-1", Self.zebra, hasNode: false)
            #expect(!usb.printers.areUsable(by: try Self.shelf()))
        }
    }

    @Test func `neither is an office printer, nor a machine without USB`() throws {
        try Self.usb { usb in
            #expect(!usb.printers.areUsable(by: try Self.shelf()))
            try usb.plug(
                "1-1", ["idVendor": "03f0", "idProduct": "1234", "product": "HP LaserJet"],
                id: "MFG:HP;MDL:LaserJet;CMD:PCL,PJL;")
            #expect(!usb.printers.areUsable(by: try Self.shelf()))
            try usb.plug("1-2", Self.zebra, interfaceClass: "ff")
            #expect(!usb.printers.areUsable(by: try Self.shelf()))
        }
        let nowhere = PluggedPrinters(
            kernel: URL(fileURLWithPath: "/nowhere"), nodes: URL(fileURLWithPath: "/nowhere"))
        #expect(!nowhere.areUsable(by: try Self.shelf()))
    }

    private static let zebra = [
        "idVendor": "0a5f", "idProduct": "011c", "manufacturer": "Zebra Technologies",
        "product": "ZTC ZD420-203dpi ZPL", "serial": "S1",
    ]

    /// Folders as the kernel lays them out.
    private struct Folders {
        let root: URL
        var printers: PluggedPrinters {
            PluggedPrinters(
                kernel: root.appendingPathComponent("sys"),
                nodes: root.appendingPathComponent("dev"))
        }

        func plug(
            _ port: String, _ words: [String: String], interfaceClass: String = "07",
            id: String? = nil, hasNode: Bool = true
        ) throws {
            let sys = root.appendingPathComponent("sys")
            let number = port.last.map(String.init) ?? "0"
            let facts = words.merging(["busnum": "1", "devnum": number]) { $1 }
            try Self.write(facts, in: sys.appendingPathComponent(port))
            var interface = ["bInterfaceClass": interfaceClass]
            interface["ieee1284_id"] = id
            try Self.write(interface, in: sys.appendingPathComponent("\(port):1.0"))
            let dev = root.appendingPathComponent("dev/001")
            if hasNode { try Self.write(["00\(number)": ""], in: dev) }
        }

        private static func write(_ words: [String: String], in folder: URL) throws {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            for (name, word) in words {
                try Data("\(word)\n".utf8).write(to: folder.appendingPathComponent(name))
            }
        }
    }

    private static func usb(_ body: (Folders) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-sysfs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        try body(Folders(root: root))
    }

    /// The profiles as the program reads them.
    private static func shelf() throws -> ProfileShelf {
        var options = DeviceOptions()
        options.profiles =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Firmware-profiles").path
        return try options.shelf()
    }
}
