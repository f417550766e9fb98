internal import Foundation
internal import Glibc
internal import Sealing

/// Questions to whoever sits there.
enum Terminal {
    /// One line, without its end; `nil` at the end of input or when cancelled.
    static func ask(_ question: String) async -> String? {
        FileHandle.standardError.write(Data(question.utf8))
        let (lines, continuation) = AsyncStream<String>.makeStream()
        FileHandle.standardInput.readabilityHandler = { handle in
            let data = handle.availableData
            if !data.isEmpty {
                let text = String(decoding: data, as: UTF8.self)
                let line = text.split(separator: "\n", omittingEmptySubsequences: false)[0]
                continuation.yield(line.trimmingCharacters(in: .whitespaces))
            }
            handle.readabilityHandler = nil
            continuation.finish()
        }
        defer { FileHandle.standardInput.readabilityHandler = nil }
        for await line in lines { return line }
        return nil
    }

    /// Six digits that the other box shows; asked again while it is no code at all, `nil` for an
    /// empty line.
    static func askCode() async -> PairingCode? {
        var question = "The other box shows (six digits; empty to decline): "
        while let line = await ask(question), !line.isEmpty {
            if let code = PairingCode(line) { return code }
            question = "six digits, as in 042 917; empty to decline: "
        }
        return nil
    }

    /// One line that is not shown while it is typed.
    static func askSecret(_ question: String) async -> String? {
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return await ask(question) }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            say("")
        }
        return await ask(question)
    }
}
