internal import NIOCore
internal import NIOHTTP1

/// An answer, read to its end.
struct Answer: Sendable {
    var status: Int
    var body: ByteBuffer
}

/// One kept-alive connection; one request at a time. Lives on its event loop.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The connection ended before the answer did.
    struct Lost: Error {}

    /// The connection had ended before the request was sent.
    struct Stale: Error {}

    private var promise: EventLoopPromise<Answer>?
    private var answer = Answer(status: 0, body: ByteBuffer())
    private(set) var isOpen = true

    /// Sends a request. The answer fails with `Lost` if the connection ends before it, and with `Stale` if it has
    /// ended already.
    func send(_ head: HTTPRequestHead, _ body: ByteBuffer?, on channel: any Channel) -> EventLoopFuture<Answer> {
        let promise = channel.eventLoop.makePromise(of: Answer.self)
        guard isOpen else {
            promise.fail(Stale())
            return promise.futureResult
        }
        self.promise = promise
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = Answer(status: Int(head.status.code), body: ByteBuffer())
            if !head.isKeepAlive { isOpen = false }
        case .body(var bytes): answer.body.writeBuffer(&bytes)
        case .end:
            let (promise, answer) = (promise, answer)
            self.promise = nil
            if !isOpen { context.close(promise: nil) }
            promise?.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOpen = false
        promise?.fail(Lost())
        promise = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
