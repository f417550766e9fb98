internal import CUSBEmulator

/// A label printer that knows as much ZPL as the tests send, prints at once and counts its labels.
package final class EmulatedZebra: EmulatedModel {
    package struct State: Sendable {
        package init() {}

        /// All that ever came over the cable.
        package var received: [UInt8] = []
        /// Labels that ever left it.
        package var labels = 100
        /// Labels that wait for paper.
        package var waiting = 0
        package var isPaperOut = false
        /// Answers nothing that is asked in the stream.
        package var isMute = false
        /// Becomes mute with the next label that is whole.
        package var mutesAfterLabel = false
        /// Bytes that it takes before it takes no more; nil for all.
        package var room: Int?
        /// How often it had no room for anything.
        package var refusals = 0
        /// Refuses the next packet.
        package var stalls = false
        /// What is not understood yet.
        package var pending: [UInt8] = []
    }

    package let state = Watch(State())
    private let device = Watch<EmulatedDevice?>(nil)
    private let input: UInt8

    private static let questions = [
        Array("~HS".utf8), Array("~HQES".utf8),
        Array("! U1 getvar \"odometer.total_label_count\"\r\n".utf8),
    ]
    private let id: String

    /// - Parameter model: as its IEEE-1284 id says it.
    package init(input: UInt8 = 0x82, model: String = "ZTC ZD410-203dpi ZPL") {
        self.input = input
        id = "MANUFACTURER:Zebra Technologies;COMMAND SET:ZPL;MODEL:\(model);CLASS:PRINTER;"
    }

    package func arrive(as device: EmulatedDevice) { self.device.update { $0 = device } }

    /// Changes the printer from outside and lets it go on.
    package func change(_ change: (inout State) -> Void) {
        state.update { state in
            change(&state)
            Self.feed(&state)
        }
        device.value?.kick()
    }

    /// The cable was pulled and the power stayed: what it had taken is still there.
    package var labels: Int { state.value.labels }

    package func request(_ setup: [UInt8]) -> [UInt8]? {
        switch (setup[0], setup[1]) {
        case (0xA1, 0):
            let length = id.utf8.count + 2
            return [UInt8(length >> 8), UInt8(length & 255)] + id.utf8
        case (0xA1, 1): return [state.value.isPaperOut ? 0x30 : 0x18]
        default: return nil
        }
    }

    package func take(_ packet: [UInt8]) -> Int32 {
        let (taken, answers) = state.update { state -> (Int32, [[UInt8]]) in
            if state.stalls {
                state.stalls = false
                return (EMULATED_STALL.code, [])
            }
            let count = min(packet.count, state.room ?? packet.count)
            guard count > 0 else {
                state.refusals += 1
                return (EMULATED_NAK.code, [])
            }
            state.room = state.room.map { $0 - count }
            state.received += packet.prefix(count)
            state.pending += packet.prefix(count)
            let answers = Self.work(&state)
            Self.feed(&state)
            return (Int32(count), answers)
        }
        for answer in answers { device.value?.give(answer, on: input) }
        return taken
    }

    private static func feed(_ state: inout State) {
        guard !state.isPaperOut else { return }
        state.labels += state.waiting
        state.waiting = 0
    }

    private static func work(_ state: inout State) -> [[UInt8]] {
        var answers: [[UInt8]] = []
        while let first = state.pending.first {
            if let question = questions.first(where: { state.pending.starts(with: $0) }) {
                state.pending.removeFirst(question.count)
                feed(&state)
                if let answer = answer(question, state) { answers.append(answer) }
            } else if state.pending.starts(with: "^XA".utf8) {
                guard let end = end(of: "^XZ", in: state.pending) else { break }
                state.waiting += 1
                if state.mutesAfterLabel { state.isMute = true }
                state.pending.removeFirst(end)
            } else if questions.contains(where: { $0.starts(with: state.pending) })
                || "^XA".utf8.starts(with: state.pending)
            {
                break
            } else {
                _ = first
                state.pending.removeFirst()
            }
        }
        return answers
    }

    private static func end(of word: String, in bytes: [UInt8]) -> Int? {
        let word = Array(word.utf8)
        guard bytes.count >= word.count else { return nil }
        return (0...bytes.count - word.count).first { bytes[$0...].starts(with: word) }
            .map { $0 + word.count }
    }

    /// Zebra's page says that the status is not answered while the paper is out.
    private static func answer(_ question: [UInt8], _ state: State) -> [UInt8]? {
        if state.isMute { return nil }
        let half = state.pending.starts(with: "^XA".utf8) ? 1 : 0
        switch question {
        case questions[0]:
            if state.isPaperOut { return nil }
            let lines = [
                "030,0,0,1245,000,0,0,\(half),000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000",
                "1234,0",
            ]
            return lines.flatMap { [0x02] + $0.utf8 + [0x03, 0x0D, 0x0A] }
        case questions[1]:
            let bits = state.isPaperOut ? "1 00000000 00000001" : "0 00000000 00000000"
            return [0x02] + "ERRORS: \(bits)".utf8 + [0x03, 0x0D, 0x0A]
        default: return Array("\"\(state.labels)\"".utf8)
        }
    }
}
