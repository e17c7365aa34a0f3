import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// What a client asked for.
struct ReceivedRequest: Sendable {
    var method: HTTPMethod
    var uri: String
    var headers: HTTPHeaders
    var body: String
}

/// What a server does with a request.
enum Reply: Sendable {
    case json(Int, String, headers: HTTPHeaders = [:])
    /// Closes the connection without a word.
    case drop
    /// Never answers.
    case stall
    /// Begins an answer and never ends it.
    case stallInBody
    /// Opens a WebSocket and does these things in turn.
    case socket([SocketStep])

    static func ok(_ json: String) -> Reply { .json(200, json) }
}

/// What a server does on a WebSocket.
enum SocketStep: Sendable {
    case text(String)
    /// A text in two frames.
    case fragments(String, String)
    case ping(String)
    case close(UInt16)
    case drop
    /// Closes the connection once the client has answered a ping, and so has read what came before.
    case dropOnceRead
    /// Bytes that are no frame.
    case garbage
    /// Takes no notice of the client any more.
    case deaf
}

/// A server that does what a test tells it, and tells what it sees.
final class ScriptedServer: Sendable {
    enum Sight: Sendable {
        case request(ReceivedRequest)
        case frame(WebSocketOpcode, String)
        case disconnected
    }

    typealias Script = @Sendable (_ request: ReceivedRequest, _ number: Int) -> Reply

    let sights: AsyncStream<Sight>
    private let sight: AsyncStream<Sight>.Continuation
    private let script: Script
    private let received = Mutex<[ReceivedRequest]>([])
    private let listening = Mutex<(any Channel)?>(nil)
    private let tls: NIOSSLContext?

    var requests: [ReceivedRequest] { received.withLock { $0 } }
    var url: URL { Self.url(port) }
    var port: Int { listening.withLock { $0?.localAddress?.port ?? 0 } }

    private init(tls: NIOSSLContext?, script: @escaping Script) {
        (sights, sight) = AsyncStream.makeStream()
        self.tls = tls
        self.script = script
    }

    /// The address of a server on this machine.
    static func url(_ port: Int, scheme: String = "http", host: String = "127.0.0.1") -> URL {
        var components = URLComponents()
        (components.scheme, components.host, components.port) = (scheme, host, port)
        return components.url ?? URL(filePath: "/")
    }

    /// Runs a server while `body` runs.
    static func with<T>(
        tls: NIOSSLContext? = nil,
        _ script: @escaping Script,
        _ body: (ScriptedServer) async throws -> T
    ) async throws -> T {
        let server = ScriptedServer(tls: tls, script: script)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.configure(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.listening.withLock { $0 = channel }
        defer { channel.close(promise: nil) }
        return try await body(server)
    }

    /// Waits until the server sees what is looked for.
    func see(_ isWanted: (Sight) -> Bool) async {
        for await sight in sights where isWanted(sight) { return }
    }

    func note(_ sight: Sight) { self.sight.yield(sight) }

    /// The script's reply to a request, which is remembered.
    func reply(to request: ReceivedRequest) -> Reply {
        let number = received.withLock { received in
            received.append(request)
            return received.count
        }
        note(.request(request))
        return script(request, number)
    }

    private func configure(_ channel: any Channel) throws {
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        let handler = ScriptedHTTPHandler(server: self)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(bound.value.socketSteps(for: head) == nil ? nil : [:])
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let socket = ScriptedSocketHandler(server: self, steps: bound.value.takeSteps())
                    try channel.pipeline.syncOperations.addHandler(socket)
                }
            }
        )
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                }
            )
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}
