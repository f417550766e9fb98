import Testing

/// The compiler lets a room import more than it declares; this table does not.
@Suite struct ImportsTests {
    private let house = House.here

    @Test func `the house is found from this file`() {
        #expect(house.paths.contains("Package.swift"))
        #expect(house.swiftFiles.contains { $0.path == "Tests/HouseTests/ImportsTests.swift" })
    }

    @Test func `every folder of Sources is a room of the plan`() {
        let known = Set(plan.filter { $0.folder.hasPrefix("Sources/") }.map(\.name))
        let unknown = house.folders(in: "Sources").filter { !known.contains($0) }
        #expect(unknown == [], "add the room to the plan, with its arrows and a decision page")
    }

    @Test func `no Swift file lies outside a room`() {
        let loose = house.swiftFiles.filter { $0.room.isEmpty }.map(\.path)
        #expect(loose == [])
    }

    @Test(arguments: plan.map(\.name))
    func `a room imports what the plan allows and nothing else`(name: String) throws {
        let room = try #require(plan.first { $0.name == name })
        let broken = files(of: room).flatMap { Imports.check($0, in: room) }
        #expect(broken == [])
    }

    @Test func `arrows of the plan only go down`() {
        #expect(Imports.checkArrows(of: plan) == [])
    }

    @Test func `the relay reaches neither Sealing nor the node`() {
        let reached = Imports.reach(of: "warren-relay", in: plan)
        #expect(reached.contains("Signing"))
        #expect(reached.isDisjoint(with: ["Sealing", "CZstd", "EdgeNode", "FrontDesk", "LANAPI"]))
    }

    @Test func `ground rooms reach no Foundation, no disk and no network`() {
        for name in groundRooms {
            let reached = Imports.reach(of: name, in: plan)
            let allowed = Set(groundRooms + ["CSodium", "CZstd"])
            #expect(reached.isSubset(of: allowed), "\(name)")
        }
    }

    @Test func `the manifest declares only what the plan allows`() throws {
        let manifest = try #require(house.text("Package.swift"))
        #expect(Manifest.dependenciesByTarget(in: manifest)["SyncProtocol"] == ["CRDT"])
        #expect(Manifest.check(manifest, against: plan) == [])
    }

    @Test func `a room declares the rooms it imports`() throws {
        let manifest = try #require(house.text("Package.swift"))
        let declared = Manifest.dependenciesByTarget(in: manifest)
        let broken = plan.flatMap { room in
            files(of: room).flatMap {
                Manifest.undeclared(in: $0, of: room, declared: declared, plan: plan)
            }
        }
        #expect(broken == [])
    }

    private func files(of room: Room) -> [SourceFile] {
        house.swiftFiles.filter { $0.path.hasPrefix(room.folder + "/") }
    }
}
