internal import CRDT
internal import EdgeNode
internal import FrontDesk

/// The API in OpenAPI 3.1. Paths are the routes that the router was given; records are the packs'.
/// So neither can be forgotten: a route that nobody described is there with what is known of it.
struct APIDocument {
    private let packs: InstalledPacks
    private let paths: CollectionPaths
    private let routes: [RouteTable.Route]
    private let cookies: CookieNames

    init(_ packs: InstalledPacks, _ routes: [RouteTable.Route], _ cookies: CookieNames) {
        self.packs = packs
        self.routes = routes
        self.cookies = cookies
        paths = CollectionPaths(packs.schema, hidden: packs.hidden)
    }

    var json: [UInt8] {
        var json = JSONWriter(capacity: 256 << 10)
        json.object { json in
            json.member("openapi", "3.1.0")
            json.key("info")
            json.object { json in
                json.member("title", "Warren LAN API")
                json.member("version", "1")
                json.member("summary", "What desks and tills of one site ask of its box.")
                json.key("license")
                json.object { json in
                    json.member("name", "Apache 2.0")
                    json.member("identifier", "Apache-2.0")
                }
            }
            json.key("servers")
            json.array { json in json.object { $0.member("url", "/api/v1") } }
            json.key("paths")
            json.object { json in writePaths(&json) }
            json.key("components")
            json.object { json in writeComponents(&json) }
        }
        return json.bytes
    }

    private func writePaths(_ json: inout JSONWriter) {
        let byPath = Dictionary(grouping: routes, by: \.path)
        for (path, routes) in byPath.sorted(by: { $0.key < $1.key }) {
            if path.hasPrefix("{collection}") {
                for (name, collection) in paths.all {
                    let concrete = name + path.dropFirst("{collection}".count)
                    // A route of its own goes before that of all collections.
                    guard byPath[concrete] == nil else { continue }
                    writePath(concrete, routes, &json) { route in
                        route.method == "GET" || isWritten(collection)
                            ? .record(route, collection) : .refused
                    }
                }
            } else {
                writePath(path, routes, &json) { route in
                    APIOperation.known[route] ?? APIOperation.operating[route]
                        ?? APIOperation.ofDevices[route] ?? .plain(route)
                }
            }
        }
    }

    private func isWritten(_ collection: RowCollection) -> Bool {
        let writers = packs.writers[collection.name] ?? []
        return writers.contains(.desk) || writers.contains(.admin)
    }

    private func writePath(
        _ path: String, _ routes: [RouteTable.Route], _ json: inout JSONWriter,
        _ operation: (RouteTable.Route) -> APIOperation
    ) {
        json.key("/" + path)
        json.object { json in
            for route in routes.sorted(by: { $0.method < $1.method }) {
                json.key(route.method.lowercased())
                operation(route).write(route, path, &json)
            }
        }
    }

    private func writeComponents(_ json: inout JSONWriter) {
        json.key("securitySchemes")
        json.object { json in
            json.key("token")
            json.object { json in
                json.member("type", "http")
                json.member("scheme", "bearer")
            }
            json.key("cookie")
            json.object { json in
                json.member("type", "apiKey")
                json.member("in", "cookie")
                json.member("name", cookies.session)
            }
        }
        json.key("schemas")
        json.object { json in
            // The schemas that are the same for every pack, without the braces around them.
            let fixed = String(decoding: PackageResources.schemas_json, as: UTF8.self)
            let inner = fixed.drop { $0 != "{" }.dropFirst()
            json.raw(String(inner[..<(inner.lastIndex(of: "}") ?? inner.endIndex)]))
            for (_, collection) in paths.all {
                RecordSchema(collection, packs.rules).write(&json)
            }
        }
    }
}
