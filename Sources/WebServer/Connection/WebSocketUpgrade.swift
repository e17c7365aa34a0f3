internal import Crypto
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Makes a WebSocket of an HTTP connection, whether it served requests before or not: proxies use theirs for both.
///
/// The handlers of HTTP leave the pipeline but for the last one, behind which HTTP's tasks wait for a next request: to
/// them the connection is idle until it ends. It hears nothing more, as `WebSocketControlHandler` hands nothing on.
final class WebSocketUpgrade {
    private let limits: WebSocketLimits
    private let accepts: (HTTPRequestHead) -> WebSocketHandler?
    private let taken: EventLoopPromise<WebSocketHandler?>
    /// What HTTP needs in the pipeline, the guard that calls `perform` left out.
    private let httpHandlers: [any RemovableChannelHandler]
    private var isOver = false

    /// - Parameters:
    ///   - accepts: decides who serves a WebSocket. Called on the event loop: must not block.
    ///   - taken: succeeds with who serves it, or with `nil` once the connection has ended as it began.
    init(
        limits: WebSocketLimits,
        replacing httpHandlers: [any RemovableChannelHandler],
        taken: EventLoopPromise<WebSocketHandler?>,
        accepts: @escaping (HTTPRequestHead) -> WebSocketHandler?
    ) {
        self.limits = limits
        self.httpHandlers = httpHandlers
        self.taken = taken
        self.accepts = accepts
    }

    /// Who takes the WebSocket that a request asks for; `nil` if it asks for none, or nobody does.
    func handler(for head: HTTPRequestHead) -> WebSocketHandler? {
        Self.isHandshake(head) ? accepts(head) : nil
    }

    /// Agrees to the handshake, whose request has been read to its end, and changes the pipeline.
    /// - Parameter context: the guard's, right behind HTTP's decoder. It leaves too.
    func perform(_ head: HTTPRequestHead, for handler: @escaping WebSocketHandler, _ context: ChannelHandlerContext) {
        let answer = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: Self.agreement(to: head))
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.head(answer)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandlers(
                [
                    WebSocketFrameEncoder(),
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.frameBytes)),
                    WebSocketProtocolErrorHandler(),
                    WebSocketControlHandler(limits: limits, now: .now()),
                ],
                position: .after(context.handler)
            )
        } catch {
            // The connection has ended meanwhile.
            return context.close(promise: nil)
        }
        isOver = true
        // The decoder leaves last, in the loop's next turn, and hands on what came behind the handshake: to the frame
        // decoder, which is next by then.
        for handler in httpHandlers { pipeline.removeHandler(handler, promise: nil) }
        pipeline.removeHandler(context: context, promise: nil)
        taken.succeed(handler)
    }

    /// The connection has ended, or is a WebSocket already.
    func end() {
        guard !isOver else { return }
        isOver = true
        taken.succeed(nil)
    }

    /// RFC 6455, 4.2.1.
    private static func isHandshake(_ head: HTTPRequestHead) -> Bool {
        let headers = head.headers
        return head.method == .GET && head.version == .http1_1
            && headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            // The parser decides by itself whether what follows is HTTP. On a field as plain as clients write it, it
            // can come to no other result.
            && headers["connection"].allSatisfy { $0.utf8.allSatisfy(isPlain) }
            && !["content-length", "transfer-encoding"].contains { headers.contains(name: $0) }
            && headers["sec-websocket-key"].count == 1 && headers["sec-websocket-version"] == ["13"]
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: " "): true
        default: false
        }
    }

    private static func agreement(to head: HTTPRequestHead) -> HTTPHeaders {
        let key = head.headers.first(name: "sec-websocket-key") ?? ""
        // The number is the protocol's own.
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return [
            "connection": "upgrade", "upgrade": "websocket",
            "sec-websocket-accept": Data(digest).base64EncodedString(),
        ]
    }
}
