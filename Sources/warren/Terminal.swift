internal import Foundation
internal import Glibc

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
