internal import NIOCore
internal import NIOWebSocket

/// Between WebSocket frames and whole messages: one binary frame a message, pings answered, silence
/// ended, a close frame before the socket goes.
final class MessageHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private let isInitiator: Bool
    private let options: PeerTransportOptions
    private var heard = NIODeadline.now()
    /// Whether the reader above wants bytes. While it does not, silence is our own doing.
    private var isListening = true
    private var isClosing = false
    /// Pings and pongs heard since the last look.
    private var beats = 0
    /// What the goodbye says.
    private var closeCode = WebSocketErrorCode.normalClosure
    private var timer: RepeatedTask?

    init(isInitiator: Bool, options: PeerTransportOptions) {
        self.isInitiator = isInitiator
        self.options = options
    }

    func handlerAdded(context: ChannelHandlerContext) {
        heard = .now()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(
            initialDelay: options.pingInterval, delay: options.pingInterval
        ) { _ in
            let (handler, context) = bound.value
            handler.watch(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if !isListening { heard = .now() }
        isListening = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isListening = false
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        heard = .now()
        // RFC 6455, 5.1: what an initiator sends is masked and nothing else is. A proxy between
        // that does not know WebSocket takes unmasked bytes for what they look like.
        guard (frame.maskKey == nil) == isInitiator else {
            let what = isInitiator ? "it masks what it sends" : "it sends frames without a mask"
            return refuse(what, context)
        }
        switch frame.opcode {
        case .binary where frame.fin:
            context.fireChannelRead(Self.wrapInboundOut(frame.unmaskedData))
        case .ping, .pong: hearBeat(frame, context)
        case .connectionClose: close(context: context, mode: .all, promise: nil)
        case .binary, .continuation: refuse("it sends messages in fragments", context)
        case .text: refuse("it sends text where bytes are due", context)
        default: refuse("it sends frames of an unknown kind", context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let frame = WebSocketFrame(
            fin: true, opcode: .binary, maskKey: maskKey, data: Self.unwrapOutboundIn(data))
        context.write(Self.wrapOutboundOut(frame), promise: promise)
    }

    /// Says goodbye first; a receiver that takes nothing more is left after `closeTimeout`.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, !isClosing, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        isClosing = true
        stopTimer()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let deadline = context.eventLoop.scheduleTask(in: options.closeTimeout) {
            bound.value.close(promise: nil)
        }
        var code = ByteBuffer()
        code.write(webSocketErrorCode: closeCode)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in
            deadline.cancel()
            bound.value.close(promise: promise)
        }
        write(.connectionClose, code, context, written)
    }

    private var maskKey: WebSocketMaskingKey? { isInitiator ? .random() : nil }

    private func write(
        _ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?
    ) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: maskKey, data: data)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: promise)
    }

    /// Whoever does not read its answers, or only knocks, gets no more of them.
    private func hearBeat(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        beats += 1
        guard beats <= options.beatsMax else {
            if !isClosing { refuse("it pings without end", context) }
            return
        }
        if frame.opcode == .ping { write(.pong, frame.unmaskedData, context, nil) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        beats = 0
        guard isListening else { return }
        if NIODeadline.now() - heard >= options.silenceMax {
            context.fireErrorCaught(
                TransportError(
                    .silent, "nothing was heard from the peer for too long; the link is closed"))
            isClosing = true
            context.close(promise: nil)
        } else {
            write(.ping, ByteBuffer(), context, nil)
        }
    }

    /// Told upwards before the socket closes, so that the reason is not lost behind the end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        guard let broken = error as? NIOWebSocketError else { return }
        closeCode = broken == .invalidFrameLength ? .messageTooLarge : .protocolError
        close(context: context, mode: .all, promise: nil)
    }

    private func refuse(_ what: String, _ context: ChannelHandlerContext) {
        closeCode = .protocolError
        context.fireErrorCaught(
            TransportError(.misbehaved, "the peer broke the protocol: \(what); the link is closed"))
        close(context: context, mode: .all, promise: nil)
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}
