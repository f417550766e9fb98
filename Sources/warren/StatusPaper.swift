internal import Foundation

/// How a running node stands, for a terminal: names on the left, ages and units written out.
struct StatusPaper {
    private let status: [String: Any]
    private let now: Int64

    /// - Parameter status: what `GET /api/v1/sync/status` answered.
    init(_ status: [String: Any]) {
        self.status = status
        now = Self.number(status["as_of"]) ?? 0
    }

    /// Pairs of a name and what it says; a name may be empty for a further line.
    var lines: [(name: String, words: String)] {
        let digest = (status["digest"] as? String ?? "").prefix(16)
        var lines = [
            (name: "records", words: "\(Self.grouped(status["rows"])) rows, digest \(digest)…"),
            (
                name: "writer",
                words: "\(status["writer"] as? String ?? "?") at change "
                    + Self.grouped(status["sequence"])
            ),
        ]
        lines += relay
        let peers = status["peers"] as? [[String: Any]] ?? []
        lines += peers.map { (name: "box", words: words(of: $0)) }
        if relay.isEmpty, peers.isEmpty {
            lines.append((name: "links", words: "none; this box knows no relay and no other box"))
        }
        let alarms = status["alarms"] as? [String] ?? []
        lines +=
            alarms.isEmpty
            ? [(name: "alarms", words: "none")] : alarms.map { (name: "alarm", words: $0) }
        return lines
    }

    /// In columns.
    var text: String {
        lines.map { line in
            let gap = String(repeating: " ", count: max(1, 10 - line.name.count))
            return line.name + gap + line.words
        }.joined(separator: "\n")
    }

    private var relay: [(name: String, words: String)] {
        guard let relay = status["relay"] as? [String: Any] else { return [] }
        var lines = [(name: "relay", words: words(of: relay))]
        let owed = Self.number(relay["transactions_missing"]) ?? 0
        lines.append(
            (
                name: "",
                words: owed == 0
                    ? "everything from here is there"
                    : "\(Self.grouped(owed)) \(owed == 1 ? "change" : "changes") from here to send"
            ))
        if let held = Self.number(relay["bytes_held"]), let most = Self.number(relay["bytes_max"]) {
            lines.append(
                (name: "", words: "the mailbox holds \(Self.bytes(held)) of \(Self.bytes(most))"))
        }
        if let why = relay["held_back"] as? String { lines.append((name: "", words: why)) }
        return lines
    }

    /// `localhost:7443: up to date for 3 min`, with why where it is not.
    private func words(of link: [String: Any]) -> String {
        let address = link["address"] as? String ?? "?"
        let age = Self.number(link["since"]).map { " for \(Self.age(now - $0))" } ?? ""
        var words = "\(address): \(link["report"] as? String ?? "?")\(age)"
        if link["is_open"] as? Bool != true, let trouble = link["trouble"] as? String {
            words += "; \(trouble)"
        }
        return words
    }

    static func number(_ value: Any?) -> Int64? { (value as? NSNumber)?.int64Value }

    /// `18,469`.
    static func grouped(_ value: Any?) -> String {
        guard let number = number(value) else { return "?" }
        var digits = Array("\(abs(number))")
        for place in stride(from: digits.count - 3, to: 0, by: -3) {
            digits.insert(",", at: place)
        }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// `12 s`, `3 min`, `5 h`, `2 days`; of a clock that was set back, `0 s`.
    static func age(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1_000)
        switch seconds {
        case ..<90: return "\(seconds) s"
        case ..<5_400: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) days"
        }
    }

    /// `512 B`, `1.2 MB`.
    static func bytes(_ count: Int64) -> String {
        guard count >= 1_000 else { return "\(count) B" }
        let units = ["kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(count) / 1_000, 0)
        while value >= 999.95, unit < units.count - 1 { (value, unit) = (value / 1_000, unit + 1) }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
