/// Cuts a stream of bytes into commands, however they arrive.
struct ZPLStream {
    enum Piece: Hashable {
        /// `^` or `~` and the two characters behind it, and what follows them.
        case command(String, [UInt8])
        /// The name of a setting that is asked for (`! U1 getvar "name"`).
        case question(String)
        case refused(ZPLRefusal)
    }

    private var pending: [UInt8] = []
    private var isInLabel = false
    /// Of one command; our longest is a line that is drawn, as wide as a label is long.
    private static let commandBytesMax = 262_144
    /// Commands that need nothing behind them and so are whole at once.
    private static let immediate: Set<String> = ["^XA", "^XZ", "~HS", "~HI"]

    /// Bytes of a label that has not ended, or of a command, lie here.
    var isInside: Bool { isInLabel || !pending.isEmpty }

    mutating func read(_ bytes: [UInt8]) -> [Piece] {
        pending += bytes
        var pieces: [Piece] = []
        while let piece = next() { pieces.append(piece) }
        if pending.count > Self.commandBytesMax {
            pending = []
            isInLabel = false
            pieces.append(.refused(.tooLong))
        }
        return pieces
    }

    private mutating func next() -> Piece? {
        while let first = pending.first, first == 0x0A || first == 0x0D || first == 0x20 {
            pending.removeFirst()
        }
        guard let first = pending.first else { return nil }
        if first == UInt8(ascii: "!") { return question() }
        guard first == UInt8(ascii: "^") || first == UInt8(ascii: "~") else {
            let end = pending.firstIndex { $0 == 0x5E || $0 == 0x7E || $0 == 0x21 }
            pending.removeFirst(end ?? pending.count)
            return .refused(.strayBytes)
        }
        guard pending.count >= 3 else { return nil }
        // The one name that has more than three characters in our talk.
        if pending.starts(with: "~HQ".utf8) {
            guard pending.count >= 5 else { return nil }
            let name = String(decoding: pending.prefix(5), as: UTF8.self)
            pending.removeFirst(5)
            return .command(name, [])
        }
        let name = String(decoding: pending.prefix(3), as: UTF8.self)
        if Self.immediate.contains(name) {
            pending.removeFirst(3)
            if name == "^XA" { isInLabel = true }
            if name == "^XZ" { isInLabel = false }
            return .command(name, [])
        }
        let rest = pending.dropFirst(3)
        guard let end = rest.firstIndex(where: { $0 == 0x5E || $0 == 0x7E }) else {
            // Outside of a label nothing needs to follow that would end it.
            if isInLabel { return nil }
            pending = []
            return .refused(.unknownCommand(Self.plain(name)))
        }
        var parameters = Array(pending[3..<end])
        pending.removeFirst(end)
        if name != "^FD" {
            while let last = parameters.last, last == 0x0A || last == 0x0D {
                parameters.removeLast()
            }
        }
        return .command(name, parameters)
    }

    /// `! U1 getvar "name"` to the end of its line.
    private mutating func question() -> Piece? {
        guard let end = pending.firstIndex(of: 0x0A) else { return nil }
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "! U1 getvar ", parts[2] == "\r" || parts[2].isEmpty
        else { return .refused(.strayBytes) }
        return .question(String(parts[1]))
    }

    /// A name that may be shown: three printable characters.
    static func plain(_ name: String) -> String {
        String(name.map { $0.isASCII && !$0.isNewline && $0 >= " " ? $0 : "?" })
    }
}
