import Foundation
import Testing

@testable import Peripherals

@Suite struct ProfileTests {
    static func value(_ json: String) throws -> ProfileValue {
        try JSONDecoder().decode(ProfileValue.self, from: Data(json.utf8))
    }

    static let sound = """
        {"schema": 1, "id": "a.b", "kind": "label-printer", "title": "A B",
         "match": [{"strings": {"product": "A*"}, "score": 80}],
         "usb": {"chunk": 64}, "language": {"name": "zpl"}, "text": {"native": "ascii"},
         "media": {"dpi": 203, "maxWidthDots": 832}, "status": {"dialogue": "zpl-hs"},
         "confirm": {"level": "consumed", "method": "none"},
         "provenance": [
           {"path": "match", "source": "seen", "confidence": "A"},
           {"path": "usb.chunk", "source": "seen", "confidence": "B"},
           {"path": "language", "source": "seen", "confidence": "B"},
           {"path": "text", "source": "seen", "confidence": "B"},
           {"path": "media", "source": "seen", "confidence": "B"},
           {"path": "status", "source": "seen", "confidence": "B"},
           {"path": "confirm", "source": "seen", "confidence": "B"}]}
        """

    static func problems(_ documents: [String]) throws -> [String] {
        let values = try documents.enumerated().map {
            (name: "\($0.offset).json", value: try value($0.element))
        }
        do throws(ProfileProblems) {
            _ = try ProfileShelf(values)
            return []
        } catch {
            return error.problems.map(\.text)
        }
    }

    @Test func `a sound profile has no problem`() throws {
        #expect(try Self.problems([Self.sound]) == [])
    }

