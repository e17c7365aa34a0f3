internal import NIOCore
internal import NIOHTTP1

/// Keeps one HTTP connection honest, next to the decoder.
///
/// - An answer with `Connection: close`, or to a request with it, ends the connection: what still comes is ignored for
///   a while, so that the client can read the answer, then the socket is closed.
/// - `Expect: 100-continue` is granted if the announced body may be sent.
/// - Bytes that are no HTTP are answered with 400. The answer is written here: the handlers behind expect a request for
///   each answer.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let lingering: TimeAmount
    private let bodyBytes: Int
    private var requestsInProgress = 0
    /// Whether the end of the latest request has not been read yet.
    private var isReading = false
    /// After how many more answers the connection ends; `nil`: it goes on.
    private var answersLeft: Int?
    private var isClosing = false

    init(lingering: Duration, bodyBytes: Int) {
        self.lingering = TimeAmount(span: lingering)
        self.bodyBytes = bodyBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What follows a request that is the last one is not read.
        guard !isClosing, isReading || answersLeft == nil else { return }
        let part = unwrapInboundIn(data)
        if case .end = part { isReading = false }
        guard case .head(var head) = part else { return context.fireChannelRead(data) }
        requestsInProgress += 1
        isReading = true
        if head.headers.contains(name: "upgrade") {
            // The parser takes what follows for another protocol: the connection cannot be used again.
            head.headers.remove(name: "upgrade")
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        // What is compressed in pieces has no length, which only later versions can do without.
        if head.version == .http1_0 { head.headers.remove(name: "accept-encoding") }
        if !head.isKeepAlive { answersLeft = requestsInProgress }
        grantContinuation(to: head, context)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func grantContinuation(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.version == .http1_1, head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return }
        let announced = head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        guard announced <= bodyBytes else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
            promise: nil
        )
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.headers["connection"].contains(where: { $0.lowercased() == "close" }) { answersLeft = 1 }
            if answersLeft == 1 { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            requestsInProgress -= 1
            answersLeft = answersLeft.map { $0 - 1 }
            guard answersLeft == 0, !isClosing else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            linger(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isClosing else { return context.fireErrorCaught(error) }
        guard !isReading else { return context.close(promise: nil) }
        guard requestsInProgress == 0 else {
            // Those that were whole are answered.
            answersLeft = answersLeft ?? requestsInProgress
            return
        }
        let headers: HTTPHeaders = ["connection": "close", "content-length": "0"]
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        linger(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isClosing, let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func linger(_ context: ChannelHandlerContext) {
        isClosing = true
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: lingering) { channel.close(promise: nil) }
    }
}
