import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EdgeNode
@testable import LANAPI

/// The desk's page as files; `make page` drives it in a browser.
@Suite(.timeLimit(.minutes(5))) struct PageTests {
    private static let paths = [
        "/", "/desk.css", "/icon.svg", "/desk.js", "/box.js", "/arrivals.js", "/find.js",
        "/check-in.js", "/labels.js", "/parts.js", "/enrol.js", "/jobs.js", "/admit.js",
    ]

    @Test(arguments: paths)
    func `a part is sent once, then only named`(path: String) async throws {
        try await served { _, client in
            let first = try await client.execute(uri: path, method: .get)
            #expect(first.status == .ok)
            let tag = try #require(first.headers[.eTag])
            #expect(first.headers[.cacheControl] == "no-cache")
            #expect(first.headers[.contentTypeOptions] == "nosniff")
            let again = try await client.execute(
                uri: path, method: .get, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.body.readableBytes == 0)
        }
    }

    @Test func `nothing runs that is not a file of this box`() async throws {
        try await served { _, client in
            let page = try await client.execute(uri: "/", method: .get)
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'"))
            #expect(!policy.contains("unsafe"))
            let html = String(buffer: page.body)
            #expect(html.contains(#"<script type="module" src="/desk.js"></script>"#))
            #expect(!html.contains(" style="))
            #expect(html.firstMatch(of: #/\son[a-z]+=/#) == nil)
            #expect(html.matches(of: #/<script/#).count == 1)
        }
    }

    @Test(arguments: paths)
    func `no part names another host or turns text into markup`(path: String) async throws {
        try await served { _, client in
            let text = String(buffer: try await client.execute(uri: path, method: .get).body)
            for word in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                "https://", "//cdn",
            ] {
                #expect(!text.contains(word), "\(word)")
            }
            let hosts = text.matches(of: #/http:\/\/[a-z0-9.\/]+/#).map { String($0.0) }
            // A namespace is a name and is never asked for.
            #expect(hosts.allSatisfy { $0.hasPrefix("http://www.w3.org/2000/svg") })
        }
    }

    @Test func `the whole page is small enough for an old PC`() async throws {
        try await served { _, client in
            var bytes = 0
            for path in Self.paths {
                bytes += try await client.execute(uri: path, method: .get).body.readableBytes
            }
            #expect(bytes < 96 << 10)
        }
    }
}
