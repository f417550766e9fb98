internal import Foundation
internal import Glibc
internal import Sealing
internal import Synchronization

/// Questions to whoever sits there.
enum Terminal {
    /// What came on standard input and was not asked for yet.
    private static let waiting = Mutex(LineBuffer())

    /// One line, without its end; `nil` at the end of input or when cancelled.
    static func ask(_ question: String) async -> String? {
        FileHandle.standardError.write(Data(question.utf8))
        if let line = waiting.withLock({ $0.next() }) { return line }
        if waiting.withLock({ $0.isOver }) { return nil }
        let (lines, continuation) = AsyncStream<String>.makeStream()
        FileHandle.standardInput.readabilityHandler = { handle in
            let data = handle.availableData
            let (line, isOver) = waiting.withLock { buffer in
                if data.isEmpty { buffer.finish() } else { buffer.append(data) }
                return (buffer.next(), buffer.isOver)
            }
            guard line != nil || isOver else { return }
            if let line { continuation.yield(line) }
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
        // Whoever is ended at this prompt leaves the terminal as it was found.
        let before = shown
        let guards = Signals.meaningEnd.map { signal in
            EndGuard(signal) {
                var before = before
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
                say("")
            }
        }
        defer { for one in guards { one.release() } }
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

/// The signals by which people and systems end a program.
private enum Signals {
    static let meaningEnd = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
}

/// Does something before a signal ends the process. A handler of the kernel's could do next to
/// nothing, so the signal is ignored there and comes through a queue; then it is raised once more.
private struct EndGuard {
    private let signal: Int32
    private let source: any DispatchSourceSignal

    init(_ signal: Int32, _ body: @escaping @Sendable () -> Void) {
        self.signal = signal
        Glibc.signal(signal, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
        source.setEventHandler {
            body()
            Glibc.signal(signal, SIG_DFL)
            kill(getpid(), signal)
        }
        source.resume()
    }

    func release() {
        source.cancel()
        Glibc.signal(signal, SIG_DFL)
    }
}
