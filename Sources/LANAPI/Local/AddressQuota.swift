internal import NIOCore
internal import Synchronization

/// How many connections each address of the local network holds. A desk's browser opens six or so;
/// one that opens hundreds and says nothing would else take the places of all the others.
final class AddressQuota: Sendable {
    /// Connections of one address at once.
    static let connectionsMax = 64

    private let held = Mutex<[String: Int]>([:])

    /// Whether there is room for one more; each that was let in must `leave`.
    func enter(_ address: String) -> Bool {
        held.withLock { held in
            let count = held[address, default: 0]
            guard count < Self.connectionsMax else { return false }
            held[address] = count + 1
            return true
        }
    }

    func leave(_ address: String) {
        held.withLock { held in
            let count = held[address, default: 0] - 1
            held[address] = count > 0 ? count : nil
        }
    }
}

/// Closes a connection whose address holds its share already.
final class AddressQuotaGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let quota: AddressQuota
    /// The address under which this connection holds a place.
    private var place: String?

    init(_ quota: AddressQuota) { self.quota = quota }

    func handlerAdded(context: ChannelHandlerContext) {
        let address = context.channel.remoteAddress?.ipAddress ?? ""
        if quota.enter(address) { place = address }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if let place { quota.leave(place) }
        place = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        guard place != nil else { return context.close(promise: nil) }
        context.fireChannelActive()
    }
}
