import CRDT
import FrontDesk
import Testing

@Suite struct ScanPayloadTests {
    @Test func `a code is 35 characters of the alphanumeric set`() {
        let text = ScanPayload(.animal, RowID(.max)).text
        let alphanumeric = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        #expect(text.count == 35)
        #expect(text.allSatisfy(alphanumeric.contains))
        #expect(text.hasPrefix("WRN1:A:7ZZZZZZZZZZZZZZZZZZZZZZZZZ"))
    }

    @Test func `the example of the specification is read as it stands there`() throws {
        // Computed from Scan-Payload.md by another program.
        let example = "WRN1:A:01ARZ3NDEKTSV4RRFFQ69G5FAVCJ"
        let payload = ScanPayload(.animal, RowID(0x156_3e3a_b5d3_d676_4c61_efb9_9302_bd5b))
        #expect(try ScanPayload.parse(example) == payload)
        #expect(payload.text == example)
    }

    @Test func `what was written is read back`() throws {
        var dice = SeededDice(seed: 1)
        for _ in 0..<2_000 {
            let row = RowID(UInt128(dice.next()) << 64 | UInt128(dice.next()))
            let kind = ScanPayload.Kind.allCases.randomElement(using: &dice) ?? .animal
            let payload = ScanPayload(kind, row)
            #expect(try ScanPayload.parse(payload.text) == payload)
        }
    }

    @Test func `small letters, blanks and look-alikes are forgiven`() throws {
        let payload = ScanPayload(.animal, RowID(33))
        let text = payload.text
        let lookAlike =
            text.prefix(7)
            + text.dropFirst(7).map { $0 == "0" ? "o" : $0 }
            .map { $0 == "1" ? "l" : $0 }
        #expect(try ScanPayload.parse("  \(text.lowercased())\r\n") == payload)
        #expect(try ScanPayload.parse(String(lookAlike)) == payload)
    }

    @Test func `every wrong digit and every exchange of neighbours is found`() {
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let good = Array(ScanPayload(.animal, RowID(0x0123_4567_89AB_CDEF_0011_2233)).text)
        for place in 7..<35 {
            for digit in digits where digit != good[place] {
                var bad = good
                bad[place] = digit
                #expect(throws: ScanPayload.Problem.self) {
                    try ScanPayload.parse(String(bad))
                }
            }
        }
        for place in 7..<34 where good[place] != good[place + 1] {
            var bad = good
            bad.swapAt(place, place + 1)
            #expect(throws: ScanPayload.Problem.self) { try ScanPayload.parse(String(bad)) }
        }
    }

    @Test func `a code of another kind has another check`() {
        let animal = ScanPayload(.animal, RowID(7)).text
        let booking = animal.replacing("WRN1:A:", with: "WRN1:B:")
        #expect(throws: ScanPayload.Problem.wrongCheck) { try ScanPayload.parse(booking) }
    }

    @Test(arguments: [
        ("", ScanPayload.Problem.foreign), ("9780201379624", .foreign), ("WRN", .foreign),
        ("WRNX:A:", .foreign), ("WRN2:A:0123", .newerForm), ("WRN1:A:0", .wrongLength(8)),
        ("WRN1:Z:00000000000000000000000000" + "00", .unknownKind),
        ("WRN1:A:U0000000000000000000000000" + "00", .badCharacter(position: 7)),
        ("WRN1:A:80000000000000000000000000" + "00", .outOfRange),
    ])
    func `each fault has its name`(scan: String, problem: ScanPayload.Problem) {
        #expect(throws: problem) { try ScanPayload.parse(scan) }
    }

    @Test func `no bytes whatever trap the reader`() {
        var dice = SeededDice(seed: 2)
        let good = Array(ScanPayload(.stay, RowID(1 << 100)).text.utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                switch Int.random(in: 0..<3, using: &dice) {
                case 0 where !bytes.isEmpty:
                    bytes.remove(at: Int.random(in: 0..<bytes.count, using: &dice))
                case 1:
                    bytes.insert(
                        UInt8.random(in: 0...255, using: &dice),
                        at: Int.random(in: 0...bytes.count, using: &dice))
                default:
                    if !bytes.isEmpty {
                        bytes[Int.random(in: 0..<bytes.count, using: &dice)] =
                            UInt8.random(in: 0...255, using: &dice)
                    }
                }
            }
            let scan = String(decoding: bytes, as: UTF8.self)
            let payload = try? ScanPayload.parse(scan)
            #expect(payload == nil || payload == ScanPayload(.stay, RowID(1 << 100)))
        }
    }
}

/// SplitMix64: a seed gives the same throws for ever.
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
