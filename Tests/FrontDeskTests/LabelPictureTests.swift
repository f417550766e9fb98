import CRDT
import Foundation
import FrontDesk
import Peripherals
import Testing

/// The shipped labels, drawn by a renderer and read by a reader that others wrote.
@Suite struct LabelPictureTests {
    static let labels: [(String, Int, Int)] = [
        ("collar-tag", 200, 2_232), ("kennel-card", 800, 400),
    ]

    @Test(arguments: labels)
    func `the code on a printed label is the animal's`(
        name: String, width: Int, height: Int
    ) throws {
        let oracle = try ZPLOracle()
        let tag = Self.tag(name: "Bella")
        let reading = try oracle.read(Self.encode(name, tag).bytes, as: name, width, height)
        #expect(Set(reading) == ["QR Code\t" + ScanPayload(.animal, tag.animal).text])
        #expect(reading.count == (name == "collar-tag" ? 2 : 1))
    }

    @Test(arguments: labels)
    func `a name as long and as hostile as can be leaves the code readable`(
        name: String, width: Int, height: Int
    ) throws {
        let oracle = try ZPLOracle()
        let tag = Self.tag(name: String(repeating: "^XZ~JA W_5E\u{202E}", count: 30))
        let label = try Self.encode(name, tag)
        let reading = try oracle.read(label.bytes, as: name + "-hostile", width, height)
        #expect(Set(reading) == ["QR Code\t" + ScanPayload(.animal, tag.animal).text])
        #expect(label.findings.map(\.kind).contains(.cut))
        #expect(label.findings.map(\.kind).contains(.replaced))
    }

    @Test(arguments: labels)
    func `an ordinary tag is set as designed`(name: String, width: Int, height: Int) throws {
        #expect(try Self.encode(name, Self.tag(name: "Bella")).findings == [])
    }

    private static func encode(_ name: String, _ tag: CollarTag) throws -> ZPL.Label {
        let template = try #require(try Packs.template(name))
        let words = tag.data.values.merging(tag.personData.values) { $1 }
        return try ZPL.encode(
            template.document(filledWith: words), for: ZPL.Printer(headDots: 832))
    }

    private static func tag(name: String) -> CollarTag {
        CollarTag(
            animal: RowID(0x1F3C_9D2E_77A1_0B64_8E55_0000_0000_2A17), animalName: name,
            about: ["Border Collie", "female"], ownerName: "Marguerite Okafor",
            ownerPhone: "+1 555 010 0142", runCode: "A03R", arrival: LocalDate("2026-11-21"),
            departure: LocalDate("2026-11-24"), siteName: "Warren North")
    }
}

/// `Tests/Oracles/zpl_oracle.py` in the environment that `make oracles` lays out.
struct ZPLOracle {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private let python: URL
    private let root: URL

    init() throws {
        root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let environment = ProcessInfo.processInfo.environment["WARREN_ORACLES"].map {
            URL(fileURLWithPath: $0)
        }
        python = (environment ?? root.appendingPathComponent(".build/oracles"))
            .appendingPathComponent("bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Missing(
                description: "No renderer at \(python.path). Run `make oracles`, or name its "
                    + "environment in WARREN_ORACLES.")
        }
    }

    /// The codes on the drawn label; the picture stays in `.build/pictures`.
    func read(
        _ zpl: [UInt8], as name: String, _ width: Int, _ height: Int, dpi: Int = 203
    ) throws -> [String] {
        let folder = root.appendingPathComponent(".build/pictures")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = folder.appendingPathComponent(name + ".zpl")
        try Data(zpl).write(to: source)
        let process = Process()
        process.executableURL = python
        process.arguments = [
            root.appendingPathComponent("Tests/Oracles/zpl_oracle.py").path, source.path,
            folder.appendingPathComponent(name + ".png").path, String(width), String(height),
            String(dpi),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
