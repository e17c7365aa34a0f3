import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Testing
import WebServer

/// A WebSocket client.
struct TestWebSocket {
    enum Message: Hashable {
        case text(String)
        case ping
        case pong(String)
        case close(Int)
        /// The connection ended without a closing handshake.
        case lost
    }

    private var inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    private typealias Connection = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// Opens a WebSocket.
    /// - Returns: what `body` returns; `nil` if the server refuses the handshake.
    static func with<T>(
        _ client: TestClient,
        _ path: String,
        _ headers: HTTPHeaders = [:],
        _ body: (inout TestWebSocket) async throws -> T
    ) async throws -> T? {
        let head = client.head(.GET, path, headers, nil)
        let upgrade = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: client.port) { channel in
                channel.eventLoop.makeCompletedFuture { try negotiate(on: channel, head) }
            }
        guard let connection = try await upgrade.get() else { return nil }
        return try await connection.executeThenClose { inbound, outbound in
            var socket = TestWebSocket(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&socket)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    private static func negotiate(
        on channel: any Channel,
        _ head: HTTPRequestHead
    ) throws -> EventLoopFuture<Connection?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Connection?> { channel, _ in
            channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Connection?>(
            upgradeRequestHead: head,
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededFuture(nil)
            }
        )
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        // The server's first message may come together with its consent.
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }

    mutating func next() async -> Message {
        guard let frame = try? await inbound.next(isolation: #isolation) else { return .lost }
        var data = frame.unmaskedData
        switch frame.opcode {
        case .text: return .text(String(buffer: data))
        case .ping: return .ping
        case .pong: return .pong(String(buffer: data))
        case .connectionClose: return .close(data.readInteger(as: UInt16.self).map(Int.init) ?? 1005)
        default: return .lost
        }
    }

    /// The next text, pings left out.
    mutating func nextText(_ location: SourceLocation = #_sourceLocation) async throws -> JSONObject {
        var message = await next()
        while message == .ping { message = await next() }
        guard case .text(let text) = message, case .object(let object) = try JSONParser.parse(text.utf8) else {
            Issue.record("Expected a text, got \(message)", sourceLocation: location)
            return JSONObject()
        }
        return object
    }

    /// All texts up to the end, and how it ended.
    mutating func rest() async -> (texts: [String], end: Message) {
        var texts: [String] = []
        while true {
            switch await next() {
            case .text(let text): texts.append(text)
            case .ping, .pong: continue
            case let end: return (texts, end)
            }
        }
    }

    /// Sends a frame; masked, as clients must, unless the test says otherwise.
    func send(_ opcode: WebSocketOpcode, _ text: String, isMasked: Bool = true) async throws {
        let key = isMasked ? WebSocketMaskingKey([1, 2, 3, 4]) : nil
        try await outbound.write(
            WebSocketFrame(fin: true, opcode: opcode, maskKey: key, data: ByteBuffer(string: text))
        )
    }
}
