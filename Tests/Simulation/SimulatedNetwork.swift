import SyncProtocol
import Synchronization

/// One direction of a simulated link: what was sent and not yet handed over.
private struct Wire {
    var inFlight: [[UInt8]] = []
    let sink: AsyncStream<[UInt8]>.Continuation
}

/// A connection between two boxes. The world decides when a message arrives, whether a frame comes
/// twice or overtakes another, and when the link breaks with everything in flight.
final class SimulatedConnection: Sendable {
    private struct State {
        var wires: [Wire]
        var isOpen = true
    }

    let boxes: (Int, Int)
    private let state: Mutex<State>
    let ends: [SimulatedLink]

    init(_ left: Int, _ right: Int) {
        boxes = (left, right)
        let streams = (0..<2).map { _ in
            AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .unbounded)
        }
        // Wire 0 carries from left to right: its sink feeds the right end.
        state = Mutex(State(wires: [Wire(sink: streams[1].1), Wire(sink: streams[0].1)]))
        let hub = ConnectionHub()
        ends = (0..<2).map { SimulatedLink(hub: hub, side: $0, messages: streams[$0].0) }
        hub.connection.withLock { $0 = self }
    }

    fileprivate func send(_ message: [UInt8], from side: Int) throws {
        let isOpen = state.withLock { state in
            if state.isOpen { state.wires[side].inFlight.append(message) }
            return state.isOpen
        }
        if !isOpen { throw LinkBroken() }
    }

    /// Breaks the link; what is in flight is lost.
    func cut() {
        state.withLock { state in
            state.isOpen = false
            for index in state.wires.indices {
                state.wires[index].inFlight = []
                state.wires[index].sink.finish()
            }
        }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    var inFlight: Int { state.withLock { $0.wires.reduce(0) { $0 + $1.inFlight.count } } }

    /// Hands over the next message of one direction.
    ///
    /// - Returns: what was handed over, and whether it went twice.
    func deliver(
        _ side: Int, _ dice: inout Dice
    ) -> (message: [UInt8], isDouble: Bool, isFlipped: Bool)? {
        let isSwapped = dice.chance(100)
        let isDouble = dice.chance(80)
        let flip = dice.chance(15) ? dice.next() : nil
        return state.withLock { state in
            guard state.isOpen, !state.wires[side].inFlight.isEmpty else { return nil }
            // Only frames may overtake or double: control messages are counted and sealed in order.
            if isSwapped, state.wires[side].inFlight.count > 1,
                state.wires[side].inFlight[0].first == 2,
                state.wires[side].inFlight[1].first == 2
            {
                state.wires[side].inFlight.swapAt(0, 1)
            }
            let message = state.wires[side].inFlight.removeFirst()
            let isFrame = message.first == 2
            var arriving = message
            if isFrame, let flip {
                let place = 1 + Int(flip % UInt64(message.count - 1))
                arriving[place] ^= 1 << UInt8(flip >> 61)
            }
            state.wires[side].sink.yield(arriving)
            if isFrame, isDouble { state.wires[side].sink.yield(arriving) }
            return (message, isFrame && isDouble, isFrame && flip != nil)
        }
    }
}

struct LinkBroken: Error {}

/// Lets both ends find their connection.
private final class ConnectionHub: Sendable {
    let connection: Mutex<SimulatedConnection?> = Mutex(nil)
}

/// One end of a simulated connection.
struct SimulatedLink: FrameLink {
    fileprivate let hub: ConnectionHub
    fileprivate let side: Int
    let messages: AsyncStream<[UInt8]>

    func send(_ message: [UInt8]) async throws {
        try hub.connection.withLock { $0 }?.send(message, from: side)
    }

    func close() async { hub.connection.withLock { $0 }?.cut() }
}
