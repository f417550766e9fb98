internal import EdgeNode
internal import Foundation
internal import NodeClient
internal import PeerTransport
internal import Sealing
internal import Synchronization

/// Makes the demo's second box a member as two people would: North opens a pairing over its API,
/// South joins, and each types the code that the other one shows.
struct DemoPairing {
    let host: DemoBox
    let newcomer: DemoBox
    let peers: Int

    func run() async throws {
        guard let key = try OperatorKey.read(host.directory) else {
            throw VerbError("\(host.name) left no key for its operator")
        }
        let headers = ["Authorization": "Bearer \(key.text)"]
        try expect(try await host.post("pairings", "", headers: headers))
        let joining = try Joining(newcomer.directory, site: newcomer.name, .system)
        let dialer = try PeerDialer(box: "\(peers)", path: PeerAddress.pairingPath)
        let trouble = Mutex<(any Error)?>(nil)
        let host = host
        try await dialer.withLink { link in
            do {
                try await joining.run(link) { code, _ in
                    await Self.compare(code, at: host, headers)
                }
            } catch {
                trouble.withLock { $0 = error }
            }
        }
        if let error = trouble.withLock({ $0 }) { throw error }
        let packs = try InstalledPacks.shipped()
        let node = try await Node(newcomer.directory, schema: packs.schema)
        try await node.introduceSite()
        await node.close()
        say("\(newcomer.name): a member now")
    }

    /// Both people at once: types South's code at North, and returns North's.
    private static func compare(
        _ code: PairingCode, at host: DemoBox, _ headers: [String: String]
    ) async -> PairingCode? {
        for _ in 0..<100 {
            let shown = try? await host.get("pairings/current", headers: headers).object["code"]
            if let text = shown as? String, let other = PairingCode(text) {
                say("pairing: North shows \(other), South shows \(code)")
                let body = "{\"code\":\"\(code)\"}"
                let answer = try? await host.post(
                    "pairings/current:approve", body, headers: headers)
                return answer?.status == 202 ? other : nil
            }
            // Cancelled with the conversation.
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return nil }
        }
        return nil
    }

    private func expect(_ answer: NodeAnswer) throws {
        guard answer.isSuccess else {
            throw VerbError("\(host.name): \(answer.object["detail"] ?? answer.status)")
        }
    }
}
