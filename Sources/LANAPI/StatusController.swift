internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// `GET /health` and `GET /sync/status`.
struct StatusController: Sendable {
    let node: Node
    let startedAt: Int64

    func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let status = await node.status()
        var json = JSONWriter()
        json.object { json in
            json.member("status", status.health.rawValue)
            json.key("alarms")
            json.array { json in for alarm in status.alarms { json.value(alarm) } }
            json.member("site", node.facts.name)
            json.member("site_id", node.facts.site)
            json.key("is_sealed")
            json.value(!node.facts.hasStandInSeal)
            json.key("started_at")
            json.value(startedAt)
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    func sync(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        let status = await node.status()
        var json = JSONWriter()
        json.object { json in
            json.member("writer", status.writer)
            json.key("sequence")
            json.value(Int64(bitPattern: status.sequence))
            json.key("vector")
            json.array { json in for head in status.vector { Self.write(head, &json) } }
            json.member("digest", status.digest)
            json.key("rows")
            json.value(status.rows)
            json.key("peers")
            json.array { json in for peer in status.peers { Self.write(peer, &json) } }
            json.key("relay")
            if let relay = status.relay {
                Self.write(relay, missing: status.missingAtRelay, &json)
            } else {
                json.null()
            }
            json.key("alarms")
            json.array { json in for alarm in status.alarms { json.value(alarm) } }
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    /// `POST /sync/verify`: a full scan, on request only, for it holds writes up.
    func verify(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .manageStaff)
        let report = try await node.verify()
        var json = JSONWriter()
        json.object { json in
            json.member("digest", report.digest)
            json.key("findings")
            json.array { json in for finding in report.findings { json.value(finding) } }
        }
        return .json(json.bytes)
    }

    /// `POST /sync/dial`: whoever waits before the next try to reach the others tries now.
    func dial(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        node.dialBell.ring()
        return Response(status: .noContent)
    }

    private static func write(_ head: NodeStatus.Head, _ json: inout JSONWriter) {
        json.object { json in
            json.member("writer", head.writer)
            json.key("sequence")
            json.value(Int64(bitPattern: head.sequence))
            json.member("chain", head.chain)
        }
    }

    private static func write(
        _ relay: RelayBoard.Standing, missing: UInt64, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.member("address", relay.address)
            json.key("is_open")
            json.value(relay.isOpen)
            json.member("report", relay.report)
            json.member("held_back", relay.heldBack)
            json.key("items_waiting")
            json.value(Int64(relay.waiting))
            json.key("transactions_missing")
            json.value(Int64(clamping: missing))
            json.key("items_read")
            json.value(Int64(clamping: relay.itemsRead))
            json.member("bytes_held", relay.bytes.map { Int64(clamping: $0.held) })
            json.member("bytes_max", relay.bytes.map { Int64(clamping: $0.max) })
            json.member("trouble", relay.trouble)
            json.key("since")
            json.value(relay.since)
        }
    }

    private static func write(_ peer: PeerBoard.Standing, _ json: inout JSONWriter) {
        json.object { json in
            json.member("address", peer.address)
            json.key("is_dialled")
            json.value(peer.isDialled)
            json.key("is_open")
            json.value(peer.isOpen)
            json.member("report", peer.report)
            json.member("trouble", peer.trouble)
            json.key("since")
            json.value(peer.since)
        }
    }
}
