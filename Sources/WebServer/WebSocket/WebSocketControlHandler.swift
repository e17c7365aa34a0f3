internal import NIOCore
internal import NIOWebSocket

/// The protocol side of a WebSocket on which only the server has something to say: answers pings and the closing
/// handshake, sends pings, and closes connections that do not answer them. What a client says is ignored.
///
/// It runs on the event loop: ten thousand idle sockets need no task for their heartbeat.
final class WebSocketControlHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let limits: WebSocketLimits
    private var heartbeat: RepeatedTask?
    private var closeDeadline: Scheduled<Void>?
    private var lastSignOfLife: NIODeadline
    private var isClosing = false

    init(limits: WebSocketLimits, now: NIODeadline) {
        self.limits = limits
        lastSignOfLife = now
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let interval = TimeAmount(span: limits.pingInterval)
        heartbeat = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.handler.beat(bound.value.context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil else { return close(context, .protocolError) }
        lastSignOfLife = .now()
        switch frame.opcode {
        case .ping where !isClosing:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            if !isClosing { close(context, code(of: frame)) }
            context.close(promise: nil)
        default: break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        if unwrapOutboundIn(data).opcode == .connectionClose { awaitAnswer(context) }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: close(context, .goingAway)
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func beat(_ context: ChannelHandlerContext) {
        guard NIODeadline.now() - lastSignOfLife < TimeAmount(span: limits.silence) else {
            return context.close(promise: nil)
        }
        guard !isClosing else { return }
        let ping = WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())
        context.writeAndFlush(wrapOutboundOut(ping), promise: nil)
    }

    /// Begins the closing handshake.
    private func close(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        guard !isClosing else { return }
        let frame = WebSocketFrame.closing(code)
        awaitAnswer(context)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func awaitAnswer(_ context: ChannelHandlerContext) {
        isClosing = true
        let channel = context.channel
        closeDeadline = context.eventLoop.scheduleTask(in: TimeAmount(span: limits.closing)) {
            channel.close(promise: nil)
        }
    }

    /// A close frame is answered with its own code.
    private func code(of frame: WebSocketFrame) -> WebSocketErrorCode {
        var data = frame.unmaskedData
        return data.readWebSocketErrorCode() ?? .normalClosure
    }

    private func stop() {
        heartbeat?.cancel()
        closeDeadline?.cancel()
    }
}

extension WebSocketFrame {
    static func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
