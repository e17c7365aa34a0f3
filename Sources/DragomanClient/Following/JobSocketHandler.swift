internal import NIOCore
internal import NIOWebSocket

/// The client's side of a WebSocket on which only the server has something to say: hands on texts, answers pings and
/// the closing handshake, sends pings, and closes a connection that does not answer them.
final class JobSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let texts: JobSocket.Texts.Continuation
    private let heartbeat: TimeAmount
    private var lastSignOfLife: NIODeadline
    private var pings: RepeatedTask?

    init(texts: JobSocket.Texts.Continuation, heartbeat: TimeAmount, now: NIODeadline) {
        self.texts = texts
        self.heartbeat = heartbeat
        lastSignOfLife = now
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        pings = context.eventLoop.scheduleRepeatedTask(initialDelay: heartbeat, delay: heartbeat) { _ in
            bound.value.handler.beat(bound.value.context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(code: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        end(code: nil)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        lastSignOfLife = .now()
        switch frame.opcode {
        case .text: texts.yield(frame.unmaskedData)
        case .ping: send(.pong, frame.unmaskedData, context)
        case .connectionClose:
            var payload = frame.unmaskedData
            let code = payload.readInteger(as: UInt16.self)
            send(.connectionClose, frame.unmaskedData, context)
            end(code: code)
            context.close(promise: nil)
        default: break
        }
    }

    /// What does not follow the protocol, or breaks TLS.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        texts.finish(throwing: error)
        context.close(promise: nil)
    }

    private func beat(_ context: ChannelHandlerContext) {
        guard NIODeadline.now() - lastSignOfLife < heartbeat * 2 else { return context.close(promise: nil) }
        send(.ping, ByteBuffer(), context)
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func end(code: UInt16?) {
        pings?.cancel()
        texts.finish(throwing: JobSocket.End(code: code))
    }
}
