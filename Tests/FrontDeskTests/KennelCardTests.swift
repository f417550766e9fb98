import CRDT
import FrontDesk
import Peripherals
import Testing

/// The cards for the run's door, drawn at both resolutions that desks buy.
@Suite struct KennelCardTests {
    struct Print: Sendable, CustomTestStringConvertible {
        let template: String
        let dotsPerMillimetre: Int
        let width: Int
        let height: Int

        var testDescription: String { "\(template) at \(dotsPerMillimetre) dots a millimetre" }
        var dpi: Int { dotsPerMillimetre == 8 ? 203 : 300 }
    }

    static let prints = [
        Print(template: "kennel-card-4x6", dotsPerMillimetre: 8, width: 813, height: 1_219),
        Print(template: "kennel-card-4x6", dotsPerMillimetre: 12, width: 1_219, height: 1_829),
        Print(template: "kennel-card-4x3", dotsPerMillimetre: 8, width: 813, height: 610),
        Print(template: "kennel-card-4x3", dotsPerMillimetre: 12, width: 1_219, height: 914),
    ]

    static let stay = RowID(0x1F3C_9D2E_77A1_0B64_8E55_0000_0000_2A17)

    @Test(arguments: prints)
    func `an ordinary card is set as designed and its code is the stay's`(print: Print) throws {
        let label = try Self.encode(Self.card(), print)
        #expect(label.findings == [])
        #expect(try Self.read(label, print, "") == [ScanPayload(.stay, Self.stay).text])
    }

    @Test(arguments: prints)
    func `a card with nothing on it says so`(print: Print) throws {
        let card = KennelCard(stay: Self.stay, animalName: nil, siteName: "Warren North")
        let label = try Self.encode(card, print)
        #expect(label.findings == [])
        let zpl = String(decoding: label.bytes, as: UTF8.self)
        for word in ["No name", "No alerts on file", "As the house feeds", "None on file"] {
            #expect(zpl.contains("^FD\(word)^FS"))
        }
        #expect(try Self.read(label, print, "-empty").count == 1)
    }

