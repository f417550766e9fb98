import FrontDesk
import Hummingbird
import HummingbirdTesting
import Logging
import Peripherals
import Testing

@testable import EdgeNode
@testable import LANAPI

/// What stands under the picture of a label.
@Suite(.timeLimit(.minutes(5))) struct PicturesAPITests {
    @Test(
        arguments: [
            ("1-2", "a drawing of the label"), (nil, "virtual: no paper"),
        ] as [(String?, String)])
    func `only what a virtual printer drew says that there is no paper`(
        port: String?, words: String
    ) async throws {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            let token = try await box.token(.desk)
            let service = PrintService(box.node, box.packs)
            await service.register(.folder(FilePrinter(box.node.directory.printer)))
            box.node.devices.put(
                DeviceStanding(
                    id: "folder", kind: "label-printer", title: "Printer", state: .ready,
                    port: port, since: 0))
            let server = try APIServer(
                box.node, box.desk, box.door,
                hardware: Hardware(printing: service, control: nil), host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                let desk = SignedClient(client: client, token: token)
                let made = try await desk.execute(
                    uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
                    body: ByteBuffer(string: #"{"code":"\#(sample.code)"}"#))
                #expect(made.status == .created)
                let job = try #require(
                    try box.node.page(of: try box.collection("print_job"), limit: 1).rows.first?.id)
                let answer = try await desk.execute(
                    uri: "/api/v1/print-jobs/\(RowName.text(job))/picture", method: .get)
                let label = try #require(try await service.picture(of: job))
                #expect(label.printer == "folder")
                let wanted = label.picture.captioned(words).png(comment: "virtual")
                #expect(Array(answer.body.readableBytesView) == wanted)
            }
        }
    }
}
