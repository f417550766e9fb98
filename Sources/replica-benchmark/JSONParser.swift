/// Reads one JSON document (RFC 8259) from bytes. Outside every timed part.
struct JSONParser {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    static func parse(_ bytes: ArraySlice<UInt8>) throws -> JSON {
        var parser = JSONParser(bytes: bytes, index: bytes.startIndex)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.index == bytes.endIndex else { throw parser.mistake("more than one value") }
        return value
    }

    private init(bytes: ArraySlice<UInt8>, index: Int) {
        self.bytes = bytes
        self.index = index
    }

    private func mistake(_ what: String) -> BenchmarkError {
        BenchmarkError("the workload's JSON has \(what) at byte \(index - bytes.startIndex)")
    }

    private var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func value() throws -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
        for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard next == byte else { throw mistake("an unknown word") }
            index += 1
        }
        return value
    }

    private mutating func number() throws -> JSON {
        let start = index
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { index += 1 }
        let digits = String(decoding: bytes[start..<index], as: UTF8.self)
        if let whole = Int64(digits) { return .integer(whole) }
        guard let real = Double(digits) else { throw mistake("no value") }
        return .real(real)
    }

    private mutating func elements() throws -> [JSON] {
        index += 1
        var elements: [JSON] = []
        if take(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw mistake("an open array") }
        return elements
    }

    private mutating func members() throws -> [(name: String, value: JSON)] {
        index += 1
        var members: [(name: String, value: JSON)] = []
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw mistake("a member without a name") }
            let name = try text()
            guard take(UInt8(ascii: ":")) else { throw mistake("a name without a value") }
            members.append((name, try value()))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw mistake("an open object") }
        return members
    }

    private mutating func text() throws -> String {
        index += 1
        var start = index
        var out: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            index += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            out += bytes[start..<(index - 1)]
            try escape(into: &out)
            start = index
        }
        guard next != nil else { throw mistake("an open text") }
        defer { index += 1 }
        if out.isEmpty { return String(decoding: bytes[start..<index], as: UTF8.self) }
        out += bytes[start..<index]
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func escape(into out: inout [UInt8]) throws {
        guard let code = next else { throw mistake("an open text") }
        index += 1
        switch code {
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "u"):
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit), bytes[index...].starts(with: "\\u".utf8) {
                index += 2
                unit = 0x10000 + (unit - 0xD800) << 10 + (try hexadecimal()) - 0xDC00
            }
            guard let scalar = Unicode.Scalar(unit) else { throw mistake("half a character") }
            out += Character(scalar).utf8
        default: out.append(code)
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard bytes.endIndex - index >= 4,
            let unit = UInt32(
                String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16)
        else { throw mistake("a bad escape") }
        index += 4
        return unit
    }
}
