// swift-tools-version: 6.2
import PackageDescription

// The plan of the house. Rooms stand on floors; arrows only go down (Architecture.md).
// WARREN_FLOOR=ground builds the pure rooms, their tests and HouseTests: seconds, no dependencies.
// WARREN_FLOOR=usb builds the ground and the USB bus with its emulator.
// WARREN_FLOOR=node adds the disk, the node, the simulation and the benchmark: no NIO, no USB.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, exclude: exclusions(name), resources: resources,
        swiftSettings: strict)
}

/// Catalogs are documents, not sources.
func exclusions(_ name: String) -> [String] {
    let catalogs = [
        "CRDT", "SyncProtocol", "Signing", "Sealing", "Peripherals", "FrontDesk",
        "ReplicaStorage", "EdgeNode", "PeerTransport", "LANAPI", "RelayStorage", "RelayNode",
        "USBHost", "Certificates", "LabelRaster", "LinkTalk", "NodeClient",
    ]
    return catalogs.contains(name) ? ["\(name).docc"] : []
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func system(_ name: String, _ library: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: library, providers: [.apt([apt])])
}

let ground: [Target] = [
    room("CRDT"),
    room("SyncProtocol", ["CRDT"]),
    room("Peripherals"),
    room(
        "FrontDesk", ["CRDT", "Peripherals"],
        resources: [
            .embedInCode("Packs/core.json"), .embedInCode("Packs/resort.json"),
            .embedInCode("Import/Mappings/licences.json"),
            .embedInCode("Import/Mappings/owners.json"),
            .embedInCode("Import/Mappings/phones.json"),
            .embedInCode("Import/Mappings/animals.json"),
            .embedInCode("Import/Mappings/vaccinations.json"),
            .embedInCode("Import/Mappings/bookings.json"),
            .embedInCode("Import/Mappings/runs.json"),
            .embedInCode("Import/Mappings/alerts.json"),
            .embedInCode("Import/Mappings/vaccine-rules.json"),
        ]),
    system("CSodium", "libsodium", apt: "libsodium-dev"),
    system("CZstd", "libzstd", apt: "libzstd-dev"),
    room("Signing", ["CRDT", "CSodium"]),
    room("Sealing", ["CRDT", "Signing", "CSodium", "CZstd"]),
    tests("HouseTests"),
    tests("CRDTTests", ["CRDT", "Signing"], resources: [.copy("Vectors")]),
    tests("SyncProtocolTests", ["CRDT", "SyncProtocol"]),
    tests("SealingTests", ["CRDT", "Signing", "Sealing"], resources: [.copy("Vectors")]),
    tests("PeripheralsTests", ["Peripherals"]),
    tests("FrontDeskTests", ["CRDT", "FrontDesk", "Peripherals"]),
]

let usb: [Target] = [
    system("CLibUSB", "libusb-1.0", apt: "libusb-1.0-0-dev"),
    room("USBHost", ["Peripherals", "CLibUSB"]),
    .systemLibrary(
        name: "CUMockdev", path: "Tests/CUMockdev", pkgConfig: "umockdev-1.0",
        providers: [.apt(["libumockdev-dev"])]),
    .target(name: "CUSBEmulator", dependencies: ["CUMockdev"], path: "Tests/CUSBEmulator"),
    .target(
        name: "USBEmulation", dependencies: ["CUSBEmulator"], path: "Tests/USBEmulation",
        swiftSettings: strict),
    tests("USBHostTests", ["Peripherals", "USBHost", "CUSBEmulator", "USBEmulation"]),
]

