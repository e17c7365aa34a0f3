internal import NIOCore
internal import NIOHTTP1

/// Decides on a connection's first request whether it becomes a WebSocket, before NIO's upgrade handler sees it.
///
/// That handler loses a request whose upgrade is refused. A refused request therefore goes on without its `Upgrade`
/// field, so that the router answers it. This handler also closes a connection on which no request arrives in time, or
/// that waits for its first request when the server shuts down, and answers bytes that are no HTTP with 400.
final class UpgradeDecider: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let accepts: (HTTPRequestHead) -> WebSocketHandler?
    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?
    /// Who takes the WebSocket, once it is decided that it becomes one.
    private(set) var accepted: WebSocketHandler?

    init(firstRequestWithin limit: Duration, accepts: @escaping (HTTPRequestHead) -> WebSocketHandler?) {
        self.limit = TimeAmount(span: limit)
        self.accepts = accepts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        let headers: HTTPHeaders = ["connection": "close", "content-length": "0"]
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        deadline?.cancel()
        if head.headers.contains(name: "upgrade") {
            accepted = Self.isWebSocketHandshake(head) ? accepts(head) : nil
            if accepted == nil {
                head.headers.remove(name: "upgrade")
                // The parser takes what follows for another protocol: the connection cannot be used again.
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// RFC 6455, 4.2.1.
    private static func isWebSocketHandshake(_ head: HTTPRequestHead) -> Bool {
        let headers = head.headers
        return head.method == .GET && head.version == .http1_1
            && headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            && headers["sec-websocket-key"].count == 1 && headers["sec-websocket-version"] == ["13"]
    }
}
