internal import EdgeNode
internal import Hummingbird

/// `GET /health` and `GET /sync/status`.
struct StatusController: Sendable {
    let node: Node
    let startedAt: Int64

    func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let notice = await node.status().notice
        var json = JSONWriter()
        json.object { json in
            json.member("status", notice == nil ? "ok" : "degraded")
            json.key("notice")
            if let notice { json.value(notice) } else { json.null() }
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
        let status = await node.status()
        var json = JSONWriter()
        json.object { json in
            json.member("writer", status.writer)
            json.key("sequence")
            json.value(Int64(bitPattern: status.sequence))
            json.key("vector")
            json.array { json in for head in status.vector { Self.write(head, &json) } }
            json.member("digest", status.digest)
            json.key("notice")
            if let notice = status.notice { json.value(notice) } else { json.null() }
            json.key("rows")
            json.value(status.rows)
            json.key("peers")
            json.array { json in for peer in status.peers { Self.write(peer, &json) } }
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    /// `POST /sync/verify`: a full scan, on request only.
    func verify(_ request: Request, _ context: APIContext) async throws -> Response {
        let report = try await node.verify()
        var json = JSONWriter()
        json.object { json in
            json.member("digest", report.digest)
            json.key("findings")
            json.array { json in for finding in report.findings { json.value(finding) } }
        }
        return .json(json.bytes)
    }

    private static func write(_ head: NodeStatus.Head, _ json: inout JSONWriter) {
        json.object { json in
            json.member("writer", head.writer)
            json.key("sequence")
            json.value(Int64(bitPattern: head.sequence))
            json.member("chain", head.chain)
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
            json.key("trouble")
            if let trouble = peer.trouble { json.value(trouble) } else { json.null() }
            json.key("since")
            json.value(peer.since)
        }
    }
}