let node: [Target] = [
    system("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
    room("ReplicaStorage", ["CRDT", "CSQLite"]),
    room("LinkTalk", ["SyncProtocol"]),
    room(
        "EdgeNode",
        [
            "CRDT", "LinkTalk", "SyncProtocol", "Signing", "Sealing", "Peripherals", "FrontDesk",
            "ReplicaStorage",
        ]
    ),
    room("RelayStorage", ["CRDT", "SyncProtocol", "CSQLite"]),
    room("RelayNode", ["CRDT", "LinkTalk", "SyncProtocol", "Signing"]),
    .executableTarget(
        name: "replica-benchmark",
        dependencies: [
            "CRDT", "Signing", "Sealing", "FrontDesk", "ReplicaStorage", "EdgeNode", "CSodium",
            "CSQLite",
        ],
        swiftSettings: strict),
    .target(
        name: "CFaultVFS", dependencies: ["CSQLite"], path: "Tests/CFaultVFS"),
    .target(
        name: "Simulation",
        dependencies: [
            "CRDT", "SyncProtocol", "Signing", "Sealing", "FrontDesk", "ReplicaStorage",
            "EdgeNode", "RelayNode", "CFaultVFS",
        ],
        path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
        name: "simulate", dependencies: ["Simulation"], path: "Tests/simulate",
        swiftSettings: strict),
    .executableTarget(
        name: "page-stage", dependencies: ["CRDT", "EdgeNode", "FrontDesk"],
        path: "Tests/page-stage", swiftSettings: strict),
    tests(
        "ReplicaStorageTests",
        ["CRDT", "Signing", "ReplicaStorage", "CFaultVFS", "CSQLite"]),
    tests(
        "EdgeNodeTests",
        [
            "CRDT", "SyncProtocol", "Signing", "Sealing", "FrontDesk", "Peripherals",
            "ReplicaStorage", "EdgeNode", "RelayNode", "RelayStorage", "Simulation",
            "CFaultVFS", "CSQLite",
        ]),
    tests(
        "RelayStorageTests",
        ["CRDT", "SyncProtocol", "Signing", "RelayStorage", "CFaultVFS", "CSQLite"]),
    tests(
        "RelayNodeTests",
        ["CRDT", "SyncProtocol", "Signing", "RelayStorage", "RelayNode"]),
    tests("ReplicaBenchmarkTests", ["replica-benchmark"]),
    tests("LinkTalkTests", ["LinkTalk", "SyncProtocol"]),
    tests("SimulationTests", ["Simulation"]),
]

let doors: [Target] = [
    room(
        "PeerTransport",
        [
            "SyncProtocol",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOWebSocket", package: "swift-nio"),
            .product(name: "Logging", package: "swift-log"),
        ]),
    room(
        "Certificates",
        [
            .product(name: "X509", package: "swift-certificates"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
        ]),
    room(
        "NodeClient",
        [
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    room(
        "LANAPI",
        [
            "EdgeNode", "CRDT", "FrontDesk", "Peripherals",
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdTLS", package: "hummingbird"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        resources: [
            .embedInCode("Page/desk.html"), .embedInCode("Page/desk.css"),
            .embedInCode("Page/desk.js"), .embedInCode("Page/box.js"),
            .embedInCode("Page/arrivals.js"), .embedInCode("Page/find.js"),
            .embedInCode("Page/check-in.js"), .embedInCode("Page/labels.js"),
            .embedInCode("Page/parts.js"), .embedInCode("Page/enrol.js"),
            .embedInCode("Page/jobs.js"), .embedInCode("Page/admit.js"),
            .embedInCode("Page/icon.svg"),
            .embedInCode("Description/schemas.json"),
        ]),
    system("CFreeType", "freetype2", apt: "libfreetype-dev"),
    room("LabelRaster", ["Peripherals", "CFreeType"]),
    .executableTarget(
        name: "warren",
        dependencies: [
            "CRDT", "SyncProtocol", "Signing", "Sealing", "Peripherals", "FrontDesk",
            "ReplicaStorage", "EdgeNode", "PeerTransport", "LANAPI", "Certificates", "NodeClient",
            "USBHost", "LabelRaster",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "warren-relay",
        dependencies: [
            "CRDT", "SyncProtocol", "Signing", "RelayNode", "PeerTransport", "RelayStorage",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict),
    tests(
        "RelayDoorTests",
        [
            "CRDT", "SyncProtocol", "Signing", "RelayNode", "RelayStorage", "PeerTransport",
            "EdgeNode", "FrontDesk", "warren", "warren-relay",
            .product(name: "Logging", package: "swift-log"),
        ]),
    .executableTarget(
        name: "bare-server",
        dependencies: ["CSQLite", .product(name: "Hummingbird", package: "hummingbird")],
        path: "Tests/bare-server", swiftSettings: strict),
    tests("CertificatesTests", ["Certificates"]),
    tests("LabelRasterTests", ["LabelRaster", "Peripherals"]),
    tests("NodeClientTests", ["NodeClient"]),
    tests(
        "ServeDevicesTests",
        ["CRDT", "EdgeNode", "FrontDesk", "NodeClient", "Peripherals", "USBEmulation", "warren"]),
    tests(
        "DoorsTests",
        [
            "CRDT", "Certificates", "FrontDesk", "LANAPI", "PeerTransport", "Peripherals",
            "EdgeNode", "Sealing",
            "SyncProtocol",
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdTesting", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
]

/// Fuzzing of every decoder of bytes from outside; `make fuzz` sets WARREN_FUZZ.
let fuzz: [Target] =
    Context.environment["WARREN_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "fuzz-decoders", dependencies: ["CRDT", "Signing", "Sealing", "SyncProtocol"],
            path: "Tests/Fuzz", exclude: ["coverage.py"], swiftSettings: strict)
    ]

let floor = Context.environment["WARREN_FLOOR"] ?? "all"

let package = Package(
    name: "warren",
    products: floor == "all"
        ? [
            .executable(name: "warren", targets: ["warren"]),
            .executable(name: "warren-relay", targets: ["warren-relay"]),
        ] : [],
    dependencies: floor == "all"
        ? [
            .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
            .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
            .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
            .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
            .package(
                url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
            .package(
                url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
            .package(
                url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        ] : [],
    targets: ground + fuzz + (["usb", "all"].contains(floor) ? usb : [])
        + (["node", "all"].contains(floor) ? node : []) + (floor == "all" ? doors : []),
    swiftLanguageModes: [.v6]
)
