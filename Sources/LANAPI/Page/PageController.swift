internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The desk's page and its parts, as they lie in this program: nothing is fetched from elsewhere.
struct PageController: Sendable {
    private struct Part: Sendable {
        let path: String
        let type: String
        let bytes: [UInt8]
    }

    private static let script = "text/javascript; charset=utf-8"

    private static let parts: [Part] = [
        Part(path: "/", type: "text/html; charset=utf-8", bytes: PackageResources.desk_html),
        Part(
            path: "/desk.css", type: "text/css; charset=utf-8", bytes: PackageResources.desk_css),
        Part(path: "/icon.svg", type: "image/svg+xml", bytes: PackageResources.icon_svg),
        Part(path: "/desk.js", type: script, bytes: PackageResources.desk_js),
        Part(path: "/box.js", type: script, bytes: PackageResources.box_js),
        Part(path: "/arrivals.js", type: script, bytes: PackageResources.arrivals_js),
        Part(path: "/find.js", type: script, bytes: PackageResources.find_js),
        Part(path: "/check-in.js", type: script, bytes: PackageResources.check_in_js),
        Part(path: "/labels.js", type: script, bytes: PackageResources.labels_js),
        Part(path: "/parts.js", type: script, bytes: PackageResources.parts_js),
        Part(path: "/enrol.js", type: script, bytes: PackageResources.enrol_js),
        Part(path: "/jobs.js", type: script, bytes: PackageResources.jobs_js),
        Part(path: "/admit.js", type: script, bytes: PackageResources.admit_js),
    ]

    /// Every path that the page is made of.
    static var paths: [String] { parts.map(\.path) }

    /// Only this box's own files and answers, no inline script or style, in no foreign frame
    /// (W3C CSP Level 3).
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
        "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func add(to router: Router<APIContext>) {
        for part in Self.parts {
            let tag = Self.tag(of: part.bytes)
            router.get(RouterPath(part.path)) { request, _ -> Response in
                // Asked again each time, which a box on the same network answers at once; so an
                // updated program never runs with an old page.
                var headers: HTTPFields = [.cacheControl: "no-cache", .eTag: tag]
                if request.headers[.ifNoneMatch] == tag {
                    return Response(status: .notModified, headers: headers)
                }
                headers[.contentType] = part.type
                headers[.contentSecurityPolicy] = Self.policy
                headers[.referrerPolicy] = "no-referrer"
                headers[.crossOriginOpenerPolicy] = "same-origin"
                headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=(), usb=()"
                return Response(
                    status: .ok, headers: headers,
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: part.bytes)))
            }
        }
    }

    /// FNV-1a, 64 bits: it names a version and protects nothing.
    static func tag(of bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01B3
        }
        return "\"\(String(hash, radix: 16))\""
    }
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("referrer-policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("cross-origin-opener-policy")!
    static let permissionsPolicy = HTTPField.Name("permissions-policy")!
}
