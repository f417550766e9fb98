/// A room of the house and all that its Swift files may import.
struct Room: Sendable {
    enum Kind: Sendable { case library, executable, foreign }

    let name: String
    let kind: Kind
    let folder: String
    /// Exact module names; a name that ends in `*` stands for every module that begins so.
    let mayImport: [String]

    static func library(_ name: String, _ mayImport: [String]) -> Room {
        Room(name: name, kind: .library, folder: "Sources/\(name)", mayImport: mayImport)
    }

    static func executable(_ name: String, _ mayImport: [String]) -> Room {
        Room(name: name, kind: .executable, folder: "Sources/\(name)", mayImport: mayImport)
    }

    /// A module map over a system library: C only.
    static func foreign(_ name: String) -> Room {
        Room(name: name, kind: .foreign, folder: "Sources/\(name)", mayImport: [])
    }

    /// A room that only tests enter.
    static func testing(_ name: String, _ kind: Kind, _ mayImport: [String]) -> Room {
        Room(name: name, kind: kind, folder: "Tests/\(name)", mayImport: mayImport)
    }

    func allows(_ module: String) -> Bool {
        module == "Swift"
            || mayImport.contains { allowed in
                allowed.hasSuffix("*")
                    ? module.hasPrefix(allowed.dropLast()) : module == allowed
            }
    }
}

/// Pure rooms: no clock, randomness, IO, task or logger.
let groundRooms = ["CRDT", "SyncProtocol", "Peripherals", "FrontDesk", "Signing", "Sealing"]

/// Rooms that hold C handles, where a type may vouch for its own thread safety.
let roomsWithHandles = [
    "Signing", "Sealing", "ReplicaStorage", "USBHost", "LabelRaster", "RelayStorage",
]

/// The plan of the house: every room, every arrow. Lower rooms come first and arrows only go down.
let plan: [Room] = [
    .foreign("CSodium"), .foreign("CZstd"), .foreign("CSQLite"), .foreign("CLibUSB"),
    .foreign("CFreeType"), .foreign("CHarfBuzz"), .foreign("CFriBidi"), .foreign("CNATS"),

    .library("CRDT", []),
    .library("SyncProtocol", ["CRDT"]),
    .library("Peripherals", []),
    .library("FrontDesk", ["CRDT", "Peripherals"]),
    .library("Signing", ["CRDT", "CSodium"]),
    .library("Sealing", ["CRDT", "Signing", "CSodium", "CZstd"]),

    .library("ReplicaStorage", ["CRDT", "CSQLite", "Synchronization", "Glibc"]),

    .library("LinkTalk", ["SyncProtocol"]),
    .library(
        "EdgeNode",
        groundRooms + ["LinkTalk", "ReplicaStorage", "Foundation", "Synchronization", "Logging"]),
    .library("RelayNode", ["CRDT", "LinkTalk", "SyncProtocol", "Signing"]),

    .library("PeerTransport", ["SyncProtocol", "NIO*", "Logging"]),
    .library("Certificates", ["X509", "Crypto", "SwiftASN1", "Foundation", "Glibc"]),
    .library("NodeClient", ["AsyncHTTPClient", "NIOCore", "NIOHTTP1"]),
    .library(
        "LANAPI",
        [
            "EdgeNode", "CRDT", "FrontDesk", "Peripherals", "Hummingbird*", "HTTPTypes", "NIOCore",
            "NIOSSL", "Logging", "Foundation", "ServiceLifecycle",
        ]),
    .library("USBHost", ["Peripherals", "CLibUSB", "Logging", "Synchronization", "Glibc"]),
    .library(
        "LabelRaster", ["Peripherals", "CFreeType", "CHarfBuzz", "CFriBidi", "Synchronization"]),
    .library(
        "RelayStorage",
        ["CRDT", "SyncProtocol", "CSQLite", "CNATS", "Synchronization", "Glibc"]),

    .executable(
        "warren",
        groundRooms + [
            "ReplicaStorage", "EdgeNode", "PeerTransport", "LANAPI", "USBHost", "LabelRaster",
            "RelayStorage", "Certificates", "NodeClient", "ArgumentParser", "Logging",
            "ServiceLifecycle",
            "UnixSignals", "Foundation", "Synchronization", "Glibc",
        ]),
    .executable(
        "warren-relay",
        [
            "CRDT", "SyncProtocol", "Signing", "RelayNode", "PeerTransport", "RelayStorage",
            "ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals", "Foundation",
            "Synchronization", "Glibc",
        ]),
    .executable(
        "replica-benchmark",
        groundRooms + [
            "ReplicaStorage", "EdgeNode", "CSodium", "CSQLite", "Foundation", "Synchronization",
            "Glibc",
        ]),

    .testing("CFaultVFS", .foreign, []),
    .testing("CUMockdev", .foreign, []), .testing("CUSBEmulator", .foreign, []),
    .testing("USBEmulation", .library, ["CUSBEmulator", "Foundation", "Synchronization"]),
    .testing(
        "Simulation", .library,
        groundRooms + [
            "ReplicaStorage", "EdgeNode", "RelayNode", "CFaultVFS", "Foundation",
            "Synchronization", "Glibc",
        ]),
    .testing("simulate", .executable, ["Simulation", "Foundation", "Glibc"]),
    .testing("page-stage", .executable, ["CRDT", "EdgeNode", "FrontDesk", "Foundation"]),
    .testing(
        "bare-server", .executable,
        ["CSQLite", "Hummingbird", "HTTPTypes", "NIOCore", "Foundation"]),
    Room(
        name: "fuzz-decoders", kind: .executable, folder: "Tests/Fuzz",
        mayImport: groundRooms + ["Foundation"]),
    .testing("HouseTests", .executable, ["Foundation", "Testing"]),
]
