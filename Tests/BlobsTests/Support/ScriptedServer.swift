import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server of HTTP on this machine that answers as a test has it, also in ways that no server should.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        let method: HTTPMethod
        /// Path and query, as they came.
        let uri: String
        let headers: HTTPHeaders
        var body = ByteBuffer()
    }

    struct Reply: Sendable {
        enum Way: Sendable {
            case whole
            /// Sends so many bytes of the body and closes the connection.
            case cut(after: Int)
            /// Sends so many bytes of the body and then nothing.
            case stall(after: Int)
            /// Sends the body over and over, a byte at a time, at this distance.
            case trickle(TimeAmount)
            /// Closes the connection without an answer.
            case close
            /// Sends the body without any HTTP around it, and closes.
            case raw
        }

        var status = 200
        var headers: [String: String] = [:]
        var body = ByteBuffer()
        var way = Way.whole

        static func xml(_ text: String, status: Int = 200) -> Reply {
            Reply(status: status, headers: ["Content-Type": "application/xml"], body: ByteBuffer(string: text))
        }

        static func error(_ code: String, status: Int) -> Reply {
            .xml(
                "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>Because.</Message></Error>",
                status: status
            )
        }

        static func way(_ way: Way, _ body: String = "") -> Reply { Reply(body: ByteBuffer(string: body), way: way) }
    }

    /// What to answer, given the request and how many came before it.
    typealias Script = @Sendable (Request, Int) -> Reply

    private let script: Script
    private let state = Mutex((requests: [Request](), channel: (any Channel)?.none))

    private init(_ script: @escaping Script) { self.script = script }

    /// Runs a server for as long as `body` does.
    static func run<Value>(_ script: @escaping Script, _ body: (ScriptedServer) async throws -> Value) async throws
        -> Value
    {
        let server = ScriptedServer(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.state.withLock { $0.channel = channel }
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    var port: Int { state.withLock { $0.channel?.localAddress?.port ?? 0 } }

    /// What was asked so far.
    var requests: [Request] { state.withLock { $0.requests } }

    fileprivate func reply(to request: Request) -> Reply {
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        return script(request, number)
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var request: ScriptedServer.Request?

    init(_ server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = .init(method: head.method, uri: head.uri, headers: head.headers)
        case .body(let bytes): request?.body.writeImmutableBuffer(bytes)
        case .end: if let request { send(server.reply(to: request), to: request, context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func send(
        _ reply: ScriptedServer.Reply,
        to request: ScriptedServer.Request,
        _ context: ChannelHandlerContext
    ) {
        switch reply.way {
        case .close: return context.close(promise: nil)
        case .raw:
            let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            encoder?.writeAndFlush(NIOAny(reply.body), promise: nil)
            return context.close(promise: nil)
        case .whole, .cut, .stall, .trickle: break
        }
        var headers = HTTPHeaders(reply.headers.map { ($0.key, $0.value) })
        if case .trickle = reply.way {
        } else if !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "\(reply.body.readableBytes)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        sendBody(reply, isHead: request.method == .HEAD, context)
    }

    private func sendBody(_ reply: ScriptedServer.Reply, isHead: Bool, _ context: ChannelHandlerContext) {
        func part(_ count: Int) -> HTTPServerResponsePart {
            .body(.byteBuffer(reply.body.getSlice(at: 0, length: min(count, reply.body.readableBytes)) ?? ByteBuffer()))
        }
        switch reply.way {
        case .cut(let count):
            context.writeAndFlush(wrapOutboundOut(part(count)), promise: nil)
            context.close(promise: nil)
        case .stall(let count): context.writeAndFlush(wrapOutboundOut(part(count)), promise: nil)
        case .trickle(let distance):
            context.flush()
            let bound = NIOLoopBound((self, context, part(1)), eventLoop: context.eventLoop)
            context.eventLoop.scheduleRepeatedTask(initialDelay: distance, delay: distance) { task in
                let (handler, context, part) = bound.value
                guard context.channel.isActive else { return task.cancel() }
                context.writeAndFlush(handler.wrapOutboundOut(part), promise: nil)
            }
        case .whole, .close, .raw:
            if !isHead { context.write(wrapOutboundOut(part(.max)), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
