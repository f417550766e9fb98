extension DeviceProfile {
    /// The form of document that this program reads.
    static let schema = 1

    private static let keys: Set<String> = [
        "schema", "id", "kind", "extends", "title", "match", "usb", "language", "media", "text",
        "status", "confirm", "features", "scan", "provenance",
    ]
    /// Facts about the document itself, which need no source.
    private static let bare: Set<String> = [
        "schema", "id", "kind", "extends", "title", "provenance",
    ]

    /// - Parameter value: the document, already laid over what it extends.
    /// - Returns: nil if anything is wrong; then the reading has problems.
    init?(_ value: ProfileValue, _ reading: inout ProfileReading) {
        guard let root = reading.node(value, ProfilePath(), keys: Self.keys) else { return nil }
        _ = reading.whole(root, "schema", Self.schema...Self.schema, required: true)
        let provenance = Self.provenance(root, value, &reading)
        Self.demandSources(value, provenance, &reading)
        let match = Self.match(root, provenance, &reading)
        let usb = Self.usb(root, &reading)
        let kind = reading.choice(root, "kind", Kind.self, required: true)
        let isBase = match.isEmpty
        let printer = isBase || kind != .labelPrinter ? nil : Self.printer(root, usb, &reading)
        let scan = isBase || kind != .scanner ? nil : Self.scan(root, &reading)
        let id = reading.text(root, "id", required: true)
        let title = reading.text(root, "title", required: true)
        for (index, rule) in match.enumerated() where kind == .scanner && rule.mode == nil {
            reading.note(
                ProfilePath(steps: ["match", String(index), "mode"]), "This is missing.")
        }
        guard reading.problems.isEmpty, let id, let kind, let title else { return nil }
        self.init(
            id: id, kind: kind, title: title, match: match, usb: usb, printer: printer,
            scan: scan, provenance: provenance)
    }

    private static func provenance(
        _ root: ProfileReading.Node, _ document: ProfileValue, _ reading: inout ProfileReading
    ) -> [Provenance] {
        var entries: [Provenance] = []
        for (path, value) in reading.items(root, "provenance", required: true) ?? [] {
            guard
                let node = reading.node(
                    value, path, keys: ["path", "source", "confidence", "note"])
            else { continue }
            let text = reading.text(node, "path", required: true)
            let source = reading.text(node, "source", required: true)
            let confidence = reading.choice(
                node, "confidence", Confidence.self, required: true)
            let note = reading.text(node, "note")
            guard let text, let source, let confidence else { continue }
            guard let place = ProfilePath(text), document.value(at: place) != nil else {
                reading.note(path.appending("path"), "There is no \(text) in this profile.")
                continue
            }
            entries.append(
                Provenance(path: place, source: source, confidence: confidence, note: note))
        }
        return entries
    }

    /// Every fact has a source.
    private static func demandSources(
        _ document: ProfileValue, _ entries: [Provenance], _ reading: inout ProfileReading
    ) {
        for leaf in document.leaves() where !bare.contains(leaf.steps.first ?? "") {
            if !entries.contains(where: { $0.path.covers(leaf) }) {
                reading.note(leaf, "This has no source in provenance.")
            }
        }
    }

    private static func match(
        _ root: ProfileReading.Node, _ entries: [Provenance], _ reading: inout ProfileReading
    ) -> [MatchRule] {
        (reading.items(root, "match") ?? []).compactMap { path, value in
            let keys: Set = ["ieee1284", "strings", "usb", "score", "mode"]
            guard let node = reading.node(value, path, keys: keys) else { return nil }
            let usb = reading.node(node, "usb", keys: ["vid", "pid"])
            let vendor = usb.flatMap { usb in
                reading.text(usb, "vid", required: true).flatMap {
                    reading.hexadecimal($0, digits: 4, usb.path.appending("vid"))
                }
            }
            let products = usb.flatMap { usb in
                reading.texts(usb, "pid")?.compactMap {
                    reading.hexadecimal($0, digits: 4, usb.path.appending("pid"))
                }
            }
            let ieee1284 = patterns(node, "ieee1284", ["MFG", "MDL", "CMD"], &reading)
            let strings = patterns(node, "strings", ["manufacturer", "product"], &reading)
            if ieee1284.isEmpty, strings.isEmpty, products?.isEmpty ?? true {
                reading.note(path, "This fits every device of a vendor, or every device at all.")
            }
            let score = reading.whole(node, "score", 1...100, required: true) ?? 1
            let source = entries.filter { $0.path.covers(path) }
                .max { $0.path.steps.count < $1.path.steps.count }
            return MatchRule(
                ieee1284: ieee1284, strings: strings, vendor: vendor, products: products ?? [],
                score: score, mode: reading.choice(node, "mode", ScanMode.self),
                confidence: source?.confidence ?? .c)
        }
    }

    private static func patterns(
        _ rule: ProfileReading.Node, _ key: String, _ keys: [String],
        _ reading: inout ProfileReading
    ) -> [String: String] {
        guard let node = reading.node(rule, key, keys: Set(keys)) else { return [:] }
        var patterns: [String: String] = [:]
        for key in keys {
            guard let pattern = reading.text(node, key) else { continue }
            if pattern.allSatisfy({ $0 == "*" }) {
                reading.note(node.path.appending(key), "This fits every text.")
            }
            patterns[key] = pattern
        }
        return patterns
    }

    private static func usb(
        _ root: ProfileReading.Node, _ reading: inout ProfileReading
    ) -> USBTraits {
        let keys: Set = ["chunk", "readPolicy", "idleTimeoutMs", "quirks", "detach"]
        let node = reading.node(root, "usb", keys: keys)
        func milliseconds(_ count: Int) -> Duration { .milliseconds(count) }
        return USBTraits(
            transferBytes: node.flatMap { reading.whole($0, "chunk", 1...65_536) } ?? 8_192,
            readPolicy: node.flatMap {
                reading.choice($0, "readPolicy", USBTraits.ReadPolicy.self)
            } ?? .continuous,
            idleTimeout: milliseconds(
                node.flatMap { reading.whole($0, "idleTimeoutMs", 100...60_000) } ?? 3_000),
            quirks: Set(
                node.flatMap { reading.choices($0, "quirks", USBTraits.Quirk.self) } ?? []),
            detach: node.flatMap { reading.texts($0, "detach") } ?? [])
    }
}
