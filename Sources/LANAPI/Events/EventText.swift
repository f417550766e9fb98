internal import CRDT
internal import EdgeNode
internal import HTTPTypes
internal import Hummingbird

/// Events as lines of a stream. They name rows and never say what is in them: whoever may read them
/// asks for them. Only a scan carries its code, for that is all there is of it.
struct EventText: Sendable {
    /// Path names by collection; those that no door shows are not here.
    private let paths: [UInt32: String]

    /// A comment, which no page sees.
    static let silence = ": silence\n\n"
    /// How long a browser waits before it comes back.
    private static let retryMilliseconds = 1_500

    init(_ schema: Schema, hidden: Set<String>) {
        paths = Dictionary(
            uniqueKeysWithValues: schema.collections.filter { !hidden.contains($0.name) }
                .map { ($0.id, CollectionPaths.path(of: $0.name)) })
    }

    /// The first lines: how the stream begins, with the cursor it begins at.
    func greeting(_ start: EventHub.Start) -> String {
        let retry = "retry: \(Self.retryMilliseconds)\n"
        switch start {
        case .now(let cursor): return retry + Self.lines("hello", cursor, "{}")
        case .resumed: return retry + ": resumed\n\n"
        case .reset(let cursor): return retry + Self.lines("reset", cursor, "{}")
        }
    }

    /// - Returns: nil for an event that nobody outside is told.
    func text(of event: DeskEvent, life: UInt64) -> String? {
        var json = JSONWriter(capacity: 256)
        let name: String
        switch event.fact {
        case .scan(let scan):
            name = "scan"
            json.object { json in
                json.member("device", scan.device)
                json.member("code", scan.code)
                json.member("symbology", scan.symbology)
                json.member("is_virtual", scan.isVirtual)
            }
        case .device(let id, let state):
            name = "device"
            json.object { json in
                json.member("id", id)
                json.member("state", state)
            }
        case .printJob(let job, let state, let detail):
            name = "print-job"
            json.object { json in
                json.member("id", RowName.text(job))
                json.member("state", state)
                json.member("detail", detail)
            }
        case .records(let news):
            name = "records"
            guard write(news, &json) else { return nil }
        case .sync:
            name = "sync"
            json.object { _ in }
        }
        let cursor = EventCursor(life: life, sequence: event.sequence)
        return Self.lines(name, cursor, String(decoding: json.bytes, as: UTF8.self))
    }

    /// `{"animals":["…"],"stays":null}`: null for more rows than are named.
    private func write(_ news: RecordNews, _ json: inout JSONWriter) -> Bool {
        let shown = news.rowsByCollection.compactMap { id, rows in paths[id].map { ($0, rows) } }
            .sorted { $0.0 < $1.0 }
        guard !shown.isEmpty else { return false }
        json.object { json in
            for (path, rows) in shown {
                json.key(path)
                if rows.isEmpty {
                    json.null()
                } else {
                    json.array { json in for row in rows { json.value(RowName.text(row)) } }
                }
            }
        }
        return true
    }

    /// JSON of ours has no line break, so one `data` line holds it.
    private static func lines(_ name: String, _ cursor: EventCursor, _ data: String) -> String {
        "event: \(name)\nid: \(cursor)\ndata: \(data)\n\n"
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("last-event-id")!
    static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
