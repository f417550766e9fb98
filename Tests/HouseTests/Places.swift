import Foundation

/// Names that are true on one machine or in one building only: registry hosts, private folders.
enum Places {
    /// Put together from parts, so that this file does not name them.
    private static let hosts: [String] = [
        ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["npmjs", "com"],
        ["crates", "io"], ["deb", "debian", "org"], ["security", "debian", "org"],
        ["proxy", "golang", "org"], ["maven", "org"], ["rubygems", "org"], ["nuget", "org"],
    ].map { $0.joined(separator: ".") }
    private static let folders = ["work", "root"].map { "/" + $0 + "/" }

    static func check(path: String, _ text: String) -> [Violation] {
        let places = named(in: text)
        guard !places.isEmpty else { return [] }
        return SourceFile.lines(of: text).enumerated().flatMap { index, line in
            named(in: String(line)).map {
                Violation(
                    path: path, line: index + 1,
                    rule: "\($0) is true in one place only: leave it out")
            }
        }
    }

    private static func named(in text: String) -> [String] {
        let data = Data(text.utf8)
        return (hosts + folders).filter { place in
            var rest = data[...]
            while let hit = rest.range(of: Data(place.utf8)) {
                if stands(place, before: hit.lowerBound, in: data) { return true }
                rest = rest[(hit.lowerBound + 1)...]
            }
            return false
        }
    }

    /// A longer word that ends in the name of a place names another folder or another host.
    private static func stands(_ place: String, before index: Int, in data: Data) -> Bool {
        guard index > 0 else { return true }
        let before = data[index - 1]
        let isWord =
            before == UInt8(ascii: "_") || before >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(before)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(before | 0x20)
        return !isWord && !(place.hasPrefix("/") && ".)}-*".utf8.contains(before))
    }
}