    @Test(arguments: [
        (#""schema": 1"#, #""schema": 2"#, "0.json, schema: 2 is not within 1 to 1."),
        (#""id": "a.b""#, #""id": """#, "0.json, id: This is no text, or an empty one."),
        (#""id": "a.b","#, "", "0.json, id: This is missing."),
        ("label-printer", "toaster", "0.json, kind: toaster is none of label-printer, scanner."),
        (#""chunk": 64"#, #""chunk": 0"#, "0.json, usb.chunk: 0 is not within 1 to 65536."),
        (#""chunk": 64"#, #""chunk": 1.5"#, "0.json, usb.chunk: This is no whole number."),
        (#""chunk": 64"#, #""chunk": true"#, "0.json, usb.chunk: This is no whole number."),
        (#""name": "zpl""#, #""name": "epl""#, "0.json, language.name: epl is none of zpl."),
        ("203", "204", "0.json, media.dpi: 204 is none of 152, 203, 300, 600."),
        (
            #""product": "A*""#, #""product": "*""#,
            "0.json, match[0].strings.product: This fits every text."
        ),
        (
            #""strings": {"product": "A*"}, "#, "",
            "0.json, match[0]: This fits every device of a vendor, or every device at all."
        ),
        (
            #""strings": {"product": "A*"}"#, #""usb": {"vid": "a5f", "pid": ["0001"]}"#,
            "0.json, match[0].usb.vid: a5f is not 4 hexadecimal digits."
        ),
        (#""score": 80"#, #""score": "80""#, "0.json, match[0].score: This is no whole number."),
        (#""usb": {"#, #""usbb": {"#, "0.json, usbb: Nobody reads this key."),
        (
            #""consumed""#, #""printed""#,
            "0.json, confirm: Only zpl-counters can say that something is printed."
        ),
        (
            #""path": "usb.chunk""#, #""path": "usb.chunks""#,
            "0.json, provenance[1].path: There is no usb.chunks in this profile."
        ),
        (
            #""path": "usb.chunk""#, #""path": "media.dpi""#,
            "0.json, usb.chunk: This has no source in provenance."
        ),
        (
            #""source": "seen""#, #""source": """#,
            "0.json, provenance[0].source: This is no text, or an empty one."
        ),
        (
            #""confidence": "A""#, #""confidence": "D""#,
            "0.json, provenance[0].confidence: D is none of A, B, C."
        ),
    ])
    func `what is wrong is said with its place`(
        part: String, instead: String, sentence: String
    ) throws {
        let changed = Self.sound.replacing(part, with: instead)
        #expect(changed != Self.sound)
        #expect(try Self.problems([changed]).contains(sentence))
    }

    @Test func `all problems are told at once`() throws {
        let changed = Self.sound.replacing("203", with: "204")
            .replacing(#""chunk": 64"#, with: #""chunk": 0"#)
        #expect(try Self.problems([changed]).count == 2)
    }

    @Test func `an id is one profile's`() throws {
        #expect(
            try Self.problems([Self.sound, Self.sound]) == [
                "1.json, id: a.b is the id of 0.json too."
            ])
    }

    @Test func `a profile stands on another and says only what differs`() throws {
        let upper = """
            {"schema": 1, "id": "a.c", "kind": "label-printer", "title": "A C", "extends": "a.b",
             "match": [{"strings": {"product": "C*"}, "score": 80}], "media": {"dpi": 300},
             "provenance": [{"path": "match", "source": "heard", "confidence": "C"},
                            {"path": "media.dpi", "source": "seen", "confidence": "A"}]}
            """
        let shelf = try ProfileShelf([
            (name: "b", value: try Self.value(Self.sound)),
            (name: "c", value: try Self.value(upper)),
        ])
        let profile = try #require(shelf.profile("a.c"))
        #expect(profile.printer?.zpl.dotsPerMillimetre == 12)
        #expect(profile.printer?.zpl.headDots == 832)
        #expect(profile.usb.transferBytes == 64)
        #expect(profile.match.map(\.strings) == [["product": "C*"]])
        #expect(profile.match.map(\.confidence) == [.c])
        let seen = PeripheralSighting(vendor: 1, product: 1, productText: "C1", portPath: "1")
        // A rule that rests on one report asks.
        guard case .ask = shelf.verdict(on: seen) else {
            Issue.record("It was bound.")
            return
        }
        #expect(
            try Self.problems([upper]).first == "0.json, extends: There is no profile of this id.")
    }

    @Test func `a ring of profiles ends in a sentence`() throws {
        let ring = Self.sound.replacing(#""id": "a.b""#, with: #""id": "a.b", "extends": "a.b""#)
        #expect(
            try Self.problems([ring]) == [
                "0.json, extends: More than 4 profiles stand on one another."
            ])
    }

    @Test func `twins are asked about once and remembered by serial or port`() throws {
        let twin = Self.sound.replacing("a.b", with: "a.d")
        let shelf = try ProfileShelf([
            (name: "b", value: try Self.value(Self.sound)),
            (name: "d", value: try Self.value(twin)),
        ])
        func seen(_ serial: String?, _ port: String, product: UInt16 = 2) -> PeripheralSighting {
            PeripheralSighting(
                vendor: 1, product: product, productText: "A1", serial: serial, portPath: port)
        }
        guard case .ask(let matches) = shelf.verdict(on: seen("S", "1-1")) else {
            Issue.record("It was bound.")
            return
        }
        #expect(matches.map(\.profile) == ["a.b", "a.d"])
        let bySerial = [seen("S", "1-1").keys[0]: "a.d"]
        let chosen = ProfileShelf.Verdict.bind(
            .init(profile: "a.d", mode: nil, evidence: .remembered, score: 100))
        #expect(shelf.verdict(on: seen("S", "9-9"), remembered: bySerial) == chosen)
        #expect(shelf.verdict(on: seen("T", "1-1"), remembered: bySerial) != chosen)
        let byPort = [seen(nil, "1-1").keys[0]: "a.d"]
        #expect(shelf.verdict(on: seen(nil, "1-1"), remembered: byPort) == chosen)
        #expect(shelf.verdict(on: seen(nil, "1-2"), remembered: byPort) != chosen)
        #expect(shelf.verdict(on: seen(nil, "1-1", product: 3), remembered: byPort) != chosen)
    }

    @Test(arguments: [
        ("ZTC*", "ZTC ZD410", true), ("ztc*zpl", "ZTC ZD410 ZPL", true), ("*", "", true),
        ("A", "A", true), ("A", "AB", false), ("*B", "AB", true), ("A*A", "A", false),
        ("*ZPL*", "EPL,ZPL", true), ("*a*b*", "ba", false), ("A", nil, false),
    ])
    func `a star stands for any run`(pattern: String, text: String?, fits: Bool) {
        #expect(DeviceProfile.MatchRule.fits(pattern, text) == fits)
    }

    @Test func `an IEEE 1284 id is read however long its keys and odd its length`() {
        let text = "MANUFACTURER: Zebra ;COMMAND SET:ZPL, EPL;MODEL:ZTC X;MFG:other;junk;:;A:"
        let id = IEEE1284ID(text)
        #expect(id.values == ["MFG": "Zebra", "CMD": "ZPL, EPL", "MDL": "ZTC X"])
        #expect(id.languages == ["ZPL", "EPL"])
        let short = "MFG:Z;MDL:Y;"
        let count = UInt8(short.utf8.count + 2)
        for head in [[0, count], [count, 0], [0xFF, 0xFF], [0, 0]] {
            #expect(IEEE1284ID(head + Array(short.utf8)).values == ["MFG": "Z", "MDL": "Y"])
        }
        #expect(IEEE1284ID([0, 2]).values == [:])
    }

    @Test func `no document whatever traps the reader`() throws {
        var dice = Dice(seed: 41)
        let sound = try Self.value(Self.sound)
        let odd: [ProfileValue] = [
            .null, .flag(true), .number(.nan), .number(-1), .number(1e300), .text(""),
            .text("*"), .array([]), .object([:]), .array([.null, .object([:])]),
        ]
        let leaves = sound.leaves()
        for _ in 0..<600 {
            var changed = sound
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                let leaf = leaves.randomElement(using: &dice) ?? ProfilePath()
                let depth = Int.random(in: 0...leaf.steps.count, using: &dice)
                changed = changed.replacing(
                    leaf.steps.prefix(depth)[...], with: odd.randomElement(using: &dice) ?? .null)
            }
            _ = try? ProfileShelf([(name: "x", value: changed)])
        }
    }
}

extension ProfileValue {
    fileprivate func replacing(_ steps: ArraySlice<String>, with new: ProfileValue) -> ProfileValue
    {
        guard let step = steps.first else { return new }
        switch self {
        case .object(var fields):
            fields[step] = fields[step]?.replacing(steps.dropFirst(), with: new)
            return .object(fields)
        case .array(var items):
            guard let index = Int(step), items.indices.contains(index) else { return self }
            items[index] = items[index].replacing(steps.dropFirst(), with: new)
            return .array(items)
        case .text, .number, .flag, .null: return self
        }
    }
}
