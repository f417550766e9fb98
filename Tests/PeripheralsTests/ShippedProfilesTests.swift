import Foundation
import Peripherals
import Testing

/// The profiles of `Firmware-profiles`, from the folder that is shipped.
enum ShippedProfiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Firmware-profiles")

    static func documents() throws -> [(name: String, value: ProfileValue)] {
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }.map {
            let value = try JSONDecoder().decode(ProfileValue.self, from: Data(contentsOf: $0))
            return (name: $0.lastPathComponent, value: value)
        }
    }

    static func shelf() throws -> ProfileShelf {
        let documents = try documents()
        do throws(ProfileProblems) {
            return try ProfileShelf(documents)
        } catch {
            for problem in error.problems { Issue.record("\(problem.text)") }
            throw error
        }
    }
}

@Suite struct ShippedProfilesTests {
    @Test func `every shipped profile is sound, and its file is named after it`() throws {
        let shelf = try ShippedProfiles.shelf()
        let names = try ShippedProfiles.documents().map(\.name).sorted()
        #expect(shelf.profiles.map { $0.id + ".json" } == names)
        #expect(shelf.profiles.count { $0.kind == .labelPrinter && !$0.match.isEmpty } >= 5)
        #expect(shelf.profiles.count { $0.kind == .scanner && !$0.match.isEmpty } >= 5)
    }

    @Test func `every fact has a source that says something`() throws {
        for profile in try ShippedProfiles.shelf().profiles {
            #expect(!profile.provenance.isEmpty)
            #expect(profile.provenance.allSatisfy { $0.source.count >= 10 })
        }
    }

    @Test func `every label printer can be printed on and every scanner has a machine`() throws {
        for profile in try ShippedProfiles.shelf().profiles where !profile.match.isEmpty {
            switch profile.kind {
            case .labelPrinter:
                let printer = try #require(profile.printer)
                let strip = TagDocument(
                    width: 200, height: 25, feed: .sideways,
                    elements: [
                        .text(
                            TextLine("Rex", in: Frame(x: 2, y: 2, width: 90, height: 9), least: 5))
                    ])
                #expect(try ZPL.encode(strip, for: printer.zpl).findings == [])
                #expect(profile.usb.quirks.contains(.holdInterface))
            case .scanner:
                let scan = try #require(profile.scan)
                #expect(scan.keyboard != nil || scan.hidPOS != nil)
                #expect(profile.match.allSatisfy { $0.mode != nil })
            }
        }
    }

    @Test func `no two profiles take the same device without asking`() throws {
        let shelf = try ShippedProfiles.shelf()
        for profile in shelf.profiles {
            for rule in profile.match {
                for product in rule.products {
                    let seen = PeripheralSighting(
                        vendor: rule.vendor ?? 0, product: product, portPath: "1-1")
                    if case .bind(let match) = shelf.verdict(on: seen) {
                        #expect(match.profile == profile.id)
                        #expect(match.mode == rule.mode)
                    }
                }
            }
        }
    }

    @Test(arguments: [UInt32(0x0fe6_811e), 0x1fc9_2016, 0x0483_5743, 0x0416_5011, 0x0a5f_008b])
    func `an ambiguous chip is nobody's`(number: UInt32) throws {
        let seen = PeripheralSighting(
            vendor: UInt16(number >> 16), product: UInt16(number & 0xFFFF), portPath: "1-1")
        #expect(try ShippedProfiles.shelf().verdict(on: seen) == .unknown)
    }

    @Test func `a Zebra is known by its own words before its numbers`() throws {
        let shelf = try ShippedProfiles.shelf()
        let id = IEEE1284ID(
            "MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZD421-203dpi ZPL;")
        let seen = PeripheralSighting(
            vendor: 0x0a5f, product: 0x011c, serial: "D1", portPath: "1-1", ieee1284: id)
        #expect(
            shelf.verdict(on: seen)
                == .bind(
                    .init(profile: "zebra.zd421-203", mode: nil, evidence: .ieee1284, score: 90)))
        let mute = PeripheralSighting(vendor: 0x0a5f, product: 0x011c, portPath: "1-1")
        #expect(
            shelf.verdict(on: mute)
                == .bind(
                    .init(profile: "zebra.zd410-203", mode: nil, evidence: .numbers, score: 75)))
    }

    @Test func `a printer in another language is asked about`() throws {
        let seen = PeripheralSighting(
            vendor: 0x0a5f, product: 0x0080, portPath: "1-1",
            ieee1284: IEEE1284ID("MFG:Zebra;CMD:EPL;MDL:GK420d;"))
        guard case .ask(let matches) = try ShippedProfiles.shelf().verdict(on: seen) else {
            Issue.record("It was bound or not known.")
            return
        }
        #expect(matches.map(\.profile) == ["zebra.gk420d"])
    }

    @Test func `a Newland's number says which mode it is in`() throws {
        let shelf = try ShippedProfiles.shelf()
        for (product, mode) in [
            (UInt16(0x1310), DeviceProfile.ScanMode.hidPOS), (0x1306, .serial),
            (0x1303, .keyboard),
        ] {
            let seen = PeripheralSighting(vendor: 0x1eab, product: product, portPath: "1-1")
            guard case .bind(let match) = shelf.verdict(on: seen) else {
                Issue.record("not bound")
                continue
            }
            #expect(match.mode == mode)
        }
        let scan = try #require(shelf.profile("newland.em20xx")?.scan)
        #expect(scan.usagePages == [0x8C])
        #expect(scan.hidPOS?.data == 4..<60)
        #expect(scan.keyboard?.layout == .us)
    }
}
