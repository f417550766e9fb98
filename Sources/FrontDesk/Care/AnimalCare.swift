/// What everybody must know before they open the door.
public struct AnimalAlert: Sendable, Hashable {
    /// `bites`, `escapes`, … as the pack names them.
    public let kind: String
    /// The greater the graver.
    public let severity: Int
    public let text: String?

    public init(kind: String, severity: Int, text: String? = nil) {
        self.kind = kind
        self.severity = severity
        self.text = text
    }

    /// `BITES: men in hats`.
    var cardLine: String {
        let word = kind.uppercased().map { $0 == "_" ? " " : String($0) }.joined()
        guard let text, !text.isEmpty else { return word }
        return "\(word): \(text)"
    }
}

/// What an animal must not get; never cleared by another's edit.
public struct Allergy: Sendable, Hashable {
    public let substance: String
    public let severity: Int

    public init(substance: String, severity: Int) {
        self.substance = substance
        self.severity = severity
    }

    var cardLine: String { "ALLERGY: \(substance)" }
}

/// One thing to be done for an animal in house.
public struct CarePlan: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable { case feed, medicate, exercise, treat }

    public let kind: Kind
    public let item: String?
    public let amount: String?
    public let unit: String?
    public let times: [String]
    public let isWithFood: Bool
    /// More than one while two desks disagree: all are shown until a person settles it.
    public let instructions: [String]

    public init(
        kind: Kind, item: String? = nil, amount: String? = nil, unit: String? = nil,
        times: [String] = [], isWithFood: Bool = false, instructions: [String] = []
    ) {
        self.kind = kind
        self.item = item
        self.amount = amount
        self.unit = unit
        self.times = times
        self.isWithFood = isWithFood
        self.instructions = instructions
    }

    /// `Apoquel 5.4 mg with food 08:00, 20:00`; contradicting instructions stand behind CHECK.
    public var cardLine: String {
        let dose = [amount, unit].compactMap(\.self).joined(separator: " ")
        var parts = [item ?? "", dose].filter { !$0.isEmpty }
        if isWithFood { parts.append("with food") }
        if !times.isEmpty { parts.append(times.sorted().joined(separator: ", ")) }
        switch instructions.count {
        case 0: break
        case 1: parts.append(instructions[0])
        default: parts.append("CHECK: " + instructions.sorted().joined(separator: " OR "))
        }
        return parts.joined(separator: " ")
    }
}
