import CRDT
import Testing

@Suite struct HexadecimalTests {
    @Test func `every byte is written in two digits and read back`() {
        let all = (0...255).map { UInt8($0) }
        #expect(Hexadecimal.text(all).utf8.count == 512)
        #expect(Hexadecimal.bytes(Hexadecimal.text(all)) == all)
        #expect(Hexadecimal.text([0x00, 0x0A, 0xFF]) == "000aff")
        #expect(Hexadecimal.bytes("0AfF") == [0x0A, 0xFF])
    }

    @Test(arguments: ["0", "0g", "+1", "-1", " 1", "0x", "é0", "1_"])
    func `what is no pair of digits is refused`(text: String) {
        #expect(Hexadecimal.bytes(text) == nil)
    }
}
