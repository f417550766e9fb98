/// A printer that knows as much ZPL as the tests send and counts the labels that leave it.
struct PaperPrinter {
    var isPaperOut = false
    var isPaused = false
    /// Answers nothing at all.
    var isMute = false
    /// Answers `~HQES` where `~HS` is not answered.
    var answersErrors = true
    var counts = true
    /// Labels that ever left it.
    private(set) var labels = 100
    private var incoming: [UInt8] = []
    /// Copies still to be printed.
    private(set) var waiting = 0

    private static let begin = Array("^XA".utf8)
    private static let end = Array("^XZ".utf8)
    private static let count = Array("! U1 getvar \"odometer.total_label_count\"\r\n".utf8)
    private static let words = [Array("~HS".utf8), Array("~HQES".utf8), count, begin]

    var hasHalfALabel: Bool { incoming.starts(with: Self.begin) }

    /// Takes bytes and answers.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        incoming += bytes
        var answers = answerAtOnce()
        while let word = Self.words.first(where: incoming.starts) {
            if word == Self.begin {
                guard let stop = endOfLabel() else { break }
                waiting += Self.quantity(incoming[..<stop])
                incoming.removeFirst(stop)
            } else {
                incoming.removeFirst(word.count)
                answers += answer(to: word)
            }
        }
        // Line ends between labels, and what no word begins with.
        while let first = incoming.first, !"^~!".utf8.contains(first) { incoming.removeFirst() }
        return answers
    }

    /// What begins with a tilde is obeyed wherever it stands, even within a label.
    private mutating func answerAtOnce() -> [UInt8] {
        var answers: [UInt8] = []
        for word in Self.words.prefix(2) where incoming.count >= word.count {
            let last = incoming.count - word.count
            guard let place = (0...last).first(where: { incoming[$0...].starts(with: word) })
            else { continue }
            incoming.removeSubrange(place..<(place + word.count))
            answers += answer(to: word)
        }
        return answers
    }

    /// The bytes that a well printer is asked with before a job.
    static var questionBytes: Int { words[0].count + count.count }

    /// One label leaves, if it can.
    mutating func work() {
        guard waiting > 0, !isPaperOut, !isPaused else { return }
        waiting -= 1
        labels += 1
    }

    private func endOfLabel() -> Int? {
        incoming.indices.first { incoming[$0...].starts(with: Self.end) }.map { $0 + 3 }
    }

    private static func quantity(_ label: ArraySlice<UInt8>) -> Int {
        let text = String(decoding: label, as: UTF8.self)
        return text.split(separator: "^PQ").last?.prefix { $0.isNumber }.wholeNumber ?? 1
    }

    private func answer(to word: [UInt8]) -> [UInt8] {
        if isMute { return [] }
        switch word {
        case Self.words[0]:
            if isPaperOut { return [] }
            return ZPLStatusTests.answer([
                (0, 2, isPaused ? "1" : "0"), (0, 4, waiting > 0 ? "001" : "000"),
                (0, 7, hasHalfALabel ? "1" : "0"), (1, 8, String(waiting)),
            ])
        case Self.words[1]:
            guard answersErrors else { return [] }
            let bits = isPaperOut ? "1 00000000 00000001" : "0 00000000 00000000"
            return Array("\u{2}ERRORS: \(bits)\u{3}\r\n".utf8)
        default: return Array(counts ? "\"\(labels)\"".utf8 : "\"?\"".utf8)
        }
    }
}

extension Substring {
    fileprivate var wholeNumber: Int? { Int(self) }
}
