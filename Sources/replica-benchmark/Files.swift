internal import Foundation

/// The few things the phases do with files, outside every timed part.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchmarkError("\(path) cannot be read: make the workload first")
        }
        return Array(data)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw BenchmarkError("\(path) cannot be written")
        }
    }

    static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        // A file that is not there holds nothing.
        return (attributes?[.size] as? Int) ?? 0
    }

    /// A folder of its own below the system's temporary one; gone when `body` returns.
    static func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let name = "replica-benchmark-\(UInt64.random(in: 0 ... .max))"
        let folder = FileManager.default.temporaryDirectory.path + "/" + name
        try makeFolder(folder)
        // Best effort: what stays behind lies in the temporary folder.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    static func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    static func copy(_ source: String, to target: String) throws {
        remove(target)
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }

    static func remove(_ path: String) {
        // It may well not be there.
        try? FileManager.default.removeItem(atPath: path)
    }
}
