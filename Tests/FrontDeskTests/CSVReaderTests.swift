import FrontDesk
import Testing

@Suite struct CSVReaderTests {
    @Test(arguments: [
        ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ("\u{FEFF}a\n\n\nb", [["a"], ["b"]]), (",\n", [["", ""]]), ("a,", [["a", ""]]),
        ("\"a,\"\"b\"\"\r\nc\",d", [["a,\"b\"\r\nc", "d"]]), ("\"\"", [[""]]), ("", []),
        ("Zoë,مكس", [["Zoë", "مكس"]]),
    ])
    func `records are read as RFC 4180 says`(text: String, records: [[String]]) throws {
        #expect(try Self.read(text).map { try $0.get().fields } == records)
    }

    @Test(arguments: [
        ("a\n\"b\nc", 2, CSVReader.Problem.Kind.openQuote), ("a\nb\"c\nd", 2, .strayQuote),
        ("\"a\"b\nc", 1, .strayQuote),
        ("a\n" + String(repeating: ",", count: 512), 2, .tooManyFields(513)),
        (String(repeating: "x", count: 65_537), 1, .fieldTooLong(bytes: 65_537)),
    ])
    func `a fault carries its record's number`(
        text: String, record: Int, kind: CSVReader.Problem.Kind
    ) {
        let problems = Self.read(text).compactMap { result -> CSVReader.Problem? in
            guard case .failure(let problem) = result else { return nil }
            return problem
        }
        #expect(problems.first?.record == record)
        #expect(problems.first?.kind == kind)
    }

    @Test func `the reader goes on after a fault`() throws {
        let results = Self.read("a\nb\"\nc\n")
        #expect(results.count == 3)
        #expect(try results[2].get().fields == ["c"])
        #expect(try results[2].get().number == 3)
    }

    @Test func `a row has the number that a spreadsheet shows, blank lines counted`() throws {
        let numbers = Self.read("a\r\n\r\nb\n\n\"c\nc\"\rd").map { try? $0.get().number }
        #expect(numbers == [1, 3, 5, 6])
    }

    @Test func `a file in pieces reads as the whole file does, wherever it is cut`() {
        let text = "\u{FEFF}a,\"b\"\"\r\n\"\r\n\r\n\"open\nx\"y\nZoë,مكس\n\"end"
        let whole = Self.read(text)
        for size in 1...12 {
            var reader = CSVReader()
            var results: [Result<CSVReader.Record, CSVReader.Problem>] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start..<min(start + size, bytes.count)])
                while let result = reader.next() { results.append(result) }
            }
            reader.finish()
            while let result = reader.next() { results.append(result) }
            #expect(results == whole)
        }
    }

    @Test func `a line without an end is one fault, and the reader holds little of it`() throws {
        var reader = CSVReader()
        reader.append(Array("a\n\"".utf8))
        #expect(try reader.next()?.get().fields == ["a"])
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
        var faults: [CSVReader.Problem.Kind] = []
        for _ in 0..<64 {
            reader.append(piece)
            while let result = reader.next() {
                if case .failure(let problem) = result { faults.append(problem.kind) }
            }
            #expect(reader.bytesHeld <= CSVReader.recordBytesMax + piece.count)
        }
        reader.append(Array("\nb\n".utf8))
        #expect(try reader.next()?.get() == CSVReader.Record(number: 3, fields: ["b"]))
        #expect(faults == [.fieldTooLong(bytes: 65_537)])
    }

    @Test func `megabytes of fields without a line's end are one fault that names the limit`()
        throws
    {
        // Fields short enough and few enough: only the record as a whole is too long.
        let field = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000) + [UInt8(ascii: ",")]
        let junk = (0..<400).flatMap { _ in field }
        var reader = CSVReader()
        var faults: [CSVReader.Problem] = []
        for start in stride(from: 0, to: junk.count, by: 4_096) {
            reader.append(junk[start..<min(start + 4_096, junk.count)])
            while let result = reader.next() {
                if case .failure(let problem) = result { faults.append(problem) }
            }
        }
        #expect(faults.map(\.kind) == [.recordTooLong])
        #expect(faults[0].sentence == "row 1 has more than 1048576 bytes")
        reader.append(Array("\nb\n".utf8))
        #expect(try reader.next()?.get().fields == ["b"])
    }

    @Test func `bytes that are no UTF-8 are a fault and not a guess`() {
        var reader = CSVReader([0x61, 0xFF, 0x0A, 0x62])
        guard case .failure(let problem)? = reader.next() else {
            Issue.record("read it")
            return
        }
        #expect(problem.kind == .notUTF8)
    }

    @Test func `no bytes whatever keep the reader for ever`() {
        var dice = SeededDice(seed: 3)
        let alphabet = Array("\",\r\na\u{FF}".utf8) + [0xFF, 0x00]
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...40, using: &dice)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &dice) ?? 0 }
            var reader = CSVReader(bytes)
            var records = 0
            while reader.next() != nil { records += 1 }
            #expect(records <= count)
        }
    }

    private static func read(_ text: String) -> [Result<CSVReader.Record, CSVReader.Problem>] {
        var reader = CSVReader(Array(text.utf8))
        var results: [Result<CSVReader.Record, CSVReader.Problem>] = []
        while let result = reader.next() { results.append(result) }
        return results
    }
}