    @Test(arguments: prints)
    func `words as many and as hostile as can be leave the code readable`(print: Print) throws {
        let bite = "^XZ~JA W_5E\u{202E} \u{1B}@ 🐕 {animal}\n"
        let long = String(repeating: bite, count: 30)
        let card = KennelCard(
            stay: Self.stay, animalName: long, about: [long], runCode: long, ownerName: long,
            ownerPhone: long, alerts: Array(repeating: long, count: 9), feeding: [long, long],
            medication: [long], siteName: long, sitePhone: long)
        let label = try Self.encode(card, print)
        #expect(label.bytes.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) })
        #expect(label.findings.contains { $0.kind == .cut })
        #expect(label.findings.contains { $0.kind == .replaced })
        #expect(
            try Self.read(label, print, "-hostile") == [ScanPayload(.stay, Self.stay).text])
    }

    @Test(arguments: prints)
    func `what is too long ends in dots and is reported`(print: Print) throws {
        let plan = (1...30).map { "\($0). one cup of dry food, soaked for ten minutes" }
        let card = KennelCard(
            stay: Self.stay, animalName: "Bartholomew Maximilian Featherstonehaugh the Third",
            about: ["Dog", "Cavalier King Charles Spaniel", "female, neutered"], runCode: "A03R",
            alerts: [
                "Bites when woken: two people for the harness, and a muzzle on the way to the yard",
                "Escapes over fences",
            ], feeding: plan,
            medication: ["Apoquel 16 mg, half a tablet at 7:00 and 19:00, in cheese"],
            siteName: "Warren North", sitePhone: "+1 555 010 0100")
        let label = try Self.encode(card, print)
        let kinds = Set(label.findings.map(\.kind))
        #expect(kinds.isSuperset(of: [.shrunk, .cut]))
        #expect(String(decoding: label.bytes, as: UTF8.self).contains("...^FS"))
        _ = try Self.read(label, print, "-long")
    }

    @Test(arguments: ["kennel-card-4x6", "kennel-card-4x3"])
    func `nothing is drawn in the white around the code`(name: String) throws {
        let elements = try #require(try Packs.template(name)).elements
        let code = try #require(elements.first { $0.code != nil }?.at)
        for other in elements where other.code == nil {
            let place = other.at
            #expect(
                place[0] >= code[0] + code[2] || place[0] + place[2] <= code[0]
                    || place[1] >= code[1] + code[3] || place[1] + place[3] <= code[1])
        }
    }

    static let cards =
        prints + [Print(template: "kennel-card", dotsPerMillimetre: 8, width: 800, height: 400)]

    @Test(arguments: cards)
    func `two gaps that a manager waived stand on the card to the last letter`(
        print: Print
    ) throws {
        let gaps = [
            "RABIES EXPIRES 21 Jun 2026 - WAIVED M.R. TO 24 Jun 2026",
            "BORDETELLA NOT ON FILE - WAIVED M.R. TO 24 Jun 2026",
        ]
        for others in [[], ["BITES: men in hats"], ["BITES: men in hats", "ALLERGY: chicken"]] {
            let card = KennelCard(
                stay: Self.stay, animalName: "Duke", alerts: gaps + others, siteName: "North")
            let label = try Self.encode(card, print)
            #expect(!label.findings.map(\.kind).contains(.cut))
            let told = Self.told(label)
            for alert in gaps + others { #expect(told.contains(alert), "\(told)") }
            _ = try Self.read(label, print, "-gaps-\(others.count)")
        }
    }

    /// The label's lines of text, one after the other.
    private static func told(_ label: ZPL.Label) -> String {
        String(decoding: label.bytes, as: UTF8.self).matches(of: #/\^FD([^^]*)\^FS/#)
            .map { String($0.1) }.joined(separator: " ")
    }

    @Test func `alerts beyond the boxes are counted, not lost`() {
        let alerts = (1...7).map { "alert \($0)" }
        let card = KennelCard(
            stay: Self.stay, animalName: "Rex", alerts: alerts + [""], siteName: "North")
        #expect(card.data.values["alert3"] == "alert 3")
        #expect(card.data.values["alert4"] == "and 4 more: ask")
        #expect(card.data.values["alerts"] == alerts.joined(separator: " / "))
        let four = KennelCard(
            stay: Self.stay, animalName: "Rex", alerts: Array(alerts.prefix(4)), siteName: "North")
        #expect(four.data.values["alert4"] == "alert 4")
    }

    @Test func `what speaks of the owner lies apart`() {
        let card = Self.card()
        #expect(
            card.personData.values == ["owner": "Marguerite Okafor", "phone": "+1 555 010 0142"])
        #expect(!card.data.text.contains("Okafor"))
        #expect(!card.data.text.contains("0142"))
    }

    static func card() -> KennelCard {
        KennelCard(
            stay: stay, animalName: "Bella", about: ["Dog", "Border Collie", "female"],
            runCode: "A03R", arrival: LocalDate("2026-11-21"), departure: LocalDate("2026-11-24"),
            ownerName: "Marguerite Okafor", ownerPhone: "+1 555 010 0142",
            alerts: ["Bites", "No chicken", "Escapes"],
            feeding: [
                "07:00 - 1 cup dry food, soaked", "18:00 - 1 cup dry food, lamb",
                "No treats with chicken",
            ],
            medication: ["08:00 - Apoquel 16 mg, half a tablet", "20:00 - eye drops, left"],
            siteName: "Warren North", sitePhone: "+1 555 010 0100")
    }

    private static func encode(_ card: KennelCard, _ print: Print) throws -> ZPL.Label {
        let template = try #require(try Packs.template(print.template))
        let words = card.data.values.merging(card.personData.values) { $1 }
        return try ZPL.encode(
            template.document(filledWith: words),
            for: ZPL.Printer(
                dotsPerMillimetre: print.dotsPerMillimetre,
                headDots: print.dotsPerMillimetre == 8 ? 832 : 1_280))
    }

    /// The texts of the QR codes on the drawn card.
    private static func read(
        _ label: ZPL.Label, _ print: Print, _ suffix: String
    ) throws -> [String] {
        let name = "\(print.template)-\(print.dpi)\(suffix)"
        return try ZPLOracle().read(
            label.bytes, as: name, print.width, print.height, dpi: print.dpi
        ).map { $0.replacing("QR Code\t", with: "") }
    }
}
