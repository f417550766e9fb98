extension DeviceProfile {
    private enum LanguageName: String, CaseIterable { case zpl }
    private enum TextRepertoire: String, CaseIterable {
        case ascii
        case latin1 = "ascii-latin1"
    }
    private enum ConfirmLevel: String, CaseIterable { case printed, consumed, transmitted }
    private enum ConfirmMethod: String, CaseIterable {
        case counters = "zpl-counters"
        case none
    }
    private enum Dialogue: String, CaseIterable { case status = "zpl-hs" }
    private enum Tracking: String, CaseIterable { case gap, mark, continuous }

    /// Dots a millimetre, by the number that is printed on the box.
    private static let dotsPerMillimetre = [152: 6, 203: 8, 300: 12, 600: 24]

    static func printer(
        _ root: ProfileReading.Node, _ usb: USBTraits, _ reading: inout ProfileReading
    ) -> LabelPrinterTraits? {
        readLanguage(root, &reading)
        let answersWithin = readStatus(root, &reading)
        let zpl = readMedia(root, &reading)
        let confirmsWithin = readConfirm(root, &reading)
        guard let zpl else { return nil }
        return LabelPrinterTraits(
            zpl: zpl,
            talk: ZPLPrinterSettings(
                transferBytes: usb.transferBytes, answersWithin: answersWithin,
                stallsAfter: usb.idleTimeout, countsLabels: confirmsWithin != nil),
            confirmsWithin: confirmsWithin)
    }

    private static func section(
        _ root: ProfileReading.Node, _ key: String, _ keys: Set<String>,
        _ reading: inout ProfileReading
    ) -> ProfileReading.Node? {
        if root.fields[key] == nil {
            reading.note(root.path.appending(key), "This is missing.")
        }
        return reading.node(root, key, keys: keys)
    }

    private static func readLanguage(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) {
        guard let node = section(root, "language", ["name", "forbidden"], &reading) else { return }
        _ = reading.choice(node, "name", LanguageName.self, required: true)
        _ = reading.texts(node, "forbidden")
    }

    private static func readStatus(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> Duration {
        guard let node = section(root, "status", ["dialogue", "timeoutMs"], &reading) else {
            return .milliseconds(700)
        }
        _ = reading.choice(node, "dialogue", Dialogue.self, required: true)
        return .milliseconds(reading.whole(node, "timeoutMs", 50...10_000) ?? 700)
    }

    private static func readMedia(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> ZPL.Printer? {
        let text = reading.node(root, "text", keys: ["native"])
        let repertoire = text.flatMap { reading.choice($0, "native", TextRepertoire.self) }
        let keys: Set = ["dpi", "maxWidthDots", "tracking", "darkness", "speedIps"]
        guard let node = section(root, "media", keys, &reading) else { return nil }
        _ = reading.choices(node, "tracking", Tracking.self)
        for (key, range) in [("darkness", 0...30), ("speedIps", 1...14)] {
            guard let span = reading.node(node, key, keys: ["min", "max", "default"]) else {
                continue
            }
            let ends = ["min", "default", "max"].map {
                reading.whole(span, $0, range, required: $0 != "default")
            }.compactMap { $0 }
            if ends != ends.sorted() { reading.note(span.path, "This is not in order.") }
        }
        let width = reading.whole(node, "maxWidthDots", 64...8_192, required: true)
        guard let dpi = reading.whole(node, "dpi", 1...10_000, required: true) else { return nil }
        guard let dots = dotsPerMillimetre[dpi] else {
            reading.note(node.path.appending("dpi"), "\(dpi) is none of 152, 203, 300, 600.")
            return nil
        }
        guard let width else { return nil }
        return ZPL.Printer(
            dotsPerMillimetre: dots, headDots: width,
            repertoire: repertoire == .latin1 ? .latin1 : .ascii)
    }

    /// Only counters that move confirm paper; any lesser level waits for a scan or a person.
    private static func readConfirm(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> Duration? {
        let keys: Set = ["level", "method", "deadlineMs"]
        guard let node = section(root, "confirm", keys, &reading) else { return nil }
        let level = reading.choice(node, "level", ConfirmLevel.self, required: true)
        let method = reading.choice(node, "method", ConfirmMethod.self, required: true)
        let deadline = reading.whole(node, "deadlineMs", 1_000...600_000)
        if (level == .printed) != (method == .counters) {
            reading.note(node.path, "Only zpl-counters can say that something is printed.")
        }
        return level == .printed ? .milliseconds(deadline ?? 20_000) : nil
    }
}
