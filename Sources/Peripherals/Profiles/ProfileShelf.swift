/// All profiles of a program, judged together.
public struct ProfileShelf: Sendable {
    /// By id, in order.
    public let profiles: [DeviceProfile]

    /// A rule below this asks a person.
    public static let automaticScore = 70
    /// How many profiles may stand one on another.
    static let extendsMax = 4

    /// - Parameter documents: each with the name of its file, for the problems.
    /// - Throws: every problem of every document; no profile is used if one is wrong.
    public init(_ documents: [(name: String, value: ProfileValue)]) throws(ProfileProblems) {
        var problems: [ProfileProblem] = []
        var profiles: [DeviceProfile] = []
        var nameByID: [String: String] = [:]
        let valueByID = Self.valueByID(documents)
        for document in documents.sorted(by: { $0.name < $1.name }) {
            var reading = ProfileReading(document.name)
            let laid = Self.laid(document.value, valueByID, &reading)
            if let profile = DeviceProfile(laid, &reading) {
                if let other = nameByID[profile.id] {
                    reading.note(
                        ProfilePath(steps: ["id"]), "\(profile.id) is the id of \(other) too.")
                }
                nameByID[profile.id] = document.name
                profiles.append(profile)
            }
            problems += reading.problems
        }
        guard problems.isEmpty else { throw ProfileProblems(problems: problems) }
        self.profiles = profiles.sorted { $0.id < $1.id }
    }

    public func profile(_ id: String) -> DeviceProfile? { profiles.first { $0.id == id } }

    /// Whether the numbers of a device are such that a profile may be for it; what it says of
    /// itself is not looked at.
    public func knows(vendor: UInt16, product: UInt16) -> Bool {
        profiles.contains { profile in
            profile.match.contains {
                $0.vendor == vendor && ($0.products.isEmpty || $0.products.contains(product))
            }
        }
    }

    /// A profile that fits a device.
    public struct Match: Sendable, Hashable {
        public let profile: String
        public let mode: DeviceProfile.ScanMode?
        public let evidence: DeviceProfile.MatchRule.Evidence
        public let score: Int

        public init(
            profile: String, mode: DeviceProfile.ScanMode?,
            evidence: DeviceProfile.MatchRule.Evidence, score: Int
        ) {
            self.profile = profile
            self.mode = mode
            self.evidence = evidence
            self.score = score
        }
    }

    public enum Verdict: Sendable, Hashable {
        /// This one, without asking.
        case bind(Match)
        /// One of these, the likeliest first; a person says which.
        case ask([Match])
        case unknown
    }

    /// - Parameter remembered: the profiles that people chose before, by device.
    public func verdict(
        on device: PeripheralSighting, remembered: [PeripheralKey: String] = [:]
    ) -> Verdict {
        let chosen = device.keys.lazy.compactMap { remembered[$0] }.first
        var doubts: [Match] = []
        for evidence in DeviceProfile.MatchRule.Evidence.allCases {
            if evidence == .remembered {
                guard let chosen, profile(chosen) != nil else { continue }
                let known = matches(device).first { $0.0.profile == chosen }?.0
                return .bind(
                    Match(
                        profile: chosen, mode: known?.mode, evidence: .remembered, score: 100))
            }
            let found = matches(device).filter { $0.0.evidence == evidence }
            let best = found.filter { $0.0.score == found.first?.0.score }
            // Once the device's own words leave a doubt, its numbers do not settle it.
            if doubts.isEmpty, best.count == 1, let (match, isAutomatic) = best.first, isAutomatic {
                return .bind(match)
            }
            doubts += found.map(\.0)
        }
        return doubts.isEmpty ? .unknown : .ask(doubts)
    }

    /// Each profile's best rule that fits, and whether it may bind by itself; the best first.
    private func matches(_ device: PeripheralSighting) -> [(Match, Bool)] {
        let found = profiles.compactMap { profile -> (Match, Bool)? in
            let rules = profile.match.filter { $0.fits(device) }
            guard
                let rule = rules.min(by: {
                    ($0.evidence, -$0.score) < ($1.evidence, -$1.score)
                })
            else { return nil }
            let match = Match(
                profile: profile.id, mode: rule.mode, evidence: rule.evidence, score: rule.score)
            let isAutomatic =
                rule.score >= Self.automaticScore && rule.confidence != .c
                && !Self.contradicts(profile, device)
            return (match, isAutomatic)
        }
        return found.sorted { left, right in
            (left.0.evidence, -left.0.score, left.0.profile)
                < (right.0.evidence, -right.0.score, right.0.profile)
        }
    }

    /// A printer that says which languages it speaks, and not this one.
    private static func contradicts(_ profile: DeviceProfile, _ device: PeripheralSighting) -> Bool
    {
        guard profile.kind == .labelPrinter, let languages = device.ieee1284?.languages,
            !languages.isEmpty
        else { return false }
        return !languages.contains { $0.contains("ZPL") }
    }

    private static func valueByID(
        _ documents: [(name: String, value: ProfileValue)]
    ) -> [String: ProfileValue] {
        documents.reduce(into: [:]) { values, document in
            guard case .object(let fields) = document.value, case .text(let id)? = fields["id"],
                values[id] == nil
            else { return }
            values[id] = document.value
        }
    }

    /// The document over all that it extends. A base's rules of match and its own name do not come
    /// along; its sources do, below the document's own.
    private static func laid(
        _ value: ProfileValue, _ valueByID: [String: ProfileValue],
        _ reading: inout ProfileReading
    ) -> ProfileValue {
        let place = ProfilePath(steps: ["extends"])
        var laid = value
        var top = value
        for _ in 0..<extendsMax {
            guard case .object(let fields) = top, let wish = fields["extends"] else { return laid }
            guard case .text(let id) = wish, let base = valueByID[id],
                case .object(var lower) = base
            else {
                reading.note(place, "There is no profile of this id.")
                return laid
            }
            top = base
            for key in ["match", "title", "extends"] { lower[key] = nil }
            laid = merged(laid, lower)
        }
        if case .object(let fields) = top, fields["extends"] != nil {
            reading.note(place, "More than \(extendsMax) profiles stand on one another.")
        }
        return laid
    }

    private static func merged(
        _ upper: ProfileValue, _ lower: [String: ProfileValue]
    ) -> ProfileValue {
        guard case .object(var fields) = upper.laid(over: .object(lower)) else { return upper }
        if case .object(let own) = upper, case .array(let first)? = own["provenance"],
            case .array(let second)? = lower["provenance"]
        {
            // What the base says of its rules of match, or of a place that is told anew, is over.
            let told = Set(first.compactMap(path))
            let kept = second.filter { entry in
                path(entry).map { !$0.hasPrefix("match") && !told.contains($0) } ?? true
            }
            fields["provenance"] = .array(first + kept)
        }
        return .object(fields)
    }

    private static func path(_ entry: ProfileValue) -> String? {
        guard case .object(let fields) = entry, case .text(let path)? = fields["path"] else {
            return nil
        }
        return path
    }
}
