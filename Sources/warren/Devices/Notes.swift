internal import EdgeNode
internal import Peripherals
internal import USBHost

// What the attendant and the drivers say, in the words of the device list.

extension USBAttendant.Note {
    /// Who it is, where the device was asked.
    var sighting: PeripheralSighting? {
        switch self {
        case .unknown(let sighting), .undecided(let sighting, _), .unusable(let sighting, _),
            .serving(let sighting, _):
            sighting
        case .waiting, .unasked, .ended, .left: nil
        }
    }

    /// Whether it only says that something is over.
    var isFarewell: Bool {
        switch self {
        case .ended, .left: true
        case .waiting, .unasked, .unknown, .undecided, .unusable, .serving: false
        }
    }

    /// - Parameter before: what the list says of it now.
    func standing(
        _ id: String, _ before: DeviceStanding?, port: String?, at now: Int64
    ) -> DeviceStanding {
        var standing =
            before
            ?? DeviceStanding(
                id: id, kind: "device", title: "", state: .unknown, port: port, since: now)
        standing.since = now
        standing.sentence = nil
        if let sighting {
            if let title = sighting.title { standing.title = title }
            standing.port = port
        }
        switch self {
        case .waiting(let fault, _):
            standing.state = .waiting
            standing.sentence = fault.advice ?? "It cannot be taken: \(fault.reason)."
        case .unasked(let fault):
            standing.state = .unknown
            standing.sentence = """
                It could not be asked who it is (\(fault.reason)); it is left alone. If it is a \
                scanner, choose its profile in devices.json, “profiles”; the file is read at start.
                """
        case .unknown:
            standing.state = .unknown
            standing.sentence = "No profile knows it; it is left alone."
        case .undecided(_, let matches):
            let names = matches.map(\.profile).joined(separator: ", ")
            standing.state = .unknown
            standing.sentence =
                "Several profiles might fit (\(names)): choose one in devices.json, “profiles”; "
                + "the file is read at start."
        case .unusable(_, let profile):
            standing.state = .unknown
            standing.profile = profile
            standing.sentence = "It lacks the interface that \(profile) needs; see its mode."
        case .serving(_, let profile):
            standing.state = .ready
            standing.profile = profile
            standing.conditions = []
        case .ended(let fault):
            standing.state = fault.reason == .unplugged ? .absent : .troubled
            standing.sentence =
                fault.reason == .unplugged ? nil : "Its link broke; it is opened anew."
        case .left:
            standing.state = .absent
            standing.conditions = []
        }
        return standing
    }
}

extension PeripheralSighting {
    /// Its own name, with its maker's where that is not in it.
    fileprivate var title: String? {
        guard let product = productText, !product.isEmpty else { return manufacturerText }
        guard let maker = manufacturerText, !maker.isEmpty, !product.hasPrefix(maker) else {
            return product
        }
        return "\(maker) \(product)"
    }
}

extension DeviceStanding {
    /// What a printer's driver saw.
    mutating func take<Job>(_ seen: ZPLPrinter<Job>.Observation) {
        sentence = nil
        switch seen {
        case .status(let status): take(status.conditions)
        case .errors(let errors): take(errors.conditions)
        case .silent:
            state = .silent
            sentence =
                "It was asked and does not answer: see its power, its paper and its open parts."
        case .stalled(_, let accepted, let all):
            state = .troubled
            sentence =
                "It took \(accepted) of \(all) bytes and takes no more: see its paper and lid."
        case .unaccounted(_, let labels, let copies):
            sentence =
                "It counted \(labels) of \(copies) labels: look whether the last one is there."
        case .drained: break
        }
    }

    private mutating func take(_ conditions: [PrinterCondition]) {
        self.conditions = conditions.map(\.rawValue)
        state = PrintJob.Hold(conditions) == nil ? .ready : .troubled
    }
}

extension VirtualBus.Kind {
    /// The templates that a virtual printer is there for.
    var roles: Set<String>? {
        switch self {
        case .labelPrinter: ["collar", "label"]
        case .cardPrinter: ["card"]
        case .scanner: nil
        }
    }

    /// Cards of four by six inches.
    var paper: LabelPaper? {
        self == .cardPrinter
            ? LabelPaper(widthMillimetres: 101.6, lengthMillimetres: 152.4) : nil
    }
}

extension USBScanner.Language {
    init?(_ attended: USBAttendant.Attended) {
        switch attended.mode {
        case .keyboard:
            guard let settings = attended.profile.scan?.keyboard else { return nil }
            self = .keyboard(settings)
        case .hidPOS:
            guard let settings = attended.profile.scan?.hidPOS else { return nil }
            self = .hidPOS(settings)
        case .serial, nil: return nil
        }
    }
}
