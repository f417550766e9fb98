/// The low nibble of a cell's code byte and what follows it (`Transaction-Format.md`, Values).
enum ValueCode: UInt8 {
    case null = 0
    case integer = 1
    case real = 2
    case text = 3
    case blob = 4
    case reference = 5
}

extension Value {
    var code: ValueCode {
        switch self {
        case .null: .null
        case .integer: .integer
        case .real: .real
        case .text: .text
        case .blob: .blob
        case .reference: .reference
        }
    }

    /// Writes what follows the code; a reference as its 16 bytes.
    func encodePayload(into writer: inout ByteWriter) {
        switch self {
        case .null: break
        case .integer(let number): writer.write(signed: number)
        case .real(let number): writer.write(fixed: number.bitPattern)
        case .text(let text): writer.write(text: text)
        case .blob(let bytes): writer.write(block: bytes)
        case .reference(let row): writer.write(id: row.value)
        }
    }

    /// Code byte and payload, references whole: for clocks, digests and reducers' siblings.
    public func encode(into writer: inout ByteWriter) {
        writer.write(byte: code.rawValue)
        encodePayload(into: &writer)
    }

    public static func decode(from reader: inout ByteReader) throws(DecodingError) -> Value {
        let raw = try reader.byte()
        guard let code = ValueCode(rawValue: raw) else {
            throw .unknownCode("value", UInt64(raw))
        }
        return try decodePayload(code, from: &reader)
    }

    static func decodePayload(
        _ code: ValueCode, from reader: inout ByteReader
    ) throws(DecodingError) -> Value {
        switch code {
        case .null: return .null
        case .integer: return .integer(try reader.signed())
        case .real:
            let bits = try reader.fixed(UInt64.self)
            guard case .real(let number) = Value.real(normalizing: Double(bitPattern: bits)),
                number.bitPattern == bits
            else { throw .notCanonical("real") }
            return .real(number)
        case .text:
            return .text(try reader.text(upTo: Limits.valueBytesMax, of: "text bytes"))
        case .blob:
            return .blob(Array(try reader.block(upTo: Limits.valueBytesMax, of: "blob bytes")))
        case .reference: return .reference(RowID(try reader.id()))
        }
    }
}
