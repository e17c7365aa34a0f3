internal import NIOCore
internal import NIOHTTP1

/// Notices when a client leaves while its request is being answered.
///
/// A client that closes its connection, and one that has only said that it will send nothing more (`shutdown`) and waits
/// for its answer, look the same: no more bytes come. Only what is sent to them tells them apart, as the system of one that
/// has gone refuses it. So an HTTP/1.1 client is sent what changes nothing for one that waits, a `100 Continue`, which
/// every client has to pass over: after a moment, so that quick answers go without, and a few times, as it may leave
/// later. Next to the decoder, so that what it sends goes straight to the client.
final class DepartureWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// After the client's last word, and after each other. Some clients give up after five such answers.
    private static let pauses: [TimeAmount] = [.milliseconds(250), .seconds(1), .seconds(4), .seconds(15)]

    private let presence: ClientPresence
    /// For each request that has not been answered to the end, whether its client knows such answers.
    private var requests = CircularBuffer<Bool>()
    /// Whether the head of the present answer has been written.
    private var isAnswering = false
    private var isInputClosed = false
    private var probe: Scheduled<Void>?

    init(_ presence: ClientPresence) { self.presence = presence }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { requests.append(head.version == .http1_1) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswering = isAnswering || head.status.code >= 200
        case .body: break
        case .end:
            isAnswering = false
            _ = requests.popFirst()
            ask(context, after: Self.pauses[...])
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            ask(context, after: Self.pauses[...])
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    private func leave() {
        probe?.cancel()
        presence.leave()
    }

    /// Sends something after each of the pauses, as long as an answer is awaited.
    private func ask(_ context: ChannelHandlerContext, after pauses: ArraySlice<TimeAmount>) {
        probe?.cancel()
        probe = nil
        guard isInputClosed, requests.first == true, let pause = pauses.first else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        probe = context.eventLoop.scheduleTask(in: pause) {
            let (watch, context) = bound.value
            watch.send(context)
            watch.ask(context, after: pauses.dropFirst())
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard !isAnswering else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
            promise: nil
        )
    }
}
