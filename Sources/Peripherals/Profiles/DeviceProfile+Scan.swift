extension DeviceProfile {
    static func scan(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> ScanTraits? {
        guard let node = reading.node(root, "scan", keys: ["modes", "charset"]) else {
            reading.note(root.path.appending("scan"), "This is missing.")
            return nil
        }
        let charset = reading.choice(node, "charset", ScanCharset.self) ?? .utf8OrLatin1
        let names = Set(ScanMode.allCases.map(\.rawValue))
        guard let modes = reading.node(node, "modes", keys: names), !modes.fields.isEmpty else {
            reading.note(node.path.appending("modes"), "There is no mode.")
            return nil
        }
        let hidPOS = hidPOS(modes, charset, &reading)
        let keyboard = keyboard(modes, &reading)
        readSerial(modes, &reading)
        for (path, value) in reading.items(root, "match") ?? [] {
            guard case .object(let rule) = value, case .text(let mode)? = rule["mode"] else {
                continue
            }
            if modes.fields[mode] == nil {
                reading.note(path.appending("mode"), "There is no \(mode) in scan.modes.")
            }
        }
        return ScanTraits(
            keyboard: keyboard, hidPOS: hidPOS?.settings, usagePages: hidPOS?.pages ?? [],
            hasSerialMode: modes.fields[ScanMode.serial.rawValue] != nil)
    }

    private static func keyboard(
        _ modes: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> KeyboardScanner.Settings? {
        let keys: Set = [
            "layout", "terminators", "gapMs", "slowestMs", "prefix", "suffix", "minLen", "maxLen",
            "capsLock", "altNumpad", "aim", "keysInOrder", "reportID",
        ]
        guard let node = reading.node(modes, ScanMode.keyboard.rawValue, keys: keys) else {
            return nil
        }
        var settings = KeyboardScanner.Settings()
        let most = KeyboardScanner.charactersMax
        if let layout = reading.choice(node, "layout", KeyboardLayout.self, required: true) {
            settings.layout = layout
        }
        if let ends = reading.choices(node, "terminators", KeyboardScanner.Terminator.self) {
            settings.terminators = Set(ends)
        }
        if let gap = reading.whole(node, "gapMs", 5...5_000) { settings.gap = .milliseconds(gap) }
        if let pace = reading.whole(node, "slowestMs", 0...5_000) {
            settings.slowest = pace == 0 ? nil : .milliseconds(pace)
        }
        settings.prefix = reading.text(node, "prefix") ?? ""
        settings.suffix = reading.text(node, "suffix") ?? ""
        let least = reading.whole(node, "minLen", 1...most) ?? 1
        let longest = reading.whole(node, "maxLen", 1...most) ?? most
        if least > longest {
            reading.note(node.path.appending("minLen"), "\(least) is more than maxLen.")
        }
        settings.characters = min(least, longest)...longest
        settings.capsLock =
            reading.choice(node, "capsLock", KeyboardScanner.CapsLock.self) ?? .ignored
        settings.takesAltCodes = reading.flag(node, "altNumpad") ?? false
        settings.sendsAIM = reading.flag(node, "aim") ?? false
        settings.takesSeveralKeysInOrder = reading.flag(node, "keysInOrder") ?? false
        settings.reportID = reading.whole(node, "reportID", 1...255).map(UInt8.init)
        return settings
    }

    private static func hidPOS(
        _ modes: ProfileReading.Node, _ charset: ScanCharset, _ reading: inout ProfileReading
    ) -> (settings: HIDPOSScanner.Settings?, pages: [UInt16])? {
        let keys: Set = ["usagePages", "report", "gapMs"]
        guard let node = reading.node(modes, ScanMode.hidPOS.rawValue, keys: keys) else {
            return nil
        }
        let pages = (reading.texts(node, "usagePages", required: true) ?? []).compactMap {
            reading.hexadecimal($0, digits: 4, node.path.appending("usagePages"))
        }
        let parts: Set = ["id", "length", "aim", "data", "dataEnd", "more"]
        guard let report = reading.node(node, "report", keys: parts) else {
            reading.note(node.path.appending("report"), "This is missing.")
            return (nil, pages)
        }
        let offsets = 0...1_023
        let id = reading.whole(report, "id", 1...255, required: true)
        let length = reading.whole(report, "length", offsets, required: true)
        let aim = reading.whole(report, "aim", offsets)
        let start = reading.whole(report, "data", offsets, required: true)
        let end = reading.whole(report, "dataEnd", offsets, required: true)
        let more = reading.whole(report, "more", offsets)
        let gap = reading.whole(node, "gapMs", 5...5_000) ?? 200
        guard let id, let length, let start, let end else { return (nil, pages) }
        guard start < end else {
            reading.note(report.path.appending("dataEnd"), "\(end) is not behind data.")
            return (nil, pages)
        }
        return (
            HIDPOSScanner.Settings(
                reportID: UInt8(id), lengthOffset: length, aimOffset: aim, data: start..<end,
                moreOffset: more, gap: .milliseconds(gap), charset: charset), pages
        )
    }

    private static func readSerial(
        _ modes: ProfileReading.Node, _ reading: inout ProfileReading
    ) {
        let keys: Set = ["line", "dtr", "rts", "terminators", "gapMs"]
        guard let node = reading.node(modes, ScanMode.serial.rawValue, keys: keys) else { return }
        _ = reading.text(node, "line", required: true)
        _ = reading.flag(node, "dtr")
        _ = reading.flag(node, "rts")
        _ = reading.texts(node, "terminators", required: true)
        _ = reading.whole(node, "gapMs", 5...5_000)
    }
}
