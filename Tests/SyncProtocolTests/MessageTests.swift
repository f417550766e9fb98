import CRDT
import SyncProtocol
import Testing

struct MessageTests {
    private static let entries = [
        ContextEntry(
            writer: WriterID(device: DeviceID(3), incarnation: 1), sequence: 7, chain: 9),
        ContextEntry(
            writer: WriterID(device: DeviceID(3), incarnation: 2), sequence: 1 << 40, chain: 1),
    ]
    static let samples: [Message] = [
        .hello(versions: 1...3, ToyReplica().state.summary), .vector(entries), .vector([]),
        .frame([UInt8](0..<200)), .acknowledge(entries), .credit(1 << 40), .control([1, 2, 3]),
        .state(ToyReplica().state.summary), .close(.done), .close(.storage),
    ]

    @Test(arguments: samples)
    func `a message decodes to itself`(message: Message) throws {
        #expect(try Message(decoding: message.encoded()) == message)
    }

    @Test(arguments: samples)
    func `a message cut short is refused or is a shorter frame`(message: Message) {
        let bytes = message.encoded()
        for length in 0..<bytes.count {
            guard let decoded = try? Message(decoding: Array(bytes.prefix(length))) else {
                continue
            }
            #expect(decoded.encoded() == Array(bytes.prefix(length)))
        }
    }

    @Test func `whatever is accepted encodes to the same bytes`() {
        var state: UInt64 = 1
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        for _ in 0..<50_000 {
            var bytes = Self.samples[next() % Self.samples.count].encoded()
            for _ in 0...(next() % 3) where !bytes.isEmpty {
                bytes[next() % bytes.count] ^= UInt8(1 << (next() % 8))
            }
            if next() % 4 == 0 { bytes.append(UInt8(next() & 255)) }
            guard let decoded = try? Message(decoding: bytes) else { continue }
            #expect(decoded.encoded() == bytes)
        }
    }

    @Test func `a greeting between equal replicas fits 256 sealed bytes`() {
        let hello = Message.hello(versions: 1...1, ToyReplica().state.summary)
        // Tag 1, nonce 24, authentication 16 and padding come on top (`Control-Lane.md`).
        #expect(hello.encoded().count <= 206)
    }
}
