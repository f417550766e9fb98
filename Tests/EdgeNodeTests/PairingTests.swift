import CRDT
import Foundation
import Sealing
import SyncProtocol
import Testing

@testable import EdgeNode

@Suite(.timeLimit(.minutes(5))) struct PairingTests {
    @Test func `a box that pairs becomes a member and gets all records`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        #expect(scene.southFolder.isSetUp)
        let south = try await scene.openSouth()
        try await south.introduceSite()
        #expect(await host.current.site == south.facts.site)
        let (left, right) = await MemoryFrameLink.pair()
        async let served = scene.north.serve(left, peer: "South", isDialled: false)
        async let dialled = south.serve(right, peer: "North", isDialled: true)
        await scene.untilEqual(south)
        await left.close()
        #expect(await served)
        #expect(await dialled)
        await south.close()
        await scene.north.close()
    }

    @Test(arguments: [true, false])
    func `a wrong code leaves no member and no folder`(atHost: Bool) async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        let before = await scene.rosterCount()
        _ = try await host.open()
        await #expect(throws: (any Error).self) {
            try await scene.join(host, wrongAtHost: atHost, wrongAtNewcomer: !atHost)
        }
        #expect(await host.current.phase == .failed)
        #expect(await host.current.trouble?.isEmpty == false)
        #expect(!scene.southFolder.isSetUp)
        #expect(await scene.rosterCount() == before)
        // And the next try, with the same keys, goes well.
        _ = try await host.open()
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test(arguments: ["North", " NORTH"])
    func `a newcomer whose site is called as another one is told so before codes are compared`(
        name: String
    ) async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        let before = await scene.rosterCount()
        _ = try await host.open()
        await #expect {
            try await scene.join(host, site: name)
        } throws: { "\($0)".contains("Choose another name") }
        let standing = await host.current
        #expect(standing.phase == .failed && standing.code == nil)
        #expect(standing.trouble?.contains("choose another name at the new box") == true)
        #expect(!scene.southFolder.isSetUp)
        #expect(await scene.rosterCount() == before)
        _ = try await host.open()
        try await scene.join(host, site: "South")
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test func `without an open pairing a newcomer is told to open one`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        await #expect {
            try await scene.join(host)
        } throws: { "\($0)".contains("Open a pairing there") }
        #expect(await host.current.phase == .closed)
        await scene.north.close()
    }

    @Test func `one newcomer at a time`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        await #expect(throws: DeskRefusal.self) { _ = try await host.open() }
        try await scene.join(host) { code in
            // While these two compare, a third box comes.
            let (left, right) = await MemoryFrameLink.pair()
            await host.serve(left)
            #expect(await right.receive() == [4, 4])
            return code
        }
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test func `a box whose link broke at the last step is recognised`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        await #expect {
            try await scene.join(host, breaksAfter: 3)
        } throws: { "\($0)".contains("known already") }
        #expect(!scene.southFolder.isSetUp)
        let site = await host.current.site
        let entries = await scene.rosterCount()
        _ = try await host.open()
        try await scene.join(host)
        #expect(await host.current.site == site)
        #expect(await scene.rosterCount() == entries)
        await scene.north.close()
    }

    @Test func `a box that is no admin may not admit`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open(as: .desk)
        try await scene.join(host)
        let south = try await scene.openSouth()
        await #expect(throws: DeskRefusal.self) { _ = try await PairingHost(south).open() }
        await south.close()
        await scene.north.close()
    }

    @Test func `a pairing ends by itself, and a declined one at once`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        #expect(await host.decline().phase == .failed)
        _ = try await host.open()
        scene.clock.pass(PairingHost.patience)
        #expect(await host.current.phase == .failed)
        await #expect(throws: (any Error).self) { try await scene.join(host) }
        await scene.north.close()
    }

    @Test(arguments: [[9, 9, 9], [1, 1], []] as [[UInt8]])
    func `a stranger that says nonsense or goes keeps the newcomer from nothing`(
        words: [UInt8]
    ) async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        let (near, far) = await MemoryFrameLink.pair()
        async let served: Void = host.serve(near)
        if words.isEmpty { await far.close() } else { try await far.send(words) }
        await served
        #expect(await host.current.phase == .open)
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test func `a link of a declined pairing has no part in the next one`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open(as: .admin)
        let (near, far) = await MemoryFrameLink.pair()
        async let served: Void = host.serve(near)
        // It has not said who it is when the person changes their mind.
        while await host.isServing == false { await Task.yield() }
        _ = await host.decline()
        _ = try await host.open(as: .desk)
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        await far.close()
        await served
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test func `a box that comes again under another role is refused`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open(as: .desk)
        await #expect(throws: (any Error).self) { try await scene.join(host, breaksAfter: 3) }
        _ = try await host.open(as: .admin)
        await #expect(throws: (any Error).self) { try await scene.join(host) }
        #expect(await host.current.phase == .failed)
        #expect(!scene.southFolder.isSetUp)
        await scene.north.close()
    }

    @Test(arguments: [true, false])
    func `whoever took the offer and went gets no second one to choose from`(
        isPatient: Bool
    ) async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        let (near, far) = await MemoryFrameLink.pair()
        async let served: Void = host.serve(near)
        try await far.send(Self.opening)
        #expect(await far.receive()?.first == 2)
        if isPatient {
            // While it keeps the offer, a second link gets none.
            let (left, right) = await MemoryFrameLink.pair()
            await host.serve(left)
            #expect(await right.receive() == [4, 4])
        }
        await far.close()
        await served
        #expect(await host.current.phase == .failed)
        #expect(await host.current.trouble?.contains("somebody may stand between") == true)
        let (left, right) = await MemoryFrameLink.pair()
        try await right.send(Self.opening)
        await host.serve(left)
        #expect(await right.receive() == [4, 4])
        // The next one that a person opens goes well.
        _ = try await host.open()
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        await scene.north.close()
    }

    @Test func `a silent stranger makes room for the newcomer at once`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        _ = try await host.open()
        let (near, far) = await MemoryFrameLink.pair()
        async let served: Void = host.serve(near)
        while await host.isServing == false { await Task.yield() }
        try await scene.join(host)
        #expect(await host.current.phase == .paired)
        await served
        #expect(await far.receive() == [4, 4])
        #expect(await far.receive() == nil)
        await scene.north.close()
    }

    @Test func `who agreed may still decline until the other has agreed`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        let before = await scene.rosterCount()
        _ = try await host.open()
        await #expect {
            try await scene.join(host) { code in
                // The host's person types it, has second thoughts, and the other is not asked yet.
                while await host.current.phase == .open { await Task.yield() }
                _ = try? await host.approve("\(code)")
                #expect(await host.current.phase == .agreed)
                #expect(await host.decline().phase == .agreed)
                while await host.current.phase == .agreed, !Task.isCancelled { await Task.yield() }
                return code
            }
        } throws: { "\($0)".contains("the person at the other box declined") }
        #expect(await host.current.phase == .failed)
        #expect(await host.current.trouble?.contains("eclined here") == true)
        #expect(await scene.rosterCount() == before)
        #expect(!scene.southFolder.isSetUp)
        await scene.north.close()
    }

    @Test func `a pairing says as what it admits, and an expired one says so`() async throws {
        let scene = try await PairingFolders()
        defer { scene.remove() }
        let host = PairingHost(scene.north)
        #expect(await host.current.role == nil)
        #expect(try await host.open(as: .admin).role == .admin)
        _ = await host.decline()
        #expect(try await host.open(as: .reader).role == .reader)
        scene.clock.pass(PairingHost.patience)
        #expect(await host.current.trouble?.hasPrefix("Nobody confirmed in time") == true)
        await scene.north.close()
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 65), String(repeating: "👨‍👩‍👧‍👦", count: 11), "Sou\nth",
        "Sou\u{1B}[2Jth", "\u{202E}htuoS",
    ])
    func `a site gets no name under which it could never pair`(name: String) throws {
        let folder = NodeDirectory(
            FileManager.default.temporaryDirectory
                .appendingPathComponent("warren-unnamed-\(UUID().uuidString)"))
        #expect(throws: NodeFault.self) {
            _ = try TrustSetup.begin(folder, site: name, .system)
        }
        #expect(throws: NodeFault.self) { _ = try Joining(folder, site: name, .system) }
        #expect(!FileManager.default.fileExists(atPath: folder.root.path))
    }

    /// An opening letter with some promise.
    private static let opening: [UInt8] = [1, 1] + [UInt8](repeating: 7, count: 32)
}
