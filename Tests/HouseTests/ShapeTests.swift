import Testing

/// One file that nobody shortens swallows a house, so sizes are tested.
@Suite struct ShapeTests {
    private let house = House.here

    @Test func `no file is longer than 400 lines`() {
        #expect(house.swiftFiles.flatMap(Shape.checkFile) == [])
    }

    @Test func `no line is wider than 100 columns`() {
        #expect(house.swiftFiles.flatMap(Shape.checkLines) == [])
    }

    @Test func `no function is longer than 60 lines`() {
        #expect(house.swiftFiles.flatMap(Shape.checkFunctions) == [])
    }

    @Test func `every library room has a landing page`() {
        let rooms = plan.filter {
            $0.kind == .library && $0.folder.hasPrefix("Sources/") && house.holds(room: $0)
        }
        let without = rooms.filter {
            let page = house.text("\($0.folder)/\($0.name).docc/\($0.name).md")
            return page?.hasPrefix("# ") != true
        }
        #expect(without.map(\.name) == [], "write Sources/X/X.docc/X.md, beginning with a title")
    }
}
