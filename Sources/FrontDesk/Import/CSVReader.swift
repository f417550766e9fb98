/// Reads comma-separated values (RFC 4180) record by record, from bytes that nobody vouches for and
/// that come piece by piece. Line ends are CR LF, LF or CR; a byte order mark is skipped; a blank
/// line is no record. It keeps one record at a time, whatever the file's length.
public struct CSVReader: Sendable {
    public struct Record: Sendable, Hashable {
        /// The row as a spreadsheet counts it: 1 for the first, blank lines included.
        public let number: Int
        public let fields: [String]

        public init(number: Int, fields: [String]) {
            self.number = number
            self.fields = fields
        }
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
            case recordTooLong
        }

        /// The row's number, as in `Record`.
        public let record: Int
        public let kind: Kind

        /// Which row, and what is wrong with it.
        public var sentence: String { "row \(record) \(reason)" }

        /// What is wrong, as the rest of a sentence.
        public var reason: String {
            switch kind {
            case .openQuote: "opens a quote that never ends"
            case .strayQuote: "has a quote in the middle of a field"
            case .notUTF8: "is not UTF-8 text; save the file as “CSV UTF-8”"
            case .tooManyFields(let count): "has more than \(count - 1) fields"
            case .fieldTooLong: "has a field of more than \(CSVReader.fieldBytesMax) bytes"
            case .recordTooLong: "has more than \(CSVReader.recordBytesMax) bytes"
            }
        }
    }

    /// No export we know has more columns.
    public static let fieldsMax = 512
    /// A note of many pages; bounds what one field can make us keep.
    public static let fieldBytesMax = 1 << 16
    /// A row of many notes; bounds what a line that never ends can make us keep.
    public static let recordBytesMax = 1 << 20

    private var bytes: [UInt8]
    private var index = 0
    /// Rows begun so far, blank ones included.
    private var number = 0
    private var isFinished: Bool
    private var isAtStart = true
    /// The last byte taken was a CR: an LF right after it belongs to the same line end.
    private var hasTakenCR = false
    /// The rest of this line belongs to a record that was given up.
    private var isSkippingLine = false
    /// Up to here was looked for the line's end.
    private var lookedTo = 0
    /// How long the record must have grown to be read once more: a line without an end is not read
    /// again with each piece.
    private var bytesToRetry = 0

    /// What is kept of the file at present.
    public var bytesHeld: Int { bytes.count - index }

    /// A reader that is fed with `append`.
    public init() {
        bytes = []
        isFinished = false
    }

    /// A reader over a whole file.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        isFinished = true
    }

    /// Takes more of the file.
    public mutating func append(_ more: some Collection<UInt8>) {
        if index > 0 {
            bytes.removeFirst(index)
            lookedTo = max(0, lookedTo - index)
            index = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The file has no more bytes.
    public mutating func finish() { isFinished = true }

    /// The next record or what is wrong with it; nil where more bytes are needed, or at the end.
    /// After a problem the reader goes on with the next line.
    public mutating func next() -> Result<Record, Problem>? {
        guard skipMark(), skipRestOfLine(), skipBlankLines() else { return nil }
        let start = index
        guard isFinished || hasNewLineEnd() || bytes.count - start >= bytesToRetry else {
            return nil
        }
        do throws(Stop) {
            let fields = try fields()
            bytesToRetry = 0
            number += 1
            return .success(Record(number: number, fields: fields))
        } catch {
            index = start
            switch error {
            case .starved where bytes.count - start <= Self.recordBytesMax:
                bytesToRetry = min(2 * (bytes.count - start), Self.recordBytesMax + 1)
                return nil
            case .starved: return giveUp(.recordTooLong)
            case .fault(let kind): return giveUp(kind)
            }
        }
    }

    private mutating func giveUp(_ kind: Problem.Kind) -> Result<Record, Problem> {
        number += 1
        bytesToRetry = 0
        isSkippingLine = true
        return .failure(Problem(record: number, kind: kind))
    }

    private enum Stop: Error {
        case fault(Problem.Kind)
        case starved
    }

    /// Whether a line ends in what came since the last look.
    private mutating func hasNewLineEnd() -> Bool {
        let from = max(index, lookedTo)
        lookedTo = bytes.count
        return bytes.withUnsafeBufferPointer { bytes in
            bytes[from...].contains { isLineEnd($0) }
        }
    }

    private mutating func skipMark() -> Bool {
        guard isAtStart else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard bytes.count >= mark.count || isFinished else { return false }
        if bytes.starts(with: mark) { index = mark.count }
        isAtStart = false
        return true
    }

    private mutating func skipRestOfLine() -> Bool {
        guard isSkippingLine else { return true }
        let start = index
        index = bytes.withUnsafeBufferPointer { bytes in
            var end = start
            while end < bytes.count, !isLineEnd(bytes[end]) { end += 1 }
            return end
        }
        guard let byte = peek() else { return false }
        takeLineEnd(byte)
        isSkippingLine = false
        return true
    }

    /// - Returns: whether a record begins here.
    private mutating func skipBlankLines() -> Bool {
        while let byte = peek(), isLineEnd(byte) {
            let isRest = hasTakenCR && byte == UInt8(ascii: "\n")
            takeLineEnd(byte)
            if isRest { hasTakenCR = false } else { number += 1 }
        }
        return index < bytes.count
    }

    private mutating func takeLineEnd(_ byte: UInt8) {
        index += 1
        hasTakenCR = byte == UInt8(ascii: "\r")
    }

    private mutating func fields() throws(Stop) -> [String] {
        var fields: [String] = []
        while true {
            guard fields.count < Self.fieldsMax else {
                throw .fault(.tooManyFields(Self.fieldsMax + 1))
            }
            let isQuoted = peek() == UInt8(ascii: "\"")
            fields.append(isQuoted ? try quotedField() : try plainField())
            guard let byte = peek() else {
                guard isFinished else { throw .starved }
                hasTakenCR = false
                return fields
            }
            if isLineEnd(byte) {
                takeLineEnd(byte)
                return fields
            }
            index += 1
            if byte != UInt8(ascii: ",") { throw .fault(.strayQuote) }
        }
    }

    private mutating func plainField() throws(Stop) -> String {
        let start = index
        let end = bytes.withUnsafeBufferPointer { bytes in
            var end = start
            while end < bytes.count {
                let byte = bytes[end]
                if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || isLineEnd(byte) {
                    break
                }
                end += 1
            }
            return end
        }
        guard end - start <= Self.fieldBytesMax else {
            throw .fault(.fieldTooLong(bytes: end - start))
        }
        index = end
        guard let byte = peek() else {
            if !isFinished { throw .starved }
            return try text(bytes[start..<end])
        }
        if byte == UInt8(ascii: "\"") { throw .fault(.strayQuote) }
        return try text(bytes[start..<end])
    }

    private mutating func quotedField() throws(Stop) -> String {
        let quote = UInt8(ascii: "\"")
        var content: [UInt8] = []
        index += 1
        while let byte = peek() {
            index += 1
            if byte == quote {
                if index == bytes.count, !isFinished { throw .starved }
                guard peek() == quote else { return try text(content[...]) }
                index += 1
            }
            content.append(byte)
            if content.count > Self.fieldBytesMax {
                throw .fault(.fieldTooLong(bytes: content.count))
            }
        }
        throw isFinished ? .fault(.openQuote) : .starved
    }

    private func text(_ content: ArraySlice<UInt8>) throws(Stop) -> String {
        guard content.count <= Self.fieldBytesMax else {
            throw .fault(.fieldTooLong(bytes: content.count))
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw .fault(.notUTF8)
        }
        return text
    }

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
