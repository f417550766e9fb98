import CRDT
import SyncProtocol
import Testing

@Suite struct RelayDecoderTests {
    @Test func `what is encoded decodes to itself`() throws {
        var random = Seeded(1)
        for _ in 0..<5_000 {
            let message = random.relayMessage()
            #expect(try RelayDecoder().decode(message.encoded()) == message)
        }
    }

    @Test func `no beginning of a message is taken for the whole`() throws {
        var random = Seeded(2)
        for _ in 0..<300 {
            let message = random.relayMessage()
            let bytes = message.encoded()
            for length in 0..<bytes.count {
                let part = Array(bytes.prefix(length))
                guard let shorter = try? RelayDecoder().decode(part) else { continue }
                switch message {
                case .append, .item: #expect(shorter.encoded() == part)
                default: Issue.record("\(length) bytes of \(message) pass for a message")
                }
            }
        }
    }

    @Test func `every turned bit gives an error or a message that encodes to just those bytes`() {
        var random = Seeded(3)
        for _ in 0..<60 {
            var bytes = random.relayMessage().encoded()
            for bit in 0..<(bytes.count * 8) {
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                if let message = try? RelayDecoder().decode(bytes) {
                    #expect(message.encoded() == bytes)
                }
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            }
        }
    }

    @Test func `a hundred thousand spoiled messages never trap and stay canonical`() {
        var random = Seeded(4)
        var accepted = 0
        var uncanonical = 0
        for _ in 0..<100_000 {
            let bytes = random.spoiled(random.relayMessage().encoded())
            guard let message = try? RelayDecoder().decode(bytes) else { continue }
            accepted += 1
            if message.encoded() != bytes { uncanonical += 1 }
        }
        #expect(uncanonical == 0)
        #expect(accepted > 5_000)
    }

    @Test func `what is longer than its limit is refused`() {
        let item = [UInt8](repeating: 1, count: RelayLimits.itemBytesMax)
        let most = RelayMessage.item(MailboxItem(number: 1, bytes: item)).encoded()
        #expect(most.count == RelayLimits.messageBytesMax)
        #expect(throws: Never.self) { try RelayDecoder().decode(most) }
        #expect(throws: DecodingError.beyondLimit("message")) {
            try RelayDecoder().decode(most + [0])
        }
        let append = RelayMessage.append(tag: 1, item + [0]).encoded()
        #expect(throws: DecodingError.beyondLimit("item")) { try RelayDecoder().decode(append) }
    }

    @Test func `the largest message before the welcome is within its bound`() throws {
        var random = Seeded(5)
        let token = try #require(InviteToken(bytes: random.bytes(32)))
        let create = RelayMessage.claim(
            RelayClaim(purpose: .create(token), mailbox: MailboxID(1), key: random.relayKey()),
            version: 1, signature: random.bytes(64))
        #expect(create.encoded().count <= RelayLimits.greetingBytesMax)
    }
}
