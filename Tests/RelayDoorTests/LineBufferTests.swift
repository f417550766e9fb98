import Testing

@testable import warren

@Suite struct LineBufferTests {
    @Test func `lines that come in one piece are answers to as many questions`() {
        var buffer = LineBuffer()
        buffer.append("4821\r\n 042 917 \nlast".utf8)
        #expect(buffer.next() == "4821")
        #expect(buffer.next() == "042 917")
        #expect(buffer.next() == nil)
        buffer.finish()
        #expect(!buffer.isOver)
        #expect(buffer.next() == "last")
        #expect(buffer.isOver)
    }

    @Test func `a line in pieces is one, wherever it is cut`() {
        let bytes = Array("Zoë 🐕\n\n".utf8)
        for cut in 0...bytes.count {
            var buffer = LineBuffer()
            buffer.append(bytes[..<cut])
            var lines = [buffer.next()].compactMap(\.self)
            buffer.append(bytes[cut...])
            while let line = buffer.next() { lines.append(line) }
            #expect(lines == ["Zoë 🐕", ""])
        }
    }

    @Test func `a stream without a line's end is cut`() {
        var buffer = LineBuffer()
        buffer.append([UInt8](repeating: UInt8(ascii: "x"), count: LineBuffer.bytesMax + 1))
        #expect(buffer.next()?.utf8.count == LineBuffer.bytesMax + 1)
        #expect(buffer.next() == nil)
    }
}
