internal import EventLoopTasks
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

/// A connection of the server: HTTP/1.1, until a request asks for a WebSocket and is granted it.
struct ServerChannel: ServerChildChannel, HTTPChannelHandler {
    typealias HTTPConnection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    struct Value: ServerChildChannelValue {
        let http: HTTPConnection
        let presence: ClientPresence
        /// Who serves the WebSocket that the connection becomes; `nil` once it has ended without that.
        let webSocket: EventLoopFuture<WebSocketHandler?>

        var channel: any Channel { http.channel }
    }

    /// Bytes that are read from a connection at once.
    private static let readBytes = 16 << 10

    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    let webSocketLimits: WebSocketLimits
    /// Bytes of a body that `Expect: 100-continue` may announce.
    let bodyBytes: Int
    let connections: OpenConnections
    /// Decides who serves a WebSocket. Called on the event loop: must not block.
    let acceptsWebSocket: @Sendable (_ head: HTTPRequestHead, _ peer: String) -> WebSocketHandler?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        connections.add(channel)
        let webSocket = channel.eventLoop.makePromise(of: WebSocketHandler?.self)
        return channel.eventLoop.makeCompletedFuture {
            do {
                let presence = ClientPresence()
                let http = try http(on: channel, presence, webSocket, logger)
                return Value(http: http, presence: presence, webSocket: webSocket.futureResult)
            } catch {
                webSocket.fail(error)
                throw error
            }
        }
    }

    private func http(
        on channel: any Channel,
        _ presence: ClientPresence,
        _ webSocket: EventLoopPromise<WebSocketHandler?>,
        _ logger: Logger
    ) throws -> HTTPConnection {
        // Requests are read one after the other, errors answered by `ConnectionGuard`, and fields checked by HTTPTypes.
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(
                leftOverBytesStrategy: .forwardBytes,
                informationalResponseStrategy: .drop,
                limitConfiguration: decoderLimits
            )
        )
        let behind: [any RemovableChannelHandler] = [
            HTTPResponseCompressor { head, isSupported in
                CompressionMark.take(from: &head, isSupported: isSupported) ? .compressIfPossible : .doNotCompress
            },
            HTTP1ToHTTPServerCodec(secure: false),
            HTTPConnectionStateHandler(logger: logger),
        ]
        let watch = DepartureWatch(presence)
        let (accepts, peer) = (acceptsWebSocket, channel.remoteAddress?.ipAddress ?? "local")
        let upgrade = WebSocketUpgrade(
            limits: webSocketLimits,
            replacing: behind + [watch, encoder, decoder],
            taken: webSocket
        ) { accepts($0, peer) }
        let guardian = ConnectionGuard(limits: limits, bodyBytes: bodyBytes, upgrade: upgrade)
        let pipeline = channel.pipeline.syncOperations
        try channel.syncOptions?.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: Self.readBytes)
        )
        try pipeline.addHandlers([WriteStallHandler(limit: limits.stalledWrite), encoder, decoder, watch, guardian])
        try pipeline.addHandlers(behind)
        return try HTTPConnection(
            wrappingChannelSynchronously: channel,
            configuration: NIOAsyncChannel.Configuration(
                // What waits here to be read has no room of its own (`BodyRoom`), so little does.
                backPressureStrategy: .init(lowWatermark: 2, highWatermark: 4),
                isOutboundHalfClosureEnabled: true
            )
        )
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.headBytes
        configuration.maxHeaderListSize = limits.headBytes
        configuration.maxHeaderFieldCount = limits.headFields
        return configuration
    }

    /// Serves the connection in tasks on its event loop: what is received, answered and sent changes threads only where
    /// somebody else has to do something for it.
    func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        await withTaskExecutorPreference(EventLoopTaskExecutor(channel.eventLoop)) {
            // To HTTP, a connection that has become a WebSocket is one that is idle until it ends.
            async let http: Void = value.presence.serving {
                await handleHTTP(asyncChannel: value.http, logger: logger)
            }
            if let handler = try? await value.webSocket.get() { await serve(channel, handler) }
            await http
        }
    }

    /// Runs the handler until it is done or the client has gone, and then the closing handshake.
    private func serve(_ channel: any Channel, _ handler: @escaping WebSocketHandler) async {
        await withTaskGroup(of: WebSocketErrorCode?.self) { group in
            group.addTask { await handler(WebSocketOutbound(channel: channel)) }
            group.addTask {
                try? await channel.closeFuture.get()
                return nil
            }
            if case .some(.some(let code)) = await group.next() {
                try? await channel.writeAndFlush(WebSocketFrame.closing(code)).get()
                // The connection ends with the client's answer, or when that takes too long.
                await group.waitForAll()
            }
            group.cancelAll()
        }
    }
}
