import Testing

/// Words that break a promise of the house, each with what to say instead.
@Suite struct BannedWordsTests {
    private let house = House.here

    @Test func `no room says a banned word`() {
        #expect(house.swiftFiles.flatMap { BannedWords.check($0) } == [])
    }

    @Test func `unchecked Sendable stands beside a C handle and under its reason`() {
        #expect(house.swiftFiles.flatMap(BannedWords.checkUnchecked) == [])
    }

    @Test func `files have subjects`() {
        let paths = house.paths.filter { $0.hasPrefix("Sources/") || $0.hasPrefix("Tests/") }
        #expect(paths.flatMap(BannedWords.checkName) == [])
    }

    @Test func `promises in Swift comments name an issue`() {
        let broken = house.swiftFiles.flatMap {
            BannedWords.checkPromises(path: $0.path, $0.comments)
        }
        #expect(broken == [])
    }

    @Test func `promises in other sources name an issue`() {
        let endings = [".c", ".h", ".py", ".sh", ".sql", ".js", ".css", "Makefile", ".ci/run"]
        let broken = house.paths.filter { path in endings.contains { path.hasSuffix($0) } }
            .flatMap { path in
                BannedWords.checkPromises(
                    path: path, SourceFile.lines(of: house.text(path) ?? ""))
            }
        #expect(broken == [])
    }

    @Test func `no file names a registry host or a path of one machine`() {
        let broken = house.paths.flatMap {
            Places.check(path: $0, house.text($0) ?? "")
        }
        #expect(broken == [])
    }
}
