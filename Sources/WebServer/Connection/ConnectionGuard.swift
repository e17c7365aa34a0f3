internal import NIOCore
internal import NIOHTTP1

/// Keeps one HTTP connection honest, next to the decoder.
///
/// - A connection on which no request's head arrives in time is closed, at the beginning as after an answer.
/// - An answer with `Connection: close`, or to a request with it, ends the connection: what still comes is ignored for
///   a while, so that the client can read the answer, then the socket is closed.
/// - A request for a WebSocket that is accepted makes the connection one, once the requests before it are answered. Any
///   other `Upgrade` goes on without that field, so that the router answers it.
/// - `Expect: 100-continue` is granted if the announced body may be sent.
/// - Bytes that are no HTTP are answered with 400, also in the midst of a body, and so are heads of which others might
///   make something else than we do. The answer is written here: the handlers behind expect a request for each answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private let bodyBytes: Int
    private let upgrade: WebSocketUpgrade
    /// By when a request's head has to be there; `nil`: there are requests that are not answered yet.
    private var headDeadline: NIODeadline?
    /// Fires at `headDeadline`, or before it and then once more: requests come faster than timers should be made.
    private var timer: Scheduled<Void>?
    private var hasServed = false
    private var requestsInProgress = 0
    /// Whether the end of the latest request has not been read yet.
    private var isReading = false
    /// Whether the answer to the oldest request has begun.
    private var isAnswering = false
    /// After how many more answers the connection ends; `nil`: it goes on.
    private var answersLeft: Int?
    private var isClosing = false
    /// The request for a WebSocket that is the connection's last, and who takes it.
    private var handshake: (head: HTTPRequestHead, handler: WebSocketHandler)?

    /// - Parameter bodyBytes: what `Expect: 100-continue` may announce.
    init(limits: ConnectionLimits, bodyBytes: Int, upgrade: WebSocketUpgrade) {
        self.limits = limits
        self.bodyBytes = bodyBytes
        self.upgrade = upgrade
    }

    func handlerAdded(context: ChannelHandlerContext) { expectHead(within: limits.firstRequest, context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        upgrade.end()
    }

    // MARK: Waiting

    private func expectHead(within span: Duration, _ context: ChannelHandlerContext) {
        headDeadline = .now() + TimeAmount(span: span)
        if timer == nil { wait(context) }
    }

    private func headHasCome() {
        headDeadline = nil
        guard !hasServed else { return }
        // The limit for the first may be the longer one.
        hasServed = true
        timer?.cancel()
        timer = nil
    }

    private func wait(_ context: ChannelHandlerContext) {
        guard let headDeadline else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: headDeadline) {
            let (guardian, context) = bound.value
            guardian.timer = nil
            guard let deadline = guardian.headDeadline else { return }
            if deadline <= .now() { context.close(promise: nil) } else { guardian.wait(context) }
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What follows a request that is the last one is not read.
        guard !isClosing, isReading || answersLeft == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body: context.fireChannelRead(data)
        case .end:
            isReading = false
            guard handshake != nil else { return context.fireChannelRead(data) }
            becomeWebSocket(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        headHasCome()
        if let status = Self.refusal(of: head) { return refuse(status, context) }
        isReading = true
        if let handler = upgrade.handler(for: head) {
            handshake = (head, handler)
            return
        }
        requestsInProgress += 1
        var head = head
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
        // While others are being answered, it would get into the midst of an answer.
        guard requestsInProgress == 1, head.version == .http1_1,
            head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return }
        let announced = head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        guard announced <= bodyBytes else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
            promise: nil
        )
    }

    /// Why a head is not passed on although it could be parsed: a proxy in front could take it for another request.
    private static func refusal(of head: HTTPRequestHead) -> HTTPResponseStatus? {
        // RFC 9112, 3.2. Who names no host at all is told so by the router.
        if head.headers["host"].count > 1 { return .badRequest }
        // RFC 9112, 6.1.
        let codings = head.headers["transfer-encoding"]
        if codings.isEmpty { return nil }
        guard head.version == .http1_1 else { return .badRequest }
        return codings.count == 1 && codings[0].lowercased() == "chunked" ? nil : .notImplemented
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            isAnswering = true
            if head.headers["connection"].contains(where: { $0.lowercased() == "close" }) { answersLeft = 1 }
            if answersLeft == 1 { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            isAnswering = false
            requestsInProgress -= 1
            answersLeft = answersLeft.map { $0 - 1 }
            guard answersLeft == 0, !isClosing else {
                context.write(data, promise: promise)
                if requestsInProgress == 0 { expectHead(within: limits.idle, context) }
                return awaitWebSocket(context)
            }
            context.writeAndFlush(data, promise: promise)
            linger(context)
        }
    }

    // MARK: WebSockets

    /// A client knows that it has its answer a moment before we know that we have sent it.
    private func awaitWebSocket(_ context: ChannelHandlerContext) {
        guard handshake != nil, requestsInProgress == 0 else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // The handlers that this takes away are in the midst of writing.
        context.eventLoop.execute { bound.value.0.becomeWebSocket(bound.value.1) }
    }

    private func becomeWebSocket(_ context: ChannelHandlerContext) {
        guard let handshake, !isReading, !isClosing, requestsInProgress == 0, context.channel.isActive else { return }
        self.handshake = nil
        upgrade.perform(handshake.head, for: handshake.handler, context)
    }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes after the last request, or behind what is no HTTP, is nobody's.
        guard !isClosing else { return }
        guard error is HTTPParserError || error is ByteToMessageDecoderError else {
            return context.fireErrorCaught(error)
        }
        guard isReading, handshake == nil else { return refuse(.badRequest, context) }
        // The rest of a body. Whoever reads it is told by the end of the connection.
        guard requestsInProgress == 1, !isAnswering else { return context.close(promise: nil) }
        answer(.badRequest, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isClosing, let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Ends the connection, as soon as the requests that were whole are answered, without passing on what came.
    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        guard requestsInProgress == 0 else {
            answersLeft = answersLeft ?? requestsInProgress
            return
        }
        answer(status, context)
    }

    /// Answers in place of the handlers behind.
    private func answer(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["connection": "close", "content-length": "0"]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        linger(context)
    }

    private func linger(_ context: ChannelHandlerContext) {
        isClosing = true
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: TimeAmount(span: limits.lingering)) { channel.close(promise: nil) }
    }
}
