internal import EdgeNode
internal import NIOCore

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
