internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import Logging
internal import Peripherals
internal import USBHost

/// Which printers and scanners `warren serve` looks after.
struct DeviceOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Look after label printers and scanners on USB.")
    var usb = true

    @Option(
        name: .customLong("virtual"),
        help: ArgumentHelp(
            "Devices to play: label-printer, card-printer, scanner; with commas between.",
            valueName: "devices"))
    var played = ""

    @Option(
        help: ArgumentHelp(
            "Keep a picture of every label that virtual printers make in this folder.",
            valueName: "folder"))
    var virtualPaper: String?

    @Option(
        help: ArgumentHelp(
            "What is known of device models; else looked for beside the program and here.",
            valueName: "folder"))
    var profiles: String?

    @Flag(help: "Write labels into the folder's `printer` while there is no printer.")
    var labelFolder = false

    func kinds() throws -> [VirtualBus.Kind] {
        try played.split(separator: ",").map { name in
            let name = name.trimmingCharacters(in: .whitespaces)
            guard let kind = VirtualBus.Kind(rawValue: name) else {
                let known = VirtualBus.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("“\(name)” is no virtual device; there are: \(known)")
            }
            return kind
        }
    }

    /// The profiles, from the folder that was named or the first one found.
    ///
    /// - Throws: `NodeFault` that says what to do.
    func shelf() throws -> ProfileShelf {
        let folders = profiles.map { [URL(fileURLWithPath: $0)] } ?? Self.usualFolders
        let manager = FileManager.default
        let found = folders.first { manager.fileExists(atPath: $0.path) }
        guard let found,
            let files = manager.enumerator(at: found, includingPropertiesForKeys: nil)
        else {
            throw NodeFault(
                .refused,
                """
                there are no device profiles in \(folders.map(\.path).joined(separator: " or ")). \
                Name the folder Firmware-profiles with --profiles, or serve with --no-usb and \
                without --virtual.
                """)
        }
        do {
            let documents = try files.compactMap { $0 as? URL }
                .filter { $0.pathExtension == "json" }
                .map { file in
                    let bytes = try Data(contentsOf: file)
                    let value = try JSONDecoder().decode(ProfileValue.self, from: bytes)
                    return (name: file.lastPathComponent, value: value)
                }
            return try ProfileShelf(documents)
        } catch {
            throw NodeFault(
                .refused,
                "a device profile in \(found.path) cannot be used: \(FaultWords.of(error))")
        }
    }

    /// Beside an installed program, then where somebody works in the sources.
    private static var usualFolders: [URL] {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return [
            program.deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("share/warren/Firmware-profiles"),
            URL(fileURLWithPath: "Firmware-profiles"),
        ]
    }

    /// The devices of a node, ready to run; nil where nothing is to be looked after.
    func devices(
        of node: Node, printing: PrintService, logger: Logger
    ) async throws -> Devices? {
        let kinds = try kinds()
        if labelFolder {
            await printing.register(
                PrinterSlot(
                    id: "label-folder", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
                    confirmsWithin: nil, isStandIn: true,
                    target: FilePrinter(node.directory.printer)))
        }
        let bus = usb ? openBus(logger) : nil
        guard bus != nil || !kinds.isEmpty else { return nil }
        return Devices(
            node, printing, try shelf(), try DeviceSettings.read(node.directory.devices),
            usb: bus, playing: kinds, onto: try paper(), logger: logger)
    }

    /// Made if it is not there: whoever names a folder wants it.
    private func paper() throws -> VirtualPaper? {
        guard let virtualPaper else { return nil }
        do {
            return try VirtualPaper(URL(fileURLWithPath: virtualPaper, isDirectory: true))
        } catch {
            throw NodeFault(
                .refused, "--virtual-paper \(virtualPaper) is no folder that can be used: \(error)")
        }
    }

    /// No bus is no fault: many a machine has none.
    private func openBus(_ logger: Logger) -> USBBus? {
        do throws(LinkFault) {
            return try USBBus()
        } catch {
            logger.notice(
                "no USB here, so no printers and scanners on it",
                metadata: ["reason": "\(error.reason)"])
            return nil
        }
    }
}
