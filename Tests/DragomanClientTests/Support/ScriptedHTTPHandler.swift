import NIOCore
import NIOHTTP1

/// Reads requests and does what the script says.
final class ScriptedHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var request: ReceivedRequest?
    /// What the script said when it was asked for a WebSocket.
    private var decided: Reply?

    init(server: ScriptedServer) { self.server = server }

    /// Asks the script about a request for a WebSocket; `nil` if there is to be none.
    func socketSteps(for head: HTTPRequestHead) -> [SocketStep]? {
        let request = ReceivedRequest(method: head.method, uri: head.uri, headers: head.headers, body: "")
        decided = server.reply(to: request)
        guard case .socket(let steps) = decided else { return nil }
        return steps
    }

    func takeSteps() -> [SocketStep] {
        defer { decided = nil }
        guard case .socket(let steps) = decided else { return [] }
        return steps
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.note(.disconnected)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = ReceivedRequest(method: head.method, uri: head.uri, headers: head.headers, body: "")
        case .body(let bytes): request?.body += String(buffer: bytes)
        case .end:
            guard let request else { return }
            let reply = decided ?? server.reply(to: request)
            decided = nil
            perform(reply, context)
        }
    }

    private func perform(_ reply: Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .drop: context.close(promise: nil)
        case .stall, .socket: break
        case .stallInBody: write(200, ["Content-Length": "1000"], "{", isWhole: false, context)
        case .json(let status, let body, let headers):
            var all = headers
            all.replaceOrAdd(name: "Content-Length", value: String(body.utf8.count))
            write(status, all, body, isWhole: true, context)
        }
    }

    private func write(
        _ status: Int,
        _ headers: HTTPHeaders,
        _ body: String,
        isWhole: Bool,
        _ context: ChannelHandlerContext
    ) {
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        if isWhole { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
    }
}
