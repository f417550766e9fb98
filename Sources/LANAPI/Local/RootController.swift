internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `GET /root.pem`: the box's root certificate, for a workstation to install. Whoever compares its
/// fingerprint with the one on the box's own screen knows that nobody stands between.
struct RootController: Sendable {
    let root: String

    func add(to router: Router<APIContext>) {
        let bytes = ByteBuffer(string: root)
        router.get("/root.pem") { _, _ -> Response in
            Response(
                status: .ok, headers: [.contentType: "application/x-pem-file"],
                body: ResponseBody(byteBuffer: bytes))
        }
    }
}
