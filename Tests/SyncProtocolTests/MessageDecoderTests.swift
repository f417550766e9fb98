import CRDT
import SyncProtocol
import Testing

@Suite struct MessageDecoderTests {
    @Test(arguments: MessageKind.allCases)
    func `what is encoded decodes to itself`(kind: MessageKind) throws {
        var random = Seeded(UInt64(kind.rawValue))
        for _ in 0..<300 {
            let message = random.message(kind)
            #expect(try MessageDecoder().decode(message.encoded()) == message)
        }
    }

    @Test(arguments: MessageKind.allCases)
    func `no beginning of a message is taken for the whole`(kind: MessageKind) throws {
        var random = Seeded(UInt64(kind.rawValue) + 100)
        for _ in 0..<20 {
            let bytes = random.message(kind).encoded()
            for length in 0..<bytes.count {
                let part = Array(bytes.prefix(length))
                guard let message = try? MessageDecoder().decode(part) else { continue }
                // Frames and control items are opaque: a shorter one is another one.
                #expect(kind == .frame || kind == .control)
                #expect(message.encoded() == part)
            }
        }
    }

    @Test(arguments: MessageKind.allCases)
    func `a message fed with one byte more is refused or another`(kind: MessageKind) throws {
        var random = Seeded(UInt64(kind.rawValue) + 200)
        let bytes = random.message(kind).encoded()
        let longer = bytes + [0]
        if let message = try? MessageDecoder().decode(longer) {
            #expect(message.encoded() == longer)
        } else {
            #expect(kind != .frame && kind != .control)
        }
    }

    @Test(arguments: MessageKind.allCases)
    func `every turned bit gives an error or a message that encodes to just those bytes`(
        kind: MessageKind
    ) {
        var random = Seeded(UInt64(kind.rawValue) + 300)
        var bytes = random.message(kind).encoded()
        for bit in 0..<(bytes.count * 8) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            if let message = try? MessageDecoder().decode(bytes) {
                #expect(message.encoded() == bytes)
            }
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }

    @Test func `two hundred thousand spoiled messages never trap and stay canonical`() {
        var random = Seeded(42)
        var accepted = 0
        var uncanonical = 0
        for _ in 0..<200_000 {
            let bytes = random.spoiled(random.message().encoded())
            guard let message = try? MessageDecoder().decode(bytes) else { continue }
            accepted += 1
            if message.encoded() != bytes { uncanonical += 1 }
        }
        #expect(uncanonical == 0)
        #expect(accepted > 10_000)
    }

    @Test func `what is longer than its limit is refused`() {
        let frame = [3] + [UInt8](repeating: 0, count: SyncLimits.frameBytesMax)
        #expect(throws: Never.self) { try MessageDecoder().decode(frame) }
        #expect(throws: DecodingError.beyondLimit("message")) {
            try MessageDecoder().decode(frame + [0])
        }
        let item = [6] + [UInt8](repeating: 0, count: SyncLimits.controlBytesMax)
        #expect(throws: Never.self) { try MessageDecoder().decode(item) }
        #expect(throws: DecodingError.beyondLimit("control item")) {
            try MessageDecoder().decode(item + [0])
        }
    }

    @Test func `a writer with more branches than the limit is refused`() {
        let entries = (1...UInt64(SyncLimits.branchesMax + 1)).map {
            ContextEntry(writer: toyWriter(1), sequence: 1, chain: $0)
        }
        #expect(throws: DecodingError.beyondLimit("branches")) {
            try MessageDecoder().decode(Message.vector(VersionVector(entries)).encoded())
        }
        #expect(throws: Never.self) { try MessageDecoder().decode(Message.pins(entries).encoded()) }
    }

    @Test func `the largest vector fits a small sealed message`() {
        let entries = (0..<SyncLimits.vectorEntriesMax).map {
            ContextEntry(
                writer: WriterID(device: DeviceID(UInt128($0)), incarnation: .max),
                sequence: 1 << 62 - 1, chain: .max)
        }
        let bytes = Message.vector(VersionVector(entries)).encoded()
        #expect(bytes.count == 1 + 155_650)
        #expect(throws: Never.self) { try MessageDecoder().decode(bytes) }
    }

    @Test func `only frames and closes travel without the seal of the link`() {
        #expect(MessageKind.allCases.filter { !$0.isSealedForLink } == [.frame, .close])
    }
}
