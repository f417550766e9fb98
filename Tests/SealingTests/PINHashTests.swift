import Signing
import Testing

@Suite struct PINHashTests {
    @Test func `a line fits its secret and no other`() throws {
        let line = try #require(PINHash.make("4821"))
        #expect(line.hasPrefix("$argon2id$"))
        #expect(PINHash.matches("4821", line))
        for wrong in ["4822", "", "48211", "4821 "] { #expect(!PINHash.matches(wrong, line)) }
        #expect(try #require(PINHash.make("4821")) != line)
    }

    @Test(arguments: [
        "", "4821", "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
        "$argon2id$v=19$m=19456,t=9999,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
        String(repeating: "$", count: 10_000),
    ])
    func `a line of other costs or none is never tried`(line: String) {
        #expect(!PINHash.matches("4821", line))
    }

    @Test func `what nobody could type makes no line`() {
        #expect(PINHash.make("") == nil)
        #expect(PINHash.make(String(repeating: "9", count: 129)) == nil)
        #expect(PINHash.make("48\u{0}21") == nil)
    }
}
