import SyncProtocol
import Synchronization

/// One direction of a simulated link: what was sent and not handed over, what was handed over and
/// not received, and who waits at either end.
private struct Wire {
    var inFlight: [[UInt8]] = []
    var arrived: [[UInt8]] = []
    var receiver: CheckedContinuation<[UInt8]?, Never>?
    var sender: CheckedContinuation<Void, Never>?

    /// Frames go as they are stored; everything else is sealed in order or ends the link.
    static func isFrame(_ message: [UInt8]) -> Bool { message.first == MessageKind.frame.rawValue }
}

/// A connection between two boxes. The world decides when a message arrives, whether a frame comes
/// twice or overtakes another, and when the link breaks with everything in flight.
final class SimulatedConnection: Sendable {
    private struct State {
        /// Wire 0 carries from left to right.
        var wires = [Wire(), Wire()]
        var isOpen = true
    }

    /// Messages that a wire takes before it holds its sender back.
    private static let capacity = 8

    let boxes: (Int, Int)
    private let state = Mutex(State())

    init(_ left: Int, _ right: Int) { boxes = (left, right) }

    var ends: [SimulatedLink] {
        [SimulatedLink(connection: self, side: 0), SimulatedLink(connection: self, side: 1)]
    }

    fileprivate func send(_ message: [UInt8], from side: Int) async throws {
        let isFull = try state.withLock { state throws(LinkEnded) in
            guard state.isOpen else { throw LinkEnded() }
            state.wires[side].inFlight.append(message)
            return state.wires[side].inFlight.count >= Self.capacity
        }
        guard isFull else { return }
        await withCheckedContinuation { sender in
            let mustWait = state.withLock { state in
                guard state.isOpen, state.wires[side].inFlight.count >= Self.capacity else {
                    return false
                }
                state.wires[side].sender = sender
                return true
            }
            if !mustWait { sender.resume() }
        }
    }

    fileprivate func receive(at side: Int) async -> [UInt8]? {
        let ready = state.withLock { state -> [UInt8]?? in
            if !state.wires[1 - side].arrived.isEmpty {
                return .some(state.wires[1 - side].arrived.removeFirst())
            }
            return state.isOpen ? nil : .some(nil)
        }
        if let ready { return ready }
        return await withCheckedContinuation { receiver in
            let answer = state.withLock { state -> [UInt8]?? in
                if !state.wires[1 - side].arrived.isEmpty {
                    return .some(state.wires[1 - side].arrived.removeFirst())
                }
                guard state.isOpen else { return .some(nil) }
                state.wires[1 - side].receiver = receiver
                return nil
            }
            if let answer { receiver.resume(returning: answer) }
        }
    }

    /// Breaks the link; what is in flight is lost.
    func cut() {
        let wires = state.withLock { state in
            defer {
                state.isOpen = false
                state.wires = [Wire(), Wire()]
            }
            return state.wires
        }
        for wire in wires {
            wire.sender?.resume()
            wire.receiver?.resume(returning: nil)
        }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    var inFlight: Int { state.withLock { $0.wires.reduce(0) { $0 + $1.inFlight.count } } }

    /// Hands over the next message of one direction.
    ///
    /// - Parameter isDoubleOwed: a frame goes twice whatever the dice say.
    /// - Returns: what was handed over, and whether it went twice.
    func deliver(
        _ side: Int, _ dice: inout Dice, isDoubleOwed: Bool
    ) -> (message: [UInt8], isDouble: Bool, isFlipped: Bool)? {
        let isSwapped = dice.chance(100)
        let isDouble = dice.chance(250) || isDoubleOwed
        let flip = dice.chance(15) ? dice.next() : nil
        guard let message = takeInFlight(side, isSwapped) else { return nil }
        let isFrame = Wire.isFrame(message)
        var arriving = message
        if isFrame, let flip {
            let place = 1 + Int(flip % UInt64(message.count - 1))
            arriving[place] ^= 1 << UInt8(flip >> 61)
        }
        arrive(arriving, side)
        if isFrame, isDouble { arrive(arriving, side) }
        return (message, isFrame && isDouble, isFrame && flip != nil)
    }

    private func takeInFlight(_ side: Int, _ isSwapped: Bool) -> [UInt8]? {
        let (message, sender) = state.withLock { state in
            guard state.isOpen, !state.wires[side].inFlight.isEmpty else {
                return ([UInt8]?.none, CheckedContinuation<Void, Never>?.none)
            }
            // Only frames may overtake or double: the others are sealed in order.
            if isSwapped, state.wires[side].inFlight.count > 1,
                state.wires[side].inFlight.prefix(2).allSatisfy(Wire.isFrame)
            {
                state.wires[side].inFlight.swapAt(0, 1)
            }
            defer { state.wires[side].sender = nil }
            return (state.wires[side].inFlight.removeFirst(), state.wires[side].sender)
        }
        sender?.resume()
        return message
    }

    private func arrive(_ message: [UInt8], _ side: Int) {
        let receiver = state.withLock { state in
            defer { state.wires[side].receiver = nil }
            if state.wires[side].receiver == nil { state.wires[side].arrived.append(message) }
            return state.wires[side].receiver
        }
        receiver?.resume(returning: message)
    }
}

/// One end of a simulated connection.
struct SimulatedLink: FrameLink {
    fileprivate let connection: SimulatedConnection
    fileprivate let side: Int

    func send(_ message: [UInt8]) async throws { try await connection.send(message, from: side) }
    func receive() async -> [UInt8]? { await connection.receive(at: side) }
    func close() async { connection.cut() }
}
