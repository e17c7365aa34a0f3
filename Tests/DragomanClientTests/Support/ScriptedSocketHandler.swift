import NIOCore
import NIOWebSocket

/// Does the script's steps on a WebSocket, and answers the client's pings unless it is deaf.
final class ScriptedSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let server: ScriptedServer
    private let steps: [SocketStep]
    private var isDeaf = false
    private var isLeaving = false

    init(server: ScriptedServer, steps: [SocketStep]) {
        self.server = server
        self.steps = steps
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The handshake's answer goes first.
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            for step in bound.value.handler.steps { bound.value.handler.perform(step, bound.value.context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.note(.disconnected)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        // Clients must mask (RFC 6455, 5.3).
        guard !isDeaf, frame.maskKey != nil else { return }
        server.note(.frame(frame.opcode, String(buffer: frame.unmaskedData)))
        if frame.opcode == .pong, isLeaving { return context.close(promise: nil) }
        if frame.opcode == .ping { send(.pong, frame.unmaskedData, context) }
    }

    private func perform(_ step: SocketStep, _ context: ChannelHandlerContext) {
        switch step {
        case .text(let text): send(.text, ByteBuffer(string: text), context)
        case .fragments(let first, let second):
            send(.text, ByteBuffer(string: first), isFinal: false, context)
            send(.continuation, ByteBuffer(string: second), context)
        case .ping(let text): send(.ping, ByteBuffer(string: text), context)
        case .close(let code): send(.connectionClose, ByteBuffer(integer: code), context)
        case .drop: context.close(promise: nil)
        case .dropOnceRead:
            isLeaving = true
            send(.ping, ByteBuffer(), context)
        case .garbage:
            // A frame with reserved bits, and of a reserved kind.
            context.channel.pipeline.context(handlerType: WebSocketFrameEncoder.self).whenSuccess { encoder in
                encoder.writeAndFlush(NIOAny(ByteBuffer(repeating: 0xff, count: 64)), promise: nil)
            }
        case .deaf: isDeaf = true
        }
    }

    private func send(
        _ opcode: WebSocketOpcode,
        _ data: ByteBuffer,
        isFinal: Bool = true,
        _ context: ChannelHandlerContext
    ) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: isFinal, opcode: opcode, data: data)), promise: nil)
    }
}
