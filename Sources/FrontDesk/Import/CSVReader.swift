/// Reads comma-separated values (RFC 4180) record by record, from bytes that nobody vouches for.
/// Line ends are CR LF, LF or CR; a byte order mark is skipped; a blank line is no record.
public struct CSVReader: Sendable {
    public struct Record: Sendable, Hashable {
        /// 1 for the first record of the file, its header.
        public let number: Int
        public let fields: [String]
    }

    public struct Problem: Error, Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// A quoted field that never ends.
            case openQuote
            /// A quote inside an unquoted field, or text after a closing quote.
            case strayQuote
            case notUTF8
            case tooManyFields(Int)
            case fieldTooLong(bytes: Int)
        }

        /// The record's number, as in `Record`.
        public let record: Int
        public let kind: Kind

        /// Which record, and what is wrong with it.
        public var sentence: String {
            let what =
                switch kind {
                case .openQuote: "opens a quote that never ends"
                case .strayQuote: "has a quote in the middle of a field"
                case .notUTF8: "is not UTF-8 text"
                case .tooManyFields(let count): "has more than \(count - 1) fields"
                case .fieldTooLong(let bytes): "has a field of more than \(bytes - 1) bytes"
                }
            return "record \(record) \(what)"
        }
    }

    /// No export we know has more columns.
    public static let fieldsMax = 512
    /// A note of many pages; bounds what one field can make us keep.
    public static let fieldBytesMax = 1 << 16

    private let bytes: [UInt8]
    private var index = 0
    private var number = 0

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next record or what is wrong with it; nil at the end. After a problem the reader goes on
    /// with the next line.
    public mutating func next() -> Result<Record, Problem>? {
        while let byte = peek(), isLineEnd(byte) { index += 1 }
        guard index < bytes.count else { return nil }
        number += 1
        let start = index
        do throws(Fault) {
            return .success(Record(number: number, fields: try fields()))
        } catch {
            index = start
            while let byte = peek(), !isLineEnd(byte) { index += 1 }
            return .failure(Problem(record: number, kind: error.kind))
        }
    }

    private struct Fault: Error { let kind: Problem.Kind }

    private mutating func fields() throws(Fault) -> [String] {
        var fields: [String] = []
        while true {
            guard fields.count < Self.fieldsMax else {
                throw Fault(kind: .tooManyFields(Self.fieldsMax + 1))
            }
            let quote = UInt8(ascii: "\"")
            fields.append(peek() == quote ? try quotedField() : try plainField())
            guard let byte = peek() else { return fields }
            index += 1
            if isLineEnd(byte) { return fields }
            if byte != UInt8(ascii: ",") { throw Fault(kind: .strayQuote) }
        }
    }

    private mutating func plainField() throws(Fault) -> String {
        let start = index
        while let byte = peek(), byte != UInt8(ascii: ","), !isLineEnd(byte) {
            if byte == UInt8(ascii: "\"") { throw Fault(kind: .strayQuote) }
            index += 1
        }
        return try text(Array(bytes[start..<index]))
    }

    private mutating func quotedField() throws(Fault) -> String {
        let quote = UInt8(ascii: "\"")
        var content: [UInt8] = []
        index += 1
        while let byte = peek() {
            index += 1
            if byte == quote {
                guard peek() == quote else { return try text(content) }
                index += 1
            }
            content.append(byte)
            if content.count > Self.fieldBytesMax {
                throw Fault(kind: .fieldTooLong(bytes: content.count))
            }
        }
        throw Fault(kind: .openQuote)
    }

    private func text(_ content: [UInt8]) throws(Fault) -> String {
        guard content.count <= Self.fieldBytesMax else {
            throw Fault(kind: .fieldTooLong(bytes: content.count))
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Fault(kind: .notUTF8)
        }
        return text
    }

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
